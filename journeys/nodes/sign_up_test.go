package nodes_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"gatehouse/audit"
	"gatehouse/identity/applications"
	"gatehouse/identity/tenants"
	"gatehouse/internal/caller"
	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// settle changes what the tenant chose.
func (h *house) settle(change func(*models.TenantSettings)) {
	h.t.Helper()
	row, err := tenants.Fresh(h.t.Context(), h.tenant)
	if err != nil {
		h.t.Fatal(err)
	}
	settings := row.Settings.V
	change(&settings)
	_, err = h.tenants.Update(h.operator(), h.tenant, tenants.Change{Version: row.Version, DisplayName: row.DisplayName, DefaultLocale: row.DefaultLocale, Settings: settings})
	if err != nil {
		h.t.Fatal(err)
	}
}

// opens lets people sign up.
func (h *house) opens() {
	h.t.Helper()
	h.settle(func(s *models.TenantSettings) { s.SelfRegistration = models.SelfRegistrationOn })
}

func (h *house) begin(need journeys.Need) string {
	h.t.Helper()
	need.Browser = "browser"
	id, err := h.engine.Start(h.visitor(), h.tenant, need)
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func (h *house) startSignUp() string {
	h.t.Helper()
	return h.begin(journeys.Need{SignUp: true, ClientID: "portal", ReturnTo: "request"})
}

func wish(name, email, password string) journeys.Submission {
	return journeys.Submission{Inputs: map[string]string{"username": name, "email": email, "password": password}}
}

// Who signs up is a user with a session, an attempt and its events, all of them
// at once; what he says of himself is verified by nobody (R64, R75, R130).
func TestSignUp_R75_R130(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.opens()
		o := h.send(h.startSignUp(), wish(" Grace ", "grace@example.com", correct)).Outcome
		if o == nil || o.ReturnTo != "request" || o.ACR != journeys.ACRPassword || !slices.Equal(o.AMR, []string{"pwd"}) || !o.AuthTime.Equal(h.now) || o.DeviceToken == "" {
			t.Fatalf("%+v", o)
		}
		u, err := h.users.ByUsername(t.Context(), h.tenant, "grace")
		if err != nil || u.ID != o.Subject || u.Username != "Grace" || u.Kind != models.UserLocal || u.Email != "grace@example.com" || u.EmailVerified {
			t.Fatalf("%+v %v", u, err)
		}
		if _, err := h.users.ByIdentifier(t.Context(), h.tenant, "grace@example.com"); !reason.Has(err, reason.UserUnknown) {
			t.Errorf("an address that nobody proved is a name to sign in with: %v", err)
		}
		s, err := h.sessions.Find(t.Context(), h.tenant, o.Sessions.Current, models.SessionUser)
		if err != nil || s.UserID != u.ID {
			t.Errorf("session %+v %v", s, err)
		}
		all := h.attempts()
		if len(all) != 1 || all[0].Kind != "sign_up" || all[0].Outcome != "success" || all[0].UserID != u.ID {
			t.Fatalf("attempts %+v", all)
		}
		if e := h.events("user.created")[0]; e.Details.V["source"] != "sign_up" {
			t.Errorf("created by %+v", e.Details.V)
		}
		for action, actor := range map[string]string{"sign_up.succeeded": u.ID, "user.created": u.ID} {
			found := slices.ContainsFunc(h.events(action), func(e audit.Entry) bool { return e.ActorID == actor && e.UserID == u.ID })
			if !found {
				t.Errorf("no %s by himself", action)
			}
		}
		if again := h.signIn("grace", correct).Outcome; again == nil || again.Subject != u.ID {
			t.Error("he cannot sign in")
		}
	})
}

