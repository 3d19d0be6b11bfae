package sessions

import (
	"context"

	"gatehouse/audit"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// The reasons why sessions end.
const (
	WhySignOut  = "sign_out"
	WhyRevoked  = "revoked"
	WhyPassword = "password_changed"
	WhyLocked   = "user_locked"
	WhyDisabled = "user_disabled"
	WhyDeleted  = "user_deleted"
	WhyTenant   = "tenant_suspended"
	WhyReplaced = "replaced" // by a new sign-in in the same browser
	WhyIdle     = "idle"     // by itself: unused for too long
	WhyLifetime = "lifetime" // by itself: too old
)

// End ends a session. One that has ended already stays as it is; none is
// SessionNone.
func (k *Keeper) End(ctx context.Context, w store.Writer, id, why string) error {
	return w.Write(ctx, func(tx *store.Tx) error {
		s, err := findByID(ctx, tx, id)
		if store.NotFound(err) {
			return reason.New(reason.SessionNone)
		}
		if err != nil || !s.EndedAt.IsZero() {
			return err
		}
		_, err = k.end(ctx, tx, []models.Session{*s}, why)
		return err
	})
}

// Leave ends a session as its user means it: with those of his whose place it took
// in the browser, which holds them no more and could not end them. It returns what
// it ended; what has ended already stays as it is.
func (k *Keeper) Leave(ctx context.Context, w store.Writer, s *models.Session, why string) ([]models.Session, error) {
	var open []models.Session
	err := w.Write(ctx, func(tx *store.Tx) error {
		var err error
		if open, err = unendedUntil(ctx, tx, s); err == nil {
			_, err = k.end(ctx, tx, open, why)
		}
		return err
	})
	return open, err
}

// EndAllOf ends all live sessions of a user in the caller's transaction (R66)
// and returns how many there were.
func (k *Keeper) EndAllOf(ctx context.Context, tx *store.Tx, userID, why string) (int, error) {
	open, err := unended(ctx, tx, map[string]any{"user_id": userID})
	if err != nil {
		return 0, err
	}
	return k.end(ctx, tx, open, why)
}

// EndAllButOf ends all live sessions of a user except one: after a change of
// password in that session.
func (k *Keeper) EndAllButOf(ctx context.Context, tx *store.Tx, userID, keep, why string) (int, error) {
	open, err := unended(ctx, tx, map[string]any{"user_id": userID})
	if err != nil {
		return 0, err
	}
	others := open[:0]
	for _, s := range open {
		if s.ID != keep {
			others = append(others, s)
		}
	}
	return k.end(ctx, tx, others, why)
}

// EndAll ends every live session of the tenant: it was suspended (R66).
func (k *Keeper) EndAll(ctx context.Context, tx *store.Tx, why string) (int, error) {
	open, err := unended(ctx, tx, nil)
	if err != nil {
		return 0, err
	}
	return k.end(ctx, tx, open, why)
}

func (k *Keeper) end(ctx context.Context, tx *store.Tx, open []models.Session, why string) (int, error) {
	if len(open) == 0 {
		return 0, nil
	}
	ids := make([]string, len(open))
	events := make([]audit.Event, len(open))
	for i, s := range open {
		ids[i] = s.ID
		events[i] = audit.Event{
			Action: audit.SessionEnded, UserID: s.UserID, SessionID: s.ID,
			Target:  audit.Target{Type: "session", ID: s.ID},
			Details: map[string]any{"kind": s.Kind, "why": why},
		}
	}
	if err := audit.AppendAll(ctx, tx, k.Now(), events); err != nil {
		return 0, err
	}
	if err := finish(ctx, tx, ids, models.At(k.Now()), why); err != nil || k.Ended == nil {
		return len(open), err
	}
	return len(open), k.Ended(ctx, tx, open, why)
}
