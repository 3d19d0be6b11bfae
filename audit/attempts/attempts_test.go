package attempts_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/audit/attempts"
	"gatehouse/internal/caller"
	"gatehouse/internal/page"
	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var start = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

func record(t *testing.T, tenant store.Tenant, at time.Time, a attempts.Attempt) (row models.Attempt, err error) {
	t.Helper()
	ctx := caller.With(t.Context(), caller.Info{IP: "192.0.2.1", RequestID: "r1", Via: caller.ViaHosted})
	err = tenant.Write(ctx, func(tx *store.Tx) error {
		row, err = attempts.Record(ctx, tx, at, a)
		return err
	})
	return row, err
}

// TestRecord_R130_R137: an attempt and its event are one; what was typed is
// kept as a keyed hash.
func TestRecord_R130_R137(t *testing.T) {
	k, err := seal.New(seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant, other := storetest.Tenant(t, db, "acme"), storetest.Tenant(t, db, "globex")
		trace := attempts.Begin(attempts.SignIn, start)
		trace.StepAt(start.Add(time.Millisecond), "identifier", attempts.Passed, "")
		// It travels sealed in the execution.
		b, err := json.Marshal(trace)
		if err != nil {
			t.Fatal(err)
		}
		var back attempts.Trace
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		back.StepAt(start.Add(3*time.Millisecond), "password", attempts.Failed, reason.IdentifierUnknown)
		id := attempts.Unknown(k, tenant.ID(), models.IdentifierUsername, "hunter2")
		row, err := record(t, tenant, start.Add(4*time.Millisecond), attempts.Attempt{
			Trace: &back, Identifier: id, ClientID: "portal", Method: "password", Reason: reason.IdentifierUnknown,
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := attempts.ByReference(t.Context(), tenant, " "+strings.ToLower(strings.ReplaceAll(row.Reference, "-", "")))
		if err != nil || got.ID != row.ID || got.DurationMicros != 4000 || len(got.Steps.V) != 2 || got.Steps.V[1].Micros != 2000 ||
			got.IdentifierMAC == "" || got.IP != "192.0.2.1" || got.Outcome != audit.Failure {
			t.Errorf("%+v %v", got, err)
		}
		if _, err := attempts.ByID(t.Context(), other, row.ID); !reason.Has(err, reason.RequestNotFound) { // R5
			t.Error(err)
		}
		if _, err := attempts.ByReference(t.Context(), tenant, "x"); !reason.Has(err, reason.RequestNotFound) {
			t.Error(err)
		}
		p, err := audit.Timeline(t.Context(), tenant, audit.Filter{AttemptID: row.ID}, page.Request{})
		if err != nil || len(p.Items) != 1 || p.Items[0].Action != audit.SignInFailed || p.Items[0].Details.V["reference"] != row.Reference {
			t.Errorf("%+v %v", p, err)
		}
		all, _ := json.Marshal([]any{got, p})
		if strings.Contains(string(all), "hunter2") {
			t.Error("what was typed stands in the log")
		}
	})
}

func TestKinds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		for name, c := range map[string]struct {
			kind   string
			reason reason.Code
			action string
		}{
			"sign-in":           {attempts.SignIn, "", audit.SignInSucceeded},
			"refused authorize": {attempts.Authorize, reason.OAuthRedirectURI, audit.AuthorizeRefused},
			"refused token":     {attempts.Token, reason.OAuthCodeReused, audit.TokenRefused},
			"a token":           {attempts.Token, "", ""},
			"something":         {"x", reason.ServerError, ""},
		} {
			row, err := record(t, tenant, start, attempts.Attempt{Trace: attempts.Begin(c.kind, start), Reason: c.reason, ClientID: "c"})
			if (err != nil) != (c.action == "") {
				t.Error(name, err)
			}
			if err != nil {
				continue
			}
			p, err := audit.Timeline(t.Context(), tenant, audit.Filter{AttemptID: row.ID}, page.Request{})
			if err != nil || len(p.Items) != 1 || p.Items[0].Action != c.action {
				t.Error(name, p, err)
			}
		}
		list, err := attempts.List(t.Context(), tenant, attempts.Filter{ClientID: "c", Outcome: audit.Failure}, page.Request{Limit: 1})
		if err != nil || len(list.Items) != 1 || list.Next == "" {
			t.Error(list, err)
		}
		list, err = attempts.List(t.Context(), tenant, attempts.Filter{ClientID: "c", Outcome: audit.Failure}, page.Request{Limit: 1, After: list.Next})
		if err != nil || len(list.Items) != 1 || list.Next != "" {
			t.Error(list, err)
		}
	})
}