// Everything that is wrong is said at once and at its field, and what was typed
// is kept but for the password (R60, R63).
func TestSignUpSaysWhatIsWrong_R60_R63(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.opens()
		for _, test := range []struct {
			name, email, password string
			fields                map[string]reason.Code
			recorded              reason.Code // empty: nothing was judged
		}{
			{"", "", "", map[string]reason.Code{"username": reason.InputRequired, "email": reason.InputRequired, "password": reason.InputRequired}, ""},
			{strings.Repeat("g", 129), "g@example.com", correct, map[string]reason.Code{"username": reason.InputTooLong}, ""},
			{"ＡＤＡ", "g@example.com", correct, map[string]reason.Code{"username": reason.InputTaken}, reason.InputTaken},
			{"ada", "nowhere", "password", map[string]reason.Code{"username": reason.InputTaken, "email": reason.InputFormat, "password": reason.PasswordTooShort}, reason.InputFormat},
			{"ada@example.com", "ada@example.com", correct, map[string]reason.Code{"username": reason.UsernameAt}, reason.UsernameAt},
			{"two words", "g@example.com", correct, map[string]reason.Code{"username": reason.InputFormat}, reason.InputFormat},
			{"grace", "g@example.com", "gracegracegracegrace", map[string]reason.Code{"password": reason.PasswordContext}, reason.PasswordContext},
			{"grace", "g@example.com", "correct horse battery staple", map[string]reason.Code{"password": reason.PasswordCommon}, reason.PasswordCommon},
		} {
			before := len(h.attempts())
			step := h.send(h.startSignUp(), wish(test.name, test.email, test.password))
			p := step.Prompt
			if step.Outcome != nil || p.Step != "sign_up" || p.Error != "" || len(p.FieldErrors) != len(test.fields) {
				t.Fatalf("%s: %+v", test.name, step)
			}
			for name, code := range test.fields {
				if got := p.ErrorOf(name); got != code {
					t.Errorf("%s: %s is %q, want %q", test.name, name, got, code)
				}
			}
			if in, _ := p.Input("email"); in.Value != test.email {
				t.Errorf("%s: the address is lost", test.name)
			}
			if in, _ := p.Input("password"); in.Value != "" {
				t.Errorf("%s: the password comes back", test.name)
			}
			all := h.attempts()
			switch {
			case test.recorded == "" && len(all) != before:
				t.Errorf("%s: an attempt of an empty form", test.name)
			case test.recorded != "" && (len(all) != before+1 || all[0].Kind != "sign_up" || all[0].Reason != string(test.recorded) || all[0].UserID != ""):
				t.Errorf("%s: attempt %+v", test.name, all[0])
			}
		}
		if len(h.events("user.created")) != 1 || len(h.events("sign_up.succeeded")) != 0 {
			t.Error("somebody came to be")
		}
	})
}

