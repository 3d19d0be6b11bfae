package credentials_test

import (
	"context"
	"testing"

	"gatehouse/audit"
	"gatehouse/identity/credentials"
	"gatehouse/internal/page"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// meanwhile calls a function before one of the hashes.
type meanwhile struct {
	before int
	do     func()
}

// Enter implements credentials.Limiter.
func (m *meanwhile) Enter(context.Context, int64) (leave func(), err error) {
	if m.before--; m.before == 0 {
		m.do()
	}
	return func() {}, nil
}

// Two sign-ins at once replace an old hash: both are right, and it is replaced once.
// One that another password overtakes is wrong.
func TestOvertakenHashes_R61_R66(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for name, c := range map[string]struct {
			meanwhile string // the password that is given or set while the new hash is made
			set       bool
			want      reason.Code
		}{
			"by the same":  {good, false, ""},
			"by another":   {good + " indeed", true, reason.PasswordWrong},
			"by its like":  {good, true, ""},
			"by a removal": {"", true, reason.PasswordWrong},
		} {
			tenant, old := storetest.Tenant(t, db, store.NewID()), passwords()
			user := addUser(t, tenant)
			if err := set(t, old, tenant, user, good); err != nil {
				t.Fatal(err)
			}
			dearer := func() *credentials.Passwords {
				p := passwords()
				p.Params.Memory *= 2
				return p
			}
			p := dearer()
			p.Limit = &meanwhile{2, func() { // the first compares, the second makes the new hash
				var err error
				switch {
				case !c.set:
					err = dearer().Check(t.Context(), tenant, user, c.meanwhile)
				case c.meanwhile == "":
					err = tenant.Write(t.Context(), func(tx *store.Tx) error { return old.Remove(t.Context(), tx, user, "") })
				default:
					err = set(t, old, tenant, user, c.meanwhile)
				}
				if err != nil {
					t.Error(name, err)
				}
			}}
			if err := p.Check(t.Context(), tenant, user, good); c.want == "" && err != nil || c.want != "" && !reason.Has(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
			done, err := audit.Timeline(t.Context(), tenant, audit.Filter{UserID: user, Action: audit.UserPasswordRehashed}, page.Request{})
			if want := map[bool]int{true: 0, false: 1}[c.set]; err != nil || len(done.Items) != want {
				t.Errorf("%s: %d times %v", name, len(done.Items), err)
			}
		}
	})
}
