package logouts

import (
	"context"
	"time"

	"github.com/google/uuid"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Filter narrows the report; empty fields do not.
type Filter struct {
	SessionID     string
	UserID        string
	ApplicationID string
	Status        models.LogoutStatus
}

// Report lists who was told of which logout, how, and with what answer, the
// newest first. It needs access.SessionsRead. The cursor is the id of the last
// one shown; one that is none is InputInvalid.
func (t *Teller) Report(ctx context.Context, r store.Reader, f Filter, p page.Request) (page.Of[models.LogoutNotice], error) {
	if err := access.Require(ctx, r.ID(), access.SessionsRead); err != nil {
		return page.Of[models.LogoutNotice]{}, err
	}
	if p.After != "" && uuid.Validate(p.After) != nil {
		return page.Of[models.LogoutNotice]{}, reason.New(reason.InputInvalid).On("after", reason.InputFormat, "")
	}
	rows, err := list(ctx, r, f, p.After, p.Size()+1)
	if err != nil {
		return page.Of[models.LogoutNotice]{}, err
	}
	return page.Cut(rows, p.Size(), func(n models.LogoutNotice) string { return n.ID }), nil
}

// Retry has an application's server called again at once, as if for the first
// time. It needs access.SessionsWrite, and returns RequestNotFound, or
// LogoutSettled where there is nothing to try again.
func (t *Teller) Retry(ctx context.Context, w store.Writer, id string) error {
	if err := access.Require(ctx, w.ID(), access.SessionsWrite); err != nil {
		return err
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		n, err := byID(ctx, tx, id)
		if store.NotFound(err) {
			return reason.New(reason.RequestNotFound)
		}
		if err != nil {
			return err
		}
		if n.Channel != models.LogoutBack || n.Status == models.LogoutTold {
			return reason.New(reason.LogoutSettled)
		}
		now := models.At(t.Now())
		mine, err := move(ctx, tx, n, map[string]any{"status": models.LogoutWaiting, "attempts": 0, "next_at": now})
		if err != nil {
			return err
		}
		if !mine {
			return reason.New(reason.LogoutSettled)
		}
		tx.After(t.wake)
		return audit.Append(ctx, tx, t.Now(), audit.Event{
			Action: audit.LogoutRetried, UserID: n.UserID, ApplicationID: n.ApplicationID, SessionID: n.SessionID,
			Target: audit.Target{Type: "session", ID: n.SessionID},
		})
	})
}

// kept is how long the report goes back.
const kept = 30 * 24 * time.Hour

// Sweep forgets notices of long ago, a bounded number at a time, and returns how
// many.
func (t *Teller) Sweep(ctx context.Context, db *store.DB) (int64, error) {
	var swept int64
	err := db.System("sweep logout notices").Write(ctx, func(tx *store.Tx) error {
		var err error
		swept, err = sweep(ctx, tx, models.At(t.Now().Add(-kept)))
		return err
	})
	return swept, err
}