// Nobody signs up unless the tenant says so, and an application can be narrower
// than its tenant, never wider (R7, R75).
func TestSignUpIsOffUnlessChosen_R75(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		app := func(name, choice string) string {
			t.Helper()
			a, _, err := h.applications.Create(h.operator(), h.tenant, applications.New{Name: name, ClientID: name, Type: models.TypeWeb, Metadata: applications.Metadata{
				DisplayName: name, RedirectURIs: []string{"https://" + name + ".example.com/"}, Options: models.ClientOptions{SelfRegistration: choice},
			}})
			if err != nil {
				t.Fatal(err)
			}
			return a.ID
		}
		apps := map[string]string{"own": "", "silent": app("silent", ""), "eager": app("eager", models.SelfRegistrationOn), "closed": app("closed", models.SelfRegistrationOff)}
		for choice, open := range map[string][]string{
			"": nil, models.SelfRegistrationOff: nil, models.SelfRegistrationApplications: {"eager"}, models.SelfRegistrationOn: {"own", "silent", "eager"},
		} {
			h.settle(func(s *models.TenantSettings) { s.SelfRegistration = choice })
			for name, id := range apps {
				want := slices.Contains(open, name)
				_, _, err := h.engine.Open(h.visitor(), h.tenant, h.begin(journeys.Need{SignUp: true, ApplicationID: id}), journeys.Browser{ID: "browser"})
				if want != (err == nil) || !want && !reason.Has(err, reason.SignUpOff) {
					t.Errorf("%q at %s: %v", choice, name, err)
				}
				_, p, err := h.engine.Open(h.visitor(), h.tenant, h.begin(journeys.Need{ApplicationID: id}), journeys.Browser{ID: "browser"})
				if err != nil {
					t.Fatal(err)
				}
				if _, leads := p.Action(prompt.ToSignUp); leads != want {
					t.Errorf("%q at %s: the sign-in page leads there: %v", choice, name, leads)
				}
			}
		}
		h.opens()
		_, _, err := h.engine.Open(h.visitor(), h.tenant, h.begin(journeys.Need{SignUp: true, Kind: models.SessionConsole}), journeys.Browser{ID: "browser"})
		if !reason.Has(err, reason.SignUpOff) {
			t.Errorf("at the console: %v (R9)", err)
		}
		// A form that was shown before the tenant changed its mind.
		id := h.startSignUp()
		h.settle(func(s *models.TenantSettings) { s.SelfRegistration = models.SelfRegistrationOff })
		if _, err := h.engine.Advance(h.visitor(), h.tenant, id, journeys.Browser{ID: "browser"}, wish("grace", "g@example.com", correct)); !reason.Has(err, reason.SignUpOff) {
			t.Errorf("afterwards: %v", err)
		}
		if _, err := h.users.ByUsername(t.Context(), h.tenant, "grace"); !reason.Has(err, reason.UserUnknown) {
			t.Error("she came to be")
		}
	})
}

// An address makes so many accounts, and tries, and no more (R84).
func TestSignUpsAreCounted_R84(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.opens()
		for i := range 60 {
			if p := h.send(h.startSignUp(), wish("ada", "g@example.com", correct)).Prompt; p.ErrorOf("username") != reason.InputTaken {
				t.Fatalf("try %d: %+v", i, p)
			}
		}
		p := h.send(h.startSignUp(), wish("grace", "g@example.com", correct)).Prompt
		if p.Error != reason.ThrottleSource || !p.RetryAt.After(h.now) {
			t.Fatalf("%+v", p)
		}
		if in, _ := p.Input("username"); in.Value != "grace" {
			t.Error("what was typed is lost")
		}
		if last := h.attempts()[0]; last.Kind != "sign_up" || last.Reason != string(reason.ThrottleSource) {
			t.Errorf("recorded as %+v", last)
		}
		ctx := caller.With(t.Context(), caller.Info{IP: "198.51.100.1"})
		if step, err := h.engine.Advance(ctx, h.tenant, h.startSignUp(), journeys.Browser{ID: "browser"}, wish("grace", "g@example.com", correct)); err != nil || step.Outcome == nil {
			t.Errorf("elsewhere: %+v %v", step, err)
		}
	})
}

// The same form twice, or the same name in two browsers at once, makes one
// account; an execution is of no use in another browser or tenant (R4, R30, R75).
func TestSignUpHappensOnce_R75(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := build(t, db)
		h.opens()
		id := h.startSignUp()
		form := wish("grace", "g@example.com", correct)
		var both sync.WaitGroup
		made := make(chan *journeys.Outcome, 8)
		for range cap(made) {
			both.Go(func() {
				step, err := h.engine.Advance(h.visitor(), h.tenant, id, journeys.Browser{ID: "browser"}, form)
				if err != nil || step.Outcome == nil && step.Prompt.ErrorOf("username") != reason.InputTaken {
					t.Errorf("%+v %v", step, err)
				}
				made <- step.Outcome
			})
		}
		both.Wait()
		close(made)
		n := 0
		for o := range made {
			if o != nil {
				n++
			}
		}
		if n != 1 || len(h.events("user.created")) != 2 || len(h.events("sign_up.succeeded")) != 1 {
			t.Errorf("%d accounts, %d events", n, len(h.events("user.created")))
		}
		if _, err := h.engine.Advance(h.visitor(), h.tenant, id, journeys.Browser{ID: "another"}, form); !reason.Has(err, reason.JourneyBrowser) {
			t.Errorf("in another browser: %v", err)
		}
		other := storetest.Tenant(t, db, "globex")
		if _, err := h.engine.Advance(h.visitor(), other, id, journeys.Browser{ID: "browser"}, form); !reason.Has(err, reason.JourneyInvalid) {
			t.Errorf("in another tenant: %v", err)
		}
		for _, s := range []journeys.Submission{
			{Action: prompt.ToSignIn}, {Inputs: map[string]string{"email_verified": "true"}}, {Inputs: map[string]string{"given_name": "Grace"}},
		} {
			if _, err := h.engine.Advance(h.visitor(), h.tenant, id, journeys.Browser{ID: "browser"}, s); !reason.Has(err, reason.JourneyInput) {
				t.Errorf("%+v: %v", s, err)
			}
		}
	})
}