func TestFigures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant, other := storetest.Tenant(t, db, "acme"), storetest.Tenant(t, db, "globex")
		add := func(in store.Tenant, day int, user string, why reason.Code) {
			at := start.AddDate(0, 0, day)
			if _, err := record(t, in, at, attempts.Attempt{Trace: attempts.Begin(attempts.SignIn, at), UserID: user, Reason: why}); err != nil {
				t.Fatal(err)
			}
		}
		add(tenant, 0, "ada", "")
		add(tenant, 0, "ada", "")
		add(tenant, 0, "bob", reason.PasswordWrong)
		add(tenant, 2, "bob", "")
		add(tenant, 2, "", reason.IdentifierUnknown)
		add(tenant, 2, "bob", reason.PasswordWrong)
		add(tenant, 9, "eve", "")
		add(other, 1, "eve", "")
		s, err := attempts.Figures(t.Context(), tenant, start.Truncate(24*time.Hour), start.AddDate(0, 0, 3))
		if err != nil || s.Succeeded != 3 || s.Failed != 3 || s.Users != 2 || len(s.Days) != 4 || s.Days[1].Succeeded != 0 ||
			s.Days[2].Failed != 2 || len(s.Reasons) != 2 || s.Reasons[0].Reason != string(reason.PasswordWrong) || s.Reasons[0].Count != 2 {
			t.Errorf("%+v %v", s, err)
		}
	})
}

// R84: what strangers cause is not kept for ever. Each tenant's attempts are
// forgotten by its own time, its events stay, and nothing younger goes.
func TestSweep_R84(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant, other := storetest.Tenant(t, db, "acme"), storetest.Tenant(t, db, "globex")
		add := func(in store.Tenant, at time.Time) {
			t.Helper()
			if _, err := record(t, in, at, attempts.Attempt{Trace: attempts.Begin(attempts.SignIn, at), Reason: reason.PasswordWrong}); err != nil {
				t.Fatal(err)
			}
		}
		left := func(in store.Tenant) int {
			t.Helper()
			p, err := attempts.List(t.Context(), in, attempts.Filter{}, page.Request{Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			return len(p.Items)
		}
		for n := range 520 { // more than a batch, some at one moment
			add(tenant, start.Add(time.Duration(n/3)*time.Second))
		}
		add(tenant, start.AddDate(0, 0, 10))
		add(other, start)
		before := start.AddDate(0, 0, 10)
		if n, err := attempts.Sweep(t.Context(), tenant, before); err != nil || n != 520 {
			t.Errorf("swept %d: %v", n, err)
		}
		if n, err := attempts.Sweep(t.Context(), tenant, before); err != nil || n != 0 {
			t.Errorf("swept %d more: %v", n, err)
		}
		if left(tenant) != 1 || left(other) != 1 {
			t.Errorf("left %d and %d", left(tenant), left(other))
		}
		events, err := audit.Timeline(t.Context(), tenant, audit.Filter{Action: audit.SignInFailed, To: before}, page.Request{Limit: 1})
		if err != nil || len(events.Items) != 1 {
			t.Errorf("events: %+v %v", events, err)
		}
	})
}

func TestReference(t *testing.T) {
	shape := regexp.MustCompile(`^[2-9A-HJKMNP-TW-Z]{3}-[2-9A-HJKMNP-TW-Z]{3}$`)
	for range 1000 {
		if r := attempts.Reference(); !shape.MatchString(r) {
			t.Fatal(r)
		}
	}
}

func TestTracesAreBounded(t *testing.T) {
	trace := attempts.Begin(attempts.SignIn, start)
	for range 1000 {
		trace.Step("password", attempts.Failed, reason.PasswordWrong)
	}
	if len(trace.Steps) > 40 {
		t.Error(len(trace.Steps))
	}
}
