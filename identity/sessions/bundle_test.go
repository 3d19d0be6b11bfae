package sessions_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/identity/sessions"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// R64: a cookie holds so many sessions and no more, whatever a browser sends.
func TestBundle_R64(t *testing.T) {
	for cookie, want := range map[string]struct{ current, others string }{
		"":                         {"", ""},
		"a":                        {"a", ""},
		"a.b.c":                    {"a", "b c"},
		".b":                       {"", "b"},
		"..":                       {"", ""},
		"a..c":                     {"a", "c"},
		"a.b.c.d.e.f.g":            {"a", "b c d e"},
		strings.Repeat(".", 1<<16): {"", ""},
	} {
		b := sessions.Unpack(cookie)
		if b.Current != want.current || strings.Join(b.Others, " ") != want.others {
			t.Errorf("%.20q: %+v", cookie, b)
		}
		if again := sessions.Unpack(b.Pack()); again.Current != b.Current || !slices.Equal(again.Others, b.Others) {
			t.Errorf("%.20q: packed %q", cookie, b.Pack())
		}
		if (b.State() == "") != (b.Pack() == "") {
			t.Errorf("%.20q: %q", cookie, b.State())
		}
	}
}

// What the cookie holds is judged one by one, and what scripts see of it changes
// with each coming, going and choosing (R64).
func TestHeld_R64(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		k := &sessions.Keeper{Now: func() time.Time { return now }}
		tenant := storetest.Tenant(t, db, "acme")
		one, first := begin(t.Context(), t, k, tenant, sessions.New{UserID: addUser(t, tenant), Kind: models.SessionUser, Stays: true, Lifetime: time.Hour})
		two, second := begin(t.Context(), t, k, tenant, sessions.New{UserID: addUser(t, tenant), Kind: models.SessionUser, Stays: true, Lifetime: 2 * time.Hour})
		held := func(b sessions.Bundle) []sessions.Held {
			t.Helper()
			all, err := k.Held(t.Context(), tenant, b, models.SessionUser)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		all := held(sessions.Bundle{Current: first, Others: []string{"x", second}})
		if len(all) != 2 || !all[0].Current || all[1].Current || all[1].ID != two.ID {
			t.Fatalf("%+v", all)
		}
		chosen := sessions.Hold(all, two.ID)
		if chosen.Pack() != second+"."+first || !chosen.Until.Equal(start.Add(2*time.Hour)) {
			t.Errorf("%+v", chosen)
		}
		left := sessions.Without(all, one.ID)
		if left.Pack() != "."+second || sessions.Without(all, two.ID).Pack() != first || sessions.Without(all, one.ID, two.ID).Pack() != "" {
			t.Errorf("%+v", left)
		}
		seen := map[string]bool{sessions.Hold(all, one.ID).State(): true, chosen.State(): true, left.State(): true, sessions.State(first): true}
		if len(seen) != 4 {
			t.Error("scripts see no difference")
		}
		_, third := begin(t.Context(), t, k, tenant, sessions.New{UserID: addUser(t, tenant), Kind: models.SessionUser})
		if b := sessions.Hold(held(sessions.Bundle{Current: first, Others: []string{third}}), one.ID); !b.Until.IsZero() {
			t.Error("a session outlives its browser, which its user did not want")
		}
		now = now.Add(time.Hour)
		if all := held(chosen); len(all) != 1 || all[0].ID != two.ID {
			t.Errorf("%+v", all)
		}
	})
}