// Names are one tenant's: the same one signs up in another (R1, R5).
func TestSignUpIsOfOneTenant_R5(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := build(t, db)
		row, err := h.tenants.Create(h.operator(), tenants.New{Name: "globex", DisplayName: "Globex", Settings: models.TenantSettings{SelfRegistration: models.SelfRegistrationOn}})
		if err != nil {
			t.Fatal(err)
		}
		acme := h.tenant
		h.tenant = db.Tenant(row.TenantID)
		o := h.send(h.startSignUp(), wish("ada", "ada@example.com", correct)).Outcome
		if o == nil || o.Subject == h.ada.ID {
			t.Fatalf("%+v", o)
		}
		if _, err := h.users.ByID(t.Context(), acme, o.Subject); !reason.Has(err, reason.UserUnknown) {
			t.Errorf("in the other tenant: %v", err)
		}
	})
}

// The tenant says what is asked; an application's hint fills it in.
func TestSignUpAsksWhatTheTenantAsks(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.opens()
		inputs := func(need journeys.Need) (names []string, p prompt.Prompt) {
			need.SignUp = true
			_, p, err := h.engine.Open(h.visitor(), h.tenant, h.begin(need), journeys.Browser{ID: "browser"})
			if err != nil {
				t.Fatal(err)
			}
			for _, in := range p.Inputs {
				if in.Required {
					names = append(names, in.Name)
				} else {
					names = append(names, in.Name+"?")
				}
			}
			return names, p
		}
		names, p := inputs(journeys.Need{LoginHint: "grace@example.com", AsksToStay: true})
		if !slices.Equal(names, []string{"username", "email", "password", "stay_signed_in?"}) {
			t.Errorf("%v", names)
		}
		if in, _ := p.Input("email"); in.Value != "grace@example.com" {
			t.Errorf("%+v", in)
		}
		if in, _ := p.Input("password"); in.MinLength != models.DefaultPasswordMinLength {
			t.Errorf("%+v", in)
		}
		h.settle(func(s *models.TenantSettings) {
			s.SignUpEmail, s.SignUpNames, s.PasswordMinLength = models.AskOff, models.AskOptional, 20
		})
		names, p = inputs(journeys.Need{LoginHint: "grace"})
		if !slices.Equal(names, []string{"username", "given_name?", "family_name?", "password"}) {
			t.Errorf("%v", names)
		}
		if in, _ := p.Input("username"); in.Value != "grace" {
			t.Errorf("%+v", in)
		}
		if in, _ := p.Input("password"); in.MinLength != 20 {
			t.Errorf("%+v", in)
		}
		o := h.send(h.startSignUp(), journeys.Submission{Inputs: map[string]string{"username": "grace", "given_name": "Grace", "family_name": "Hopper", "password": correct}}).Outcome
		if o == nil {
			t.Fatal("refused")
		}
		if u, err := h.users.ByID(t.Context(), h.tenant, o.Subject); err != nil || u.DisplayName() != "Grace Hopper" || u.Email != "" {
			t.Errorf("%+v %v", u, err)
		}
	})
}
