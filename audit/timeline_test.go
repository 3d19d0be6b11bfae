package audit_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/caller"
	"gatehouse/internal/page"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// TestAllowList_R137: what an action does not allow is refused; of a change
// names stand in the log, values only where they may.
func TestAllowList_R137(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		for name, e := range map[string]audit.Event{
			"unknown action": {Action: "user.hacked"},
			"foreign detail": {Action: audit.UserLocked, Details: map[string]any{"password": "x"}},
		} {
			if err := add(t, tenant, e); err == nil {
				t.Error(name)
			}
		}
		type profile struct {
			Username string `json:"username"`
			Email    string `json:"email"`
			Same     string `json:"same"`
		}
		err := add(t, tenant, audit.Event{
			Action: audit.UserUpdated, UserID: "u",
			Before: profile{"ada", "ada@example.com", "x"}, After: profile{"ada2", "other@example.com", "x"},
		})
		if err != nil {
			t.Fatal(err)
		}
		p, err := audit.Timeline(t.Context(), tenant, audit.Filter{UserID: "u"}, page.Request{})
		if err != nil || len(p.Items) != 1 {
			t.Fatal(p, err)
		}
		got, _ := json.Marshal(p.Items[0].Details)
		want := `{"changes":{"email":true,"username":{"from":"ada","to":"ada2"}}}`
		if string(got) != want {
			t.Errorf("%s", got)
		}
	})
}

// TestForeignText_R138: control characters, broken UTF-8 and long texts from
// outside neither break the log nor the change.
func TestForeignText_R138(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		ctx := caller.With(t.Context(), caller.Info{
			UserAgent: "a\x00b\n\xff" + strings.Repeat("ü", 2000), IP: "192.0.2.1", RequestID: "r1", Via: caller.ViaHosted,
			Actor: caller.Actor{Type: caller.ActorUser, ID: "u", SessionID: "s"},
		})
		err := tenant.Write(ctx, func(tx *store.Tx) error {
			return audit.Append(ctx, tx, start, audit.Event{Action: audit.UserLocked, Details: map[string]any{"why": "x\x00\x1b[2J"}, Reason: reason.UserLocked})
		})
		if err != nil {
			t.Fatal(err)
		}
		l := log(db, &clock{at: start})
		seal(t, l)
		if r, err := l.Verify(t.Context()); err != nil || !r.OK() {
			t.Errorf("%+v %v", r, err)
		}
		p, err := audit.Timeline(t.Context(), tenant, audit.Filter{RequestID: "r1"}, page.Request{})
		if err != nil || len(p.Items) != 1 {
			t.Fatal(err)
		}
		e := p.Items[0]
		if len(e.UserAgent) > 1024 || strings.ContainsAny(e.UserAgent, "\x00\n") || e.SessionID != "s" || e.Outcome != audit.Failure {
			t.Errorf("%+v", e)
		}
	})
}

// TestTimeline: pending and sealed together, newest first, page by page, of
// one tenant.
func TestTimeline(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant, other := storetest.Tenant(t, db, "acme"), storetest.Tenant(t, db, "globex")
		l := log(db, &clock{at: start})
		mustAdd(t, tenant, 30)
		seal(t, l)
		mustAdd(t, tenant, 30)
		mustAdd(t, other, 5)
		var ids []string
		p := page.Request{Limit: 7}
		for {
			got, err := audit.Timeline(t.Context(), tenant, audit.Filter{Action: "user."}, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range got.Items {
				if len(ids) > 0 && e.ID >= ids[len(ids)-1] || e.TenantID != tenant.ID() {
					t.Error("order or tenant", e.ID)
				}
				ids = append(ids, e.ID)
			}
			if p.After = got.Next; p.After == "" {
				break
			}
		}
		if len(ids) != 60 {
			t.Errorf("%d events", len(ids))
		}
		for name, c := range map[string]struct {
			f    audit.Filter
			want int
		}{
			"user":    {audit.Filter{UserID: "user-1"}, 20},
			"target":  {audit.Filter{TargetID: "7"}, 2},
			"outcome": {audit.Filter{Outcome: audit.Failure}, 0},
			"action":  {audit.Filter{Action: audit.UserLocked}, 60},
			"prefix":  {audit.Filter{Action: "session."}, 0},
			"nothing": {audit.Filter{Action: "no.such"}, 0},
			"from":    {audit.Filter{From: start.Add(time.Second), To: start.Add(time.Hour)}, 0},
			"all":     {audit.Filter{From: start, To: start.Add(time.Second)}, 60},
		} {
			got, err := audit.Timeline(t.Context(), tenant, c.f, page.Request{Limit: 200})
			if err != nil || len(got.Items) != c.want {
				t.Errorf("%s: %d %v", name, len(got.Items), err)
			}
		}
		_, err := audit.Timeline(t.Context(), tenant, audit.Filter{}, page.Request{After: "x' OR 1=1"})
		if !reason.Has(err, reason.InputInvalid) {
			t.Error(err)
		}
	})
}

// BenchmarkAppendAndSeal measures events a second through the whole way.
func BenchmarkAppendAndSeal(b *testing.B) {
	for kind, at := range storetest.URLs(b) {
		b.Run(string(kind), func(b *testing.B) {
			db := storetest.Open(b, at)
			tenant := storetest.Tenant(b, db, store.NewID())
			l := log(db, &clock{at: start.AddDate(1, 0, 0)})
			b.Run("seal", func(b *testing.B) {
				mustAdd(b, tenant, b.N)
				b.ResetTimer()
				seal(b, l)
			})
		})
	}
}

// TestTimelinesAreWhole: events that are in several parts of the log come once, in
// their order, page by page.
func TestTimelinesAreWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		x := audit.Target{Type: "thing", ID: "x"}
		for i, e := range []audit.Event{
			{Target: x},
			{Target: x, UserID: "x"},
			{Target: x, ApplicationID: "x"},
			{Target: x, UserID: "y", ApplicationID: "z"},
			{Target: x, UserID: "y", ApplicationID: "x"},
			{UserID: "x"},
			{ApplicationID: "x"},
			{Target: audit.Target{ID: "y"}, UserID: "x"},
			{Target: audit.Target{ID: "y"}, ApplicationID: "x", UserID: "y"},
		} {
			e.Action, e.AttemptID = audit.UserLocked, strconv.Itoa(i)
			if err := add(t, tenant, e); err != nil {
				t.Fatal(err)
			}
		}
		seal(t, log(db, &clock{at: start}))
		for name, c := range map[string]struct {
			filter audit.Filter
			want   string
		}{
			"target":             {audit.Filter{TargetID: "x"}, "43210"},
			"user":               {audit.Filter{UserID: "x"}, "751"},
			"application":        {audit.Filter{ApplicationID: "x"}, "8642"},
			"target and user":    {audit.Filter{TargetID: "x", UserID: "y"}, "43"},
			"both":               {audit.Filter{TargetID: "x", ApplicationID: "x"}, "42"},
			"application's user": {audit.Filter{UserID: "y", ApplicationID: "x"}, "84"},
		} {
			if got := paged(t, tenant, c.filter); got != c.want {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}

// paged are the attempts of a timeline, read two at a time.
func paged(t *testing.T, in store.Tenant, f audit.Filter) string {
	t.Helper()
	names := ""
	for after := ""; ; {
		p, err := audit.Timeline(t.Context(), in, f, page.Request{Limit: 2, After: after})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range p.Items {
			names += e.AttemptID
		}
		if after = p.Next; after == "" {
			return names
		}
	}
}
