package logouts

import (
	"context"
	"net/url"
	"slices"

	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Waits reports whether applications of a session that its user ended want his
// browser to load their pages.
func (t *Teller) Waits(ctx context.Context, r store.Reader, sessionID string) (bool, error) {
	if t == nil {
		return false, nil
	}
	rows, err := ofSession(ctx, r, sessionID)
	return slices.ContainsFunc(rows, func(n models.LogoutNotice) bool { return n.Channel == models.LogoutFront }), err
}

// Frames are the addresses that a browser loads, each in a frame, to have
// applications end a session (Front-Channel Logout 1.0 §2): what they have
// registered now, with iss and sid. The notices are marked as shown. An
// application whose page is gone is left out.
func (t *Teller) Frames(ctx context.Context, w store.Writer, sessionID string) ([]string, error) {
	var all []string
	err := w.Write(ctx, func(tx *store.Tx) error {
		all = nil
		rows, err := ofSession(ctx, tx, sessionID)
		if err != nil {
			return err
		}
		for i := range rows {
			if rows[i].Channel != models.LogoutFront {
				continue
			}
			address, err := t.frame(ctx, tx, &rows[i])
			if err != nil {
				return err
			}
			if address != "" {
				all = append(all, address)
			}
		}
		return nil
	})
	return all, err
}

func (t *Teller) frame(ctx context.Context, tx *store.Tx, n *models.LogoutNotice) (string, error) {
	app, err := t.Applications.ByID(ctx, tx, n.ApplicationID)
	if reason.Has(err, reason.ApplicationUnknown) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	u, err := url.Parse(app.Options.V.FrontchannelLogoutURI)
	if err != nil || u.Host == "" {
		return "", nil //nolint:nilerr // there is no page any more
	}
	if n.Status == models.LogoutUnshown {
		_, err := move(ctx, tx, n, map[string]any{
			"status": models.LogoutShown, "address": app.Options.V.FrontchannelLogoutURI, "attempts": 1, "tried_at": models.At(t.Now()),
		})
		if err != nil {
			return "", err
		}
	}
	q := u.Query()
	q.Set("iss", n.Issuer)
	q.Set("sid", n.SessionID)
	u.RawQuery = q.Encode()
	return u.String(), nil
}
