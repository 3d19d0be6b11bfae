package nodes_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/identity/sessions"
	"gatehouse/identity/throttle"
	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, build(t, db)) })
}

// A proof begins a session and leaves an attempt and its events, together (R74, R130).
func TestSignIn_R74_R130(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		step := h.signIn("ada", correct)
		o := step.Outcome
		if o == nil {
			t.Fatalf("asked again: %+v", step)
		}
		if o.Subject != h.ada.ID || o.ReturnTo != "request" || o.ACR != journeys.ACRPassword || !slices.Equal(o.AMR, []string{"pwd"}) || !o.AuthTime.Equal(h.now) {
			t.Errorf("outcome %+v", o)
		}
		s, err := h.sessions.Find(t.Context(), h.tenant, o.Sessions.Current, models.SessionUser)
		if err != nil || s.ID != o.SessionID || s.UserID != h.ada.ID || !o.Sessions.Until.Equal(s.ExpiresAt.Time) {
			t.Fatalf("session %+v, %v", s, err)
		}
		if owner, _, ok := throttle.Device(h.k, h.tenant.ID(), o.DeviceToken); !ok || owner != h.ada.ID {
			t.Error("the browser cannot be known again (R81)")
		}
		all := h.attempts()
		if len(all) != 1 || all[0].UserID != h.ada.ID || all[0].Outcome != "success" || all[0].Method != "pwd" || all[0].ClientID != "portal" {
			t.Fatalf("attempts %+v", all)
		}
		if steps := all[0].Steps.V; len(steps) != 2 || steps[0].Step != "identifier" || steps[1].Step != "password" || steps[1].Verdict != "passed" {
			t.Errorf("steps %+v", steps)
		}
		if e := h.events("sign_in."); len(e) != 1 || e[0].Action != "sign_in.succeeded" || e[0].AttemptID != all[0].ID || e[0].ActorID != h.ada.ID {
			t.Errorf("events %+v", e)
		}
		if e := h.events("sign_in.succeeded"); len(e) != 1 || e[0].SessionID != o.SessionID || e[0].Details.V["kind"] != "user" {
			t.Errorf("events %+v", e)
		}
	})
}

func TestIdentifierFirst(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		step := h.send(h.start(journeys.IdentifierFirst), journeys.Submission{Inputs: map[string]string{"username": " Ada "}})
		if step.Prompt.Step != "password" || step.Prompt.Identifier != " Ada " || !step.Prompt.CanGoBack {
			t.Fatalf("%+v", step.Prompt)
		}
		// What the page repeats of the name counts for nothing.
		done := h.send(step.ExecutionID, form("somebody else", correct))
		if done.Outcome == nil || done.Outcome.Subject != h.ada.ID {
			t.Fatalf("%+v", done)
		}
	})
}

// Nothing is written before a proof is tried.
func TestNothingIsWrittenBeforeAProof_R75(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		before := len(h.events(""))
		for range 3 {
			id := h.start(journeys.IdentifierFirst)
			step := h.send(id, journeys.Submission{Inputs: map[string]string{"username": "nobody"}})
			if _, _, err := h.engine.Open(h.visitor(), h.tenant, step.ExecutionID, journeys.Browser{ID: "browser"}); err != nil {
				t.Fatal(err)
			}
			h.send(step.ExecutionID, journeys.Submission{Inputs: map[string]string{}})
		}
		if len(h.attempts()) != 0 || len(h.events("")) != before {
			t.Error("an anonymous start left something behind")
		}
	})
}

