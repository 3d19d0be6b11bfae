package sessions_test

import (
	"context"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/sessions"
	"gatehouse/internal/caller"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func addUser(t *testing.T, tenant store.Tenant) string {
	t.Helper()
	at := models.At(start)
	u := models.User{ID: store.NewID(), Username: store.NewID(), Kind: models.UserLocal, Status: models.UserActive, Version: 1, CreatedAt: at, UpdatedAt: at}
	err := tenant.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.Rows(t.Context()).Create(&u).Error; err != nil {
			return err
		}
		return audit.Append(t.Context(), tx, start, audit.Event{Action: audit.UserCreated, UserID: u.ID})
	})
	if err != nil {
		t.Fatal(err)
	}
	return u.ID
}

func begin(ctx context.Context, t *testing.T, k *sessions.Keeper, tenant store.Tenant, n sessions.New) (s models.Session, text string) {
	t.Helper()
	err := tenant.Write(ctx, func(tx *store.Tx) error {
		var err error
		s, text, err = k.Begin(ctx, tx, n)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, text
}

func TestLife_R64(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		k := &sessions.Keeper{Now: func() time.Time { return now }}
		tenant, other := storetest.Tenant(t, db, "acme"), storetest.Tenant(t, db, "globex")
		user := addUser(t, tenant)
		ctx := caller.With(t.Context(), caller.Info{IP: "192.0.2.1", UserAgent: "ua"})
		s, text := begin(ctx, t, k, tenant, sessions.New{UserID: user, Kind: models.SessionConsole, AMR: []string{"pwd"}})
		if len(text) < 43 || s.IP != "192.0.2.1" || s.IdleSeconds != 1800 {
			t.Error(text, s)
		}
		find := func() error { _, err := k.Find(ctx, tenant, text, models.SessionConsole); return err }
		if err := find(); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{
			"other kind":   second(k.Find(ctx, tenant, text, models.SessionUser)),
			"other tenant": second(k.Find(ctx, other, text, models.SessionConsole)), // R4
			"other secret": second(k.Find(ctx, tenant, text+"x", models.SessionConsole)),
			"no secret":    second(k.Find(ctx, tenant, "", models.SessionConsole)),
			"other id":     second(k.ByID(ctx, other, s.ID)),
		} {
			if !reason.Has(err, reason.SessionNone) {
				t.Error(name, err)
			}
		}
		now = now.Add(29 * time.Minute)
		if err := k.Touch(ctx, tenant, &s); err != nil {
			t.Fatal(err)
		}
		now = now.Add(29 * time.Minute)
		if err := find(); err != nil {
			t.Error("touched, and yet", err)
		}
		now = now.Add(2 * time.Minute)
		if err := find(); !reason.Has(err, reason.SessionIdle) {
			t.Error(err)
		}
		now = start.Add(12 * time.Hour)
		if err := find(); !reason.Has(err, reason.SessionIdle) {
			t.Error("it ended by idleness, and now", err)
		}
		for range 2 {
			if err := k.End(ctx, tenant, s.ID, sessions.WhySignOut); err != nil {
				t.Error(err)
			}
		}
		if err := k.End(ctx, tenant, "x", sessions.WhySignOut); !reason.Has(err, reason.SessionNone) {
			t.Error(err)
		}
		p, err := audit.Timeline(ctx, tenant, audit.Filter{UserID: user, Action: "session."}, page.Request{})
		if err != nil || len(p.Items) != 2 || p.Items[0].Action != audit.SessionEnded || p.Items[0].Details.V["why"] != sessions.WhyIdle {
			t.Error(p, err)
		}
	})
}

