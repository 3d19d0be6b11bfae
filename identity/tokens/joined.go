package tokens

import (
	"context"
	"slices"

	"gatehouse/store"
)

// Joined remembers that a session signed in to an application where no token
// tells so that ends with the session. Without a session it does nothing.
func (m *Mint) Joined(ctx context.Context, tx *store.Tx, sessionID, applicationID string) error {
	if sessionID == "" {
		return nil
	}
	return insertJoined(ctx, tx, sessionID, applicationID)
}

// ApplicationsOf are the applications that each of the sessions signed in to,
// by the session's id: those with tokens of the session, whether they still hold
// or not, and those that Joined remembers.
func (m *Mint) ApplicationsOf(ctx context.Context, r store.Reader, sessionIDs []string) (map[string][]string, error) {
	all := map[string][]string{}
	for part := range store.Chunks(sessionIDs) {
		rows, err := joinedIn(ctx, r, part)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if !slices.Contains(all[row.SessionID], row.ApplicationID) {
				all[row.SessionID] = append(all[row.SessionID], row.ApplicationID)
			}
		}
	}
	return all, nil
}