// Whatever is wrong, the user sees the same, and staff see what it was (R62, R76).
func TestRefusalsLookAlike_R62_R76(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.user("nopass", "")
		locked, disabled := h.user("locked", correct), h.user("disabled", correct)
		if _, err := h.users.Lock(h.operator(), h.tenant, locked.ID, "test"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.users.Disable(h.operator(), h.tenant, disabled.ID, "test"); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			name, password string
			want           reason.Code
		}{
			{"ada", "wrong wrong wrong wrong", reason.PasswordWrong},
			{"nobody", correct, reason.IdentifierUnknown},
			{"nopass", correct, reason.PasswordNone},
			{"locked", correct, reason.UserLocked},
			{"disabled", correct, reason.UserDisabled},
		} {
			step := h.signIn(test.name, test.password)
			p := step.Prompt
			if step.Outcome != nil || p.Step != "sign_in" || p.Error != reason.PasswordWrong || !p.RetryAt.IsZero() || step.Err.Code != reason.PasswordWrong {
				t.Errorf("%s: %+v", test.name, step)
			}
			if in, _ := p.Input("username"); in.Value != test.name {
				t.Errorf("%s: what was typed is lost", test.name)
			}
			last := h.attempts()[0]
			if last.Reason != string(test.want) || last.Outcome != "failure" || last.Reference != p.Reference {
				t.Errorf("%s: attempt %s %s, want %s", test.name, last.Reason, last.Reference, test.want)
			}
		}
		if e := h.events("sign_in.failed"); len(e) != 5 {
			t.Errorf("%d events of five refusals", len(e))
		}
		if len(h.events("sign_in.succeeded")) != 0 {
			t.Error("a session began")
		}
	})
}

// What was typed as an unknown name is not kept: people type passwords there (R137).
func TestUnknownNamesAreNotKept_R137(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.signIn("hunter2 hunter2", correct)
		h.signIn("hunter2 hunter2", correct)
		all := h.attempts()
		if len(all) != 2 || all[0].UserID != "" || all[0].IdentifierMAC == "" || all[0].IdentifierMAC != all[1].IdentifierMAC {
			t.Errorf("%+v", all)
		}
	})
}

func TestExecutionStopsAfterManyRefusals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.start(journeys.IdentifierPassword)
		var p prompt.Prompt
		for range 10 {
			step := h.send(id, form("ada", "wrong wrong wrong wrong"))
			id, p = step.ExecutionID, step.Prompt
		}
		if p.Step != "ended" || len(p.Inputs) != 0 {
			t.Errorf("it goes on with %+v", p)
		}
		if _, err := h.engine.Advance(h.visitor(), h.tenant, id, journeys.Browser{ID: "browser"}, form("ada", correct)); !reason.Has(err, reason.JourneyInput) {
			t.Errorf("after its end: %v", err)
		}
	})
}

// A stranger who guesses is told to wait, and how long (R80, R82).
func TestGuessingIsSlowed_R80(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var step journeys.Step
		for range 15 {
			if step = h.signIn("ada", "wrong wrong wrong wrong"); step.Prompt.Error != reason.PasswordWrong {
				break
			}
		}
		if step.Prompt.Error != reason.ThrottleAccount || !step.Prompt.RetryAt.After(h.now) {
			t.Fatalf("%+v", step.Prompt)
		}
		if last := h.attempts()[0]; last.Reason != string(reason.ThrottleAccount) {
			t.Errorf("recorded as %s", last.Reason)
		}
	})
}

// After a hundred failures the password alone no longer lets in from unknown
// devices, for weeks, unless the owner signs in from one that is known (R82).
func TestKnownDeviceEndsTheLongStop_R82(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		known := journeys.Browser{ID: "browser", Device: h.signIn("ada", correct).Outcome.DeviceToken}
		for i := range 100 {
			if i > 0 && i%10 == 0 {
				h.now = h.now.Add(15 * time.Minute)
			}
			if i > 0 && i%40 == 0 {
				h.now = h.now.Add(24 * time.Hour)
			}
			if step := h.signIn("ada", "wrong wrong wrong wrong"); step.Prompt.Error != reason.PasswordWrong {
				t.Fatalf("%d: %+v", i, step.Prompt)
			}
		}
		h.now = h.now.Add(25 * time.Hour)
		if step := h.signIn("ada", correct); step.Outcome != nil || step.Prompt.Error != reason.ThrottleAccount {
			t.Errorf("%+v", step)
		}
		if h.sendIn(known, h.start(""), form("ada", correct)).Outcome == nil {
			t.Fatal("a known device was kept out (R81)")
		}
		if step := h.signIn("ada", correct); step.Outcome == nil {
			t.Errorf("still kept out: %+v", step.Prompt)
		}
	})
}

