package users_test

import (
	"context"
	"testing"
	"time"

	"gatehouse/identity/access"
	"gatehouse/identity/credentials"
	"gatehouse/identity/keys"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tenants"
	"gatehouse/identity/throttle"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/internal/caller"
	"gatehouse/internal/page"
	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const right = "violet engine waltz at nine"

type bench struct {
	t      *testing.T
	now    time.Time
	k      *seal.Keyring
	dir    *users.Directory
	keeper *sessions.Keeper
	acme   store.Tenant
	system store.Tenant
	db     *store.DB
}

func each(t *testing.T, fn func(t *testing.T, b *bench)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		k, err := seal.New(seal.Generate())
		must(t, err)
		b := &bench{t: t, now: time.Now().UTC(), k: k, db: db}
		now := func() time.Time { return b.now }
		b.system, b.acme = storetest.Tenant(t, db, "system"), storetest.Tenant(t, db, "acme")
		b.keeper = &sessions.Keeper{Now: now}
		desk := &access.Desk{DB: db, System: b.system.ID(), Now: now}
		b.dir = users.NewDirectory(users.Options{
			K: k, Now: now, Sessions: b.keeper, Throttle: &throttle.Guard{Now: now}, Access: desk,
			Families:  tokens.NewMint(tokens.Options{Keys: keys.NewRing(keys.Options{DB: db, K: k, Now: now}), K: k, Sessions: b.keeper, Now: now}),
			Tenants:   tenants.NewDirectory(tenants.Options{DB: db, K: k, Now: now}),
			Passwords: &credentials.Passwords{Now: now, Params: credentials.Params{Memory: 64, Time: 1, Threads: 1}},
		})
		desk.Active = b.dir.Active
		fn(t, b)
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func operator() context.Context {
	return caller.With(context.Background(), caller.Info{Grants: access.Operator(), Actor: caller.Actor{Type: caller.ActorOperator}})
}

func (b *bench) ada() *models.User {
	b.t.Helper()
	u, err := b.dir.Create(operator(), b.acme, users.New{Password: right, Profile: users.Profile{
		Username: "Ada", Email: "ada@example.com", EmailVerified: true, Claims: models.Claims{GivenName: "Ada", FamilyName: "Lovelace"},
	}})
	must(b.t, err)
	return u
}

func (b *bench) try(name, password, device string) (users.Result, error) {
	return b.dir.Authenticate(context.Background(), b.acme, users.Attempt{Identifier: name, Password: password, IP: "203.0.113.7", DeviceToken: device})
}

func (b *bench) expect(what string, err error, code reason.Code) {
	b.t.Helper()
	if !reason.Has(err, code) {
		b.t.Errorf("%s: %v, not %s", what, err, code)
	}
}

// R62, L47: each refusal has its true reason for the record; the status is
// asked last, so that a wrong password never tells of it.
func TestAuthenticate_R62(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ada := b.ada()
		for _, name := range []string{"ada", " ADA ", "ada@example.com", "Ada@Example.com"} {
			if r, err := b.try(name, right, ""); err != nil || r.User.ID != ada.ID {
				t.Errorf("%q: %v", name, err)
			}
		}
		_, err := b.try("ada", "wrong", "")
		b.expect("a wrong password", err, reason.PasswordWrong)
		r, err := b.try("eve", right, "")
		b.expect("nobody", err, reason.IdentifierUnknown)
		if r.User != nil || r.Identifier.MAC == "" {
			t.Errorf("what was typed is not kept as a keyed hash (R137): %+v", r)
		}
		_, err = b.dir.Disable(operator(), b.acme, ada.ID, "test")
		must(t, err)
		_, err = b.try("ada", "wrong", "")
		b.expect("disabled, wrong password", err, reason.PasswordWrong)
		_, err = b.try("ada", right, "")
		b.expect("disabled", err, reason.UserDisabled)
		_, err = b.dir.Enable(operator(), b.acme, ada.ID, "test")
		must(t, err)
		_, err = b.dir.Lock(operator(), b.acme, ada.ID, "test")
		must(t, err)
		_, err = b.try("ada", right, "")
		b.expect("locked", err, reason.UserLocked)
		must(t, b.dir.SetPassword(operator(), b.acme, ada.ID, "", ""))
		_, err = b.try("ada", right, "")
		b.expect("without a password", err, reason.PasswordNone)
	})
}

