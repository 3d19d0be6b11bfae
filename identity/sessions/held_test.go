package sessions_test

import (
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/sessions"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// R66: who ends a session waits for a transaction that writes what lasts for it, and so
// sees that.
func TestEndsWaitForWhatLasts_R66(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		k := &sessions.Keeper{Now: func() time.Time { return start }}
		tenant := storetest.Tenant(t, db, "acme")
		s, _ := begin(t.Context(), t, k, tenant, sessions.New{UserID: addUser(t, tenant), Kind: models.SessionUser})
		ended := make(chan error, 1)
		err := tenant.Write(t.Context(), func(tx *store.Tx) error {
			held := sessions.AskHeld(s.ID)
			store.Ask(t.Context(), tx, held.Question)
			if _, err := k.Live(held); err != nil {
				return err
			}
			go func() { ended <- k.End(t.Context(), tenant, s.ID, sessions.WhySignOut) }()
			storetest.UntilBlocked(t, db, ended)
			if len(ended) > 0 {
				t.Error("it was ended meanwhile")
			}
			return audit.Append(t.Context(), tx, start, audit.Event{Action: audit.TokenIssued, SessionID: s.ID})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
