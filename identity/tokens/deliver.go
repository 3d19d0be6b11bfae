package tokens

import (
	"context"
	"time"

	"gatehouse/models"
	"gatehouse/store"
)

// How often an application is told of an answer, and how long its attempt may
// take before another node takes over. The waits between two tries double.
const (
	deliveryTries = 6
	deliveryTurn  = 30 * time.Second
	firstRetry    = 2 * time.Second
)

// Due claims the requests whose applications are to be told now, some at a
// time, so that no other node tells them too. Whoever claims one calls Told or
// NotTold.
func (m *Mint) Due(ctx context.Context, db *store.DB) ([]models.BackchannelRequest, error) {
	now := m.now()
	var mine []models.BackchannelRequest
	err := db.System("tell applications of answers").Write(ctx, func(tx *store.Tx) error {
		all, err := dueBackchannels(ctx, tx, models.At(now))
		for i := range all {
			first, failed := claimBackchannel(ctx, tx, &all[i], models.At(now.Add(deliveryTurn)))
			if failed != nil {
				return failed
			}
			if first {
				all[i].NotifyTries++
				mine = append(mine, all[i])
			}
		}
		return err
	})
	return mine, err
}

// Told ends the delivery of a request.
func (m *Mint) Told(ctx context.Context, w store.Writer, id string) error {
	return w.Write(ctx, func(tx *store.Tx) error { return notifyBackchannel(ctx, tx, id, models.Time{}) })
}

// NotTold has the delivery tried again later, or given up after the last try.
func (m *Mint) NotTold(ctx context.Context, w store.Writer, b *models.BackchannelRequest) error {
	var again models.Time
	if b.NotifyTries < deliveryTries {
		again = models.At(m.now().Add(firstRetry << (b.NotifyTries - 1)))
	}
	return w.Write(ctx, func(tx *store.Tx) error { return notifyBackchannel(ctx, tx, b.ID, again) })
}

// TakePushed marks an allowed request as used by the family whose tokens are
// pushed. It returns reason.OAuthAuthReqUnknown.
func (m *Mint) TakePushed(ctx context.Context, tx *store.Tx, b *models.BackchannelRequest, familyID string) error {
	return m.takeBackchannel(ctx, tx, b, map[string]any{"family_id": familyID})
}

// Again returns a family that was begun for a push with its refresh token, for
// another try. It returns the refusals of Rotate.
func (m *Mint) Again(ctx context.Context, r store.Reader, familyID string) (*models.Family, string, error) {
	f, err := familyByID(ctx, r, familyID)
	if err != nil {
		return nil, "", err
	}
	if err := m.alive(f); err != nil {
		return nil, "", err
	}
	refresh, err := m.refresh(f, f.Generation)
	return f, refresh, err
}

// RefreshHash is the rt_hash of a refresh token that is pushed (OpenID Connect
// CIBA §10.3.1).
func RefreshHash(token string) string { return halfHash(token) }