// R80, R81: guessing from unknown devices stops, whatever is guessed; a device
// that the user knows goes on. Success gives back what it spent.
func TestGuessingStopsWithoutLockingOut_R80_R81(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ada := b.ada()
		for range 30 {
			r, err := b.try("ada", right, "")
			if err != nil {
				t.Fatalf("honest sign-ins are throttled: %v", err)
			}
			must(t, b.acme.Write(t.Context(), func(tx *store.Tx) error { return b.dir.Settle(t.Context(), tx, r.Spent) }))
		}
		var err error
		for range throttle.SignInAccount.Limit + 1 {
			_, err = b.try("ada", "wrong", "")
		}
		b.expect("after many guesses", err, reason.ThrottleAccount)
		_, err = b.try("ada@example.com", right, "")
		b.expect("the right password, by another name", err, reason.ThrottleAccount)
		device := throttle.DeviceToken(b.k, b.acme.ID(), ada.ID)
		if _, err := b.try("ada", right, device); err != nil {
			t.Errorf("from her own device: %v", err)
		}
		_, err = b.try("ada", right, throttle.DeviceToken(b.k, b.system.ID(), ada.ID))
		b.expect("with another tenant's device", err, reason.ThrottleAccount)
		must(t, b.dir.ClearThrottle(operator(), b.acme, ada.ID))
		if _, err := b.try("ada", right, ""); err != nil {
			t.Errorf("after staff cleared it: %v", err)
		}
	})
}

// R66: whatever keeps a user out ends his sessions in the same transaction.
func TestWhatKeepsOutEndsSessions_R66(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ada := b.ada()
		for name, deed := range map[string]func() error{
			"password": func() error {
				return b.dir.SetPassword(operator(), b.acme, ada.ID, "another engine waltzes at ten", "")
			},
			"lock": func() error { _, err := b.dir.Lock(operator(), b.acme, ada.ID, ""); return err },
		} {
			var secret string
			must(t, b.acme.Write(context.Background(), func(tx *store.Tx) error {
				var err error
				_, secret, err = b.keeper.Begin(context.Background(), tx, sessions.New{UserID: ada.ID, Kind: models.SessionUser})
				return err
			}))
			must(t, deed())
			_, err := b.keeper.Find(context.Background(), b.acme, secret, models.SessionUser)
			b.expect(name, err, reason.SessionEnded)
		}
	})
}

// R63, L43, L45: names are unique whatever their kind and spelling; only a
// verified address is one.
func TestNamesAreUnique_R63(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.ada()
		for _, p := range []users.Profile{
			{Username: "ADA"}, {Username: "eve", Email: "ADA@example.com", EmailVerified: true},
		} {
			_, err := b.dir.Create(operator(), b.acme, users.New{Profile: p})
			b.expect(p.Username, err, reason.InputTaken)
		}
		_, err := b.dir.Create(operator(), b.acme, users.New{Profile: users.Profile{Username: "ada@evil.example", Email: "eve@example.com"}})
		b.expect("somebody's address as a username", err, reason.InputInvalid)
		_, err = b.dir.Create(operator(), b.acme, users.New{Password: right, Profile: users.Profile{Username: "bob", Email: "bob@example.com"}})
		must(t, err)
		_, err = b.try("bob@example.com", right, "")
		b.expect("an unverified address", err, reason.IdentifierUnknown)
		_, err = b.dir.Create(operator(), b.acme, users.New{Password: "short", Profile: users.Profile{Username: "dan"}})
		b.expect("a short password (R60)", err, reason.InputInvalid)
	})
}