// A new sign-in gives a new session; the user's own stays for the applications
// that live on it, and somebody else's for him to come back to (R64).
func TestSessionsOfOneBrowser_R64(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.signIn("ada", correct).Outcome
		in := journeys.Browser{ID: "browser", Sessions: first.Sessions, Device: first.DeviceToken}
		again := h.sendIn(in, h.start(""), form("ada", correct)).Outcome
		if again.SessionID == first.SessionID || again.Sessions.Current == first.Sessions.Current || again.DeviceToken != first.DeviceToken || len(again.Sessions.Others) != 0 {
			t.Error("the session is the old one, or the device a new one, or both are held")
		}
		if _, err := h.sessions.Find(t.Context(), h.tenant, first.Sessions.Current, models.SessionUser); err != nil {
			t.Errorf("the user's own session: %v", err)
		}
		held := []string{again.Sessions.Current}
		in.Sessions = again.Sessions
		for i := range sessions.Most {
			name := "guest" + strconv.Itoa(i)
			h.user(name, correct)
			in.Sessions = h.sendIn(in, h.start(""), form(name, correct)).Outcome.Sessions
			held = append([]string{in.Sessions.Current}, held...)
		}
		if got := strings.Split(in.Sessions.Pack(), "."); !slices.Equal(got, held[:sessions.Most]) {
			t.Errorf("it holds %d of %d", len(got), len(held))
		}
		if _, err := h.sessions.Find(t.Context(), h.tenant, again.Sessions.Current, models.SessionUser); !reason.Has(err, reason.SessionEnded) {
			t.Errorf("the one that no longer fits: %v", err)
		}
		in.Sessions = sessions.Bundle{Current: "made up", Others: []string{"too"}}
		if got := h.sendIn(in, h.start(""), form("ada", correct)).Outcome.Sessions; len(got.Others) != 0 {
			t.Errorf("%+v", got)
		}
	})
}

// A suspended tenant lets nobody in, even in the middle of a journey (R94).
func TestSuspendedTenant_R94(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.start("")
		if _, err := h.tenants.Suspend(h.operator(), h.tenant, "test"); err != nil {
			t.Fatal(err)
		}
		h.now = h.now.Add(2 * time.Second)
		_, err := h.engine.Advance(h.visitor(), h.tenant, id, journeys.Browser{ID: "browser"}, form("ada", correct))
		if !reason.Has(err, reason.TenantSuspended) {
			t.Errorf("%v", err)
		}
		if all := h.attempts(); len(all) != 1 || all[0].Reason != string(reason.TenantSuspended) || all[0].UserID != h.ada.ID {
			t.Errorf("attempts %+v", all)
		}
	})
}

// R66: whoever changes a password ends all sessions. A sign-in that was under way
// with the old one, or with the account as it was, does not outlive that.
func TestProofsDoNotOutliveTheirPassword_R66(t *testing.T) {
	other := "another long and quiet password"
	for name, change := range map[string]func(h *house) error{
		"changed":  func(h *house) error { return h.users.SetPassword(h.operator(), h.tenant, h.ada.ID, other, "") },
		"again":    func(h *house) error { return h.users.SetPassword(h.operator(), h.tenant, h.ada.ID, correct, "") },
		"removed":  func(h *house) error { return h.users.SetPassword(h.operator(), h.tenant, h.ada.ID, "", "") },
		"locked":   func(h *house) error { _, err := h.users.Lock(h.operator(), h.tenant, h.ada.ID, ""); return err },
		"disabled": func(h *house) error { _, err := h.users.Disable(h.operator(), h.tenant, h.ada.ID, ""); return err },
		"deleted":  func(h *house) error { return h.users.Delete(h.operator(), h.tenant, h.ada.ID, "") },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				h.hashing = func() {
					h.hashing = nil
					if err := change(h); err != nil {
						t.Error(err)
					}
				}
				step, err := h.engine.Advance(h.visitor(), h.tenant, h.start(journeys.IdentifierPassword), journeys.Browser{ID: "browser"}, form("ada", correct))
				if h.hashing != nil {
					t.Fatal("nothing was hashed")
				}
				if err == nil && (step.Outcome != nil || step.Prompt.Error != reason.PasswordWrong) || err != nil && !reason.Has(err, reason.PasswordWrong) {
					t.Errorf("%v %+v", err, step)
				}
				if len(h.events("sign_in.succeeded")) > 0 || len(h.events("sign_in.failed")) != 1 {
					t.Error("it is not recorded as it was")
				}
			})
		})
	}
}