// The absolute limit holds however busy a session is, and so does its end.
func TestEnds_R64(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		k := &sessions.Keeper{Now: func() time.Time { return now }}
		tenant := storetest.Tenant(t, db, "acme")
		user := addUser(t, tenant)
		for name, c := range map[string]struct {
			after time.Duration
			end   func(id string) error
			code  reason.Code
			why   string
		}{
			"too old":    {time.Hour, func(string) error { return nil }, reason.SessionAbsolute, sessions.WhyLifetime},
			"signed out": {0, func(id string) error { return k.End(t.Context(), tenant, id, sessions.WhySignOut) }, reason.SessionEnded, sessions.WhySignOut},
		} {
			s, text := begin(t.Context(), t, k, tenant, sessions.New{UserID: user, Kind: models.SessionUser, Idle: 2 * time.Hour, Lifetime: time.Hour})
			now = now.Add(c.after)
			if err := c.end(s.ID); err != nil {
				t.Fatal(name, err)
			}
			for range 2 {
				if _, err := k.Find(t.Context(), tenant, text, models.SessionUser); !reason.Has(err, c.code) {
					t.Error(name, err)
				}
			}
			p, err := audit.Timeline(t.Context(), tenant, audit.Filter{TargetID: s.ID, Action: audit.SessionEnded}, page.Request{})
			if err != nil || len(p.Items) != 1 || p.Items[0].Details.V["why"] != c.why {
				t.Error(name, p, err)
			}
		}
	})
}

// A proof is fresh for five minutes, however busy the session is (R67).
func TestFresh_R67(t *testing.T) {
	now := start
	k := &sessions.Keeper{Now: func() time.Time { return now }}
	for after, fresh := range map[time.Duration]bool{0: true, sessions.StepUp: true, sessions.StepUp + time.Second: false, time.Hour: false} {
		now = start.Add(after)
		err := k.Fresh(&models.Session{AuthTime: models.At(start), LastSeenAt: models.At(now)})
		if fresh != (err == nil) || !fresh && !reason.Has(err, reason.SessionStepUp) {
			t.Error(after, err)
		}
	}
}

// A session that is used lives, however short its idle limit.
func TestUseIsNoticed_R64(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		k := &sessions.Keeper{Now: func() time.Time { return now }}
		tenant := storetest.Tenant(t, db, "acme")
		_, text := begin(t.Context(), t, k, tenant, sessions.New{UserID: addUser(t, tenant), Kind: models.SessionUser, Idle: time.Minute, Lifetime: time.Hour})
		for range 50 {
			now = now.Add(50 * time.Second)
			s, err := k.Find(t.Context(), tenant, text, models.SessionUser)
			if err != nil {
				t.Fatal(now.Sub(start), err)
			}
			if err := k.Touch(t.Context(), tenant, s); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestAllEndTogether_R66(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		k := &sessions.Keeper{Now: func() time.Time { return now }}
		tenant := storetest.Tenant(t, db, "acme")
		ada, bob := addUser(t, tenant), addUser(t, tenant)
		var keep models.Session
		for range 3 {
			keep, _ = begin(t.Context(), t, k, tenant, sessions.New{UserID: ada, Kind: models.SessionUser})
			begin(t.Context(), t, k, tenant, sessions.New{UserID: bob, Kind: models.SessionUser})
		}
		live := func(user string) int {
			p, err := k.ListOf(t.Context(), tenant, user, page.Request{})
			if err != nil {
				t.Fatal(err)
			}
			return len(p.Items)
		}
		end := func(fn func(tx *store.Tx) (int, error), want int) {
			t.Helper()
			err := tenant.Write(t.Context(), func(tx *store.Tx) error {
				n, err := fn(tx)
				if n != want {
					t.Errorf("%d ended", n)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		end(func(tx *store.Tx) (int, error) {
			return k.EndAllButOf(t.Context(), tx, ada, keep.ID, sessions.WhyPassword)
		}, 2)
		if live(ada) != 1 || live(bob) != 3 {
			t.Error(live(ada), live(bob))
		}
		end(func(tx *store.Tx) (int, error) { return k.EndAllOf(t.Context(), tx, ada, sessions.WhyDisabled) }, 1)
		end(func(tx *store.Tx) (int, error) { return k.EndAllOf(t.Context(), tx, ada, sessions.WhyDisabled) }, 0)
		end(func(tx *store.Tx) (int, error) { return k.EndAll(t.Context(), tx, sessions.WhyTenant) }, 3)
		if live(ada)+live(bob) != 0 {
			t.Error("some live on")
		}
	})
}
