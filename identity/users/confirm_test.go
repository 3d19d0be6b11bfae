package users_test

import (
	"testing"

	"gatehouse/identity/sessions"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// R66: between the moment when a proof is confirmed and the commit of the session
// nobody changes the password: the change waits, and ends that session, too.
func TestChangesWaitForWhoIsLetIn_R66(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ada := b.ada()
		shown, err := b.try("ada", right, "")
		must(t, err)
		changed := make(chan error, 1)
		var begun models.Session
		must(t, b.acme.Write(t.Context(), func(tx *store.Tx) error {
			if err := b.dir.Confirm(t.Context(), tx, ada.ID, shown.Password); err != nil {
				return err
			}
			go func() { changed <- b.dir.SetPassword(operator(), b.acme, ada.ID, right+" again", "") }()
			storetest.UntilBlocked(t, b.db, changed)
			var err error
			begun, _, err = b.keeper.Begin(t.Context(), tx, sessions.New{UserID: ada.ID, Kind: models.SessionUser})
			return err
		}))
		must(t, <-changed)
		_, err = b.keeper.ByID(t.Context(), b.acme, begun.ID)
		b.expect("the session", err, reason.SessionEnded)
		err = b.acme.Write(t.Context(), func(tx *store.Tx) error { return b.dir.Confirm(t.Context(), tx, ada.ID, shown.Password) })
		b.expect("the old password", err, reason.PasswordWrong)
	})
}