// R5: another tenant's user is not there; R7: without rights nothing is.
func TestSearchAndScope_R5(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ada := b.ada()
		_, err := b.dir.ByID(context.Background(), b.system, ada.ID)
		b.expect("from another tenant", err, reason.UserUnknown)
		for query, found := range map[string]int{"ad": 1, "ADA@EX": 1, "lovel": 1, "ada love": 1, ada.ID: 1, "nobody": 0, "%": 0, "_": 0} {
			got, err := b.dir.Search(operator(), b.acme, users.Filter{Query: query}, page.Request{})
			if err != nil || len(got.Items) != found {
				t.Errorf("%q: %d %v", query, len(got.Items), err)
			}
		}
		_, err = b.dir.Search(context.Background(), b.acme, users.Filter{}, page.Request{})
		b.expect("by nobody", err, reason.AccessUnauthorized)
		stale := users.Change{Profile: users.ProfileOf(ada), Version: ada.Version + 1}
		_, err = b.dir.Update(operator(), b.acme, ada.ID, stale)
		b.expect("a stale version", err, reason.VersionStale)
	})
}

// R8: nobody does to an administrator who may do more than himself what could
// give him his rights, or take him out.
func TestMightierAdministratorsAreLeftAlone_R8(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		owner, err := b.dir.CreateAdministrator(operator(), b.system, users.New{
			Password: right, Profile: users.Profile{Username: "olivia"},
		}, access.Assignment{Role: access.Owner})
		must(t, err)
		lesser, err := b.dir.CreateAdministrator(operator(), b.system, users.New{
			Password: right, Profile: users.Profile{Username: "tom"},
		}, access.Assignment{Role: access.TenantAdmin})
		must(t, err)
		grants, err := b.dir.Access.Resolve(t.Context(), lesser.ID)
		must(t, err)
		as := caller.With(t.Context(), caller.Info{Grants: grants, Actor: caller.Actor{Type: caller.ActorAdmin, ID: lesser.ID}})
		var live models.Session
		must(t, b.system.Write(t.Context(), func(tx *store.Tx) error {
			live, _, err = b.keeper.Begin(t.Context(), tx, sessions.New{UserID: owner.ID, Kind: models.SessionConsole})
			return err
		}))
		for name, deed := range map[string]func(id string) error{
			"update": func(id string) error {
				u, err := b.dir.ByID(as, b.system, id)
				must(t, err)
				_, err = b.dir.Update(as, b.system, id, users.Change{Profile: users.ProfileOf(u), Version: u.Version})
				return err
			},
			"lock":        func(id string) error { _, err := b.dir.Lock(as, b.system, id, ""); return err },
			"disable":     func(id string) error { _, err := b.dir.Disable(as, b.system, id, ""); return err },
			"enable":      func(id string) error { _, err := b.dir.Enable(as, b.system, id, ""); return err },
			"unlock":      func(id string) error { _, err := b.dir.Unlock(as, b.system, id, ""); return err },
			"password":    func(id string) error { return b.dir.SetPassword(as, b.system, id, right+" mine", "") },
			"no password": func(id string) error { return b.dir.SetPassword(as, b.system, id, "", "") },
			"hash":        func(id string) error { return b.dir.SetPasswordHash(as, b.system, id, "$argon2id$", "") },
			"delete":      func(id string) error { return b.dir.Delete(as, b.system, id, "") },
			"sessions":    func(id string) error { return b.dir.EndSessions(as, b.system, id, "") },
			"one session": func(id string) error { return b.dir.EndSession(as, b.system, id, live.ID) },
			"throttle":    func(id string) error { return b.dir.ClearThrottle(as, b.system, id) },
		} {
			b.expect(name, deed(owner.ID), reason.AccessGrant)
		}
		if err := b.dir.ClearThrottle(as, b.system, lesser.ID); err != nil {
			t.Error("his own", err)
		}
	})
}
