package console_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/audit"
	"gatehouse/audit/attempts"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	views "gatehouse/views/console"
)

// A user from her making to her end: every deed says what it did, is recorded
// with who did it and through what, and changes the verdict.
func TestUserDeeds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, _, _ := h.acme()
		p := h.signed(access.Owner, "")
		page := p.submit(p.get("/console/t/acme/users/new"), "main form", url.Values{
			"username": {"grace"}, "given_name": {"Grace"}, "email": {"grace@example.com"}, "password": {correct},
		})
		if page.Find(".flash").Length() != 1 || page.Find(".verdict.good").Length() != 1 {
			t.Fatalf("%s\n%s", page.at, page.body)
		}
		at := page.at
		if page.Find("#unverified").Length() != 1 {
			t.Error("nobody is told that an address that is not verified opens nothing")
		}
		named := p.submit(p.get("/console/t/acme/users/new"), "main form", url.Values{
			"username": {"mary@example.com"}, "given_name": {"Mary"}, "email": {"Mary@example.com"}, "password": {correct},
		})
		if named.Find(".verdict.good").Length() != 1 || named.Find("#unverified").Length() != 0 {
			t.Error("an address that is the username opens, too")
		}
		if again := p.submit(p.get("/console/t/acme/users/new"), "main form", url.Values{"username": {"Grace"}}); again.status != 409 || again.Find("#f-username-error").Length() != 1 {
			t.Errorf("a taken name: %d", again.status)
		}
		page = p.submit(p.get(at+"/lock"), "main form", url.Values{"why": {"lost her badge"}})
		if page.at != at || page.Find(".verdict.bad form[action$='/unlock']").Length() != 1 || !strings.Contains(page.body, "user.locked") {
			t.Fatalf("locked: %s\n%s", page.at, page.body)
		}
		page = p.submit(page, "form[action$='/unlock']", nil)
		if page.Find(".verdict.good").Length() != 1 {
			t.Fatalf("unlocked: %s\n%s", page.at, page.body)
		}
		if short := p.submit(p.get(at+"/password"), "main form", url.Values{"password": {"short"}}); short.status != 422 || short.Find("#f-password-error").Length() != 1 {
			t.Errorf("a short password: %d", short.status)
		}
		if wrong := p.submit(p.get(at+"/delete"), "main form", url.Values{"confirm": {"ada"}}); wrong.status != 422 || wrong.Find("#f-confirm-error").Length() != 1 {
			t.Errorf("another name: %d", wrong.status)
		}
		page = p.submit(p.get(at+"/delete"), "main form", url.Values{"confirm": {"grace"}})
		if page.at != "/console/t/acme/users" || strings.Contains(page.Find("#list").Text(), "Grace") {
			t.Errorf("deleted: %s", page.at)
		}
		h.recorded(tenant, audit.UserCreated, audit.UserLocked, audit.UserUnlocked, audit.UserDeleted)
	})
}

// Every weighty deed asks for a reason, which need not be given, keeps it with
// the event, and the timeline shows it (R130).
func TestReasonsAreKept_R130(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, ada, _ := h.acme()
		p := h.signed(access.Owner, "")
		at := "/console/t/acme/users/" + ada.ID
		for _, c := range []struct{ deed, action string }{
			{"lock", audit.UserLocked},
			{"unlock", audit.UserUnlocked},
			{"disable", audit.UserDisabled},
			{"enable", audit.UserEnabled},
			{"password", audit.UserPasswordSet},
			{"revoke", audit.UserSignedOut},
			{"delete", audit.UserDeleted},
		} {
			values := url.Values{"csrf": {token(p)}, "why": {"asked for it: " + c.deed}, "password": {correct + " anew"}, "confirm": {"ada"}}
			if c.deed != "unlock" && c.deed != "enable" {
				form := p.get(at + "/" + c.deed)
				if form.Find("main form textarea[name=why]:not([required])").Length() != 1 {
					t.Errorf("%s asks for no reason\n%s", c.deed, form.body)
				}
			}
			page := p.post(at+"/"+c.deed, values)
			if c.deed == "delete" {
				page = p.get("/console/t/acme/audit?action=user.")
			}
			if shown := page.Find(".event-why").First().Text(); !strings.Contains(shown, "asked for it: "+c.deed) {
				t.Errorf("%s: the timeline shows %q (%d %s)", c.deed, shown, page.status, page.at)
			}
			found, err := audit.Timeline(h.operator(), tenant, audit.Filter{Action: c.action, TargetID: ada.ID}, page1)
			if err != nil || len(found.Items) == 0 || found.Items[0].Details.V["why"] != "asked for it: "+c.deed {
				t.Errorf("%s: %+v %v", c.action, found.Items, err)
			}
		}
	})
}

// page1 is the first page of a list.
var page1 = page.Request{}

// The funnel counts those whose consent was denied and those who fetched their
// tokens, by the log's events.
func TestFunnel(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, ada, _ := h.acme()
		begins := func(session string, why reason.Code) {
			err := tenant.Write(h.operator(), func(tx *store.Tx) error {
				a := attempts.Attempt{Trace: attempts.Begin(attempts.SignIn, h.now), SessionID: session, Reason: why}
				if why != reason.IdentifierUnknown {
					a.UserID = ada.ID
				}
				_, err := attempts.Record(h.operator(), tx, h.now, a)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		tells := func(action, session string) {
			err := tenant.Write(h.operator(), func(tx *store.Tx) error {
				return audit.Append(h.operator(), tx, h.now, audit.Event{Action: action, UserID: ada.ID, SessionID: session})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		begins("", reason.IdentifierUnknown)
		begins("", reason.PasswordWrong)
		for _, session := range []string{"s1", "s2", "s3"} {
			begins(session, "")
		}
		tells(audit.ConsentDenied, "s3")
		tells(audit.ConsentGranted, "s2")
		for range 2 { // another application, by the same session
			tells(audit.TokenIssued, "s1")
		}
		if _, err := h.log.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		tells(audit.TokenIssued, "") // of an application itself
		page := h.signed(access.Owner, "").get("/console/t/acme")
		var counts []string
		page.Find(".funnel li").Each(func(_ int, s *goquery.Selection) {
			counts = append(counts, s.Find(".funnel-head bdi").First().Text())
		})
		if got := strings.Join(counts, " "); got != "5 4 3 2 1" {
			t.Errorf("%q\n%s", got, page.body)
		}
	})
}

// recorded looks for events of the console in the tenant.
func (h *house) recorded(tenant store.Tenant, actions ...string) {
	h.t.Helper()
	found, err := audit.Timeline(h.operator(), tenant, audit.Filter{Via: "console"}, page.Request{Limit: 100})
	if err != nil {
		h.t.Fatal(err)
	}
	seen := map[string]audit.Entry{}
	for _, e := range found.Items {
		seen[e.Action] = e
	}
	for _, a := range actions {
		if e, ok := seen[a]; !ok || e.ActorType != "administrator" || e.ActorName == "" || e.RequestID == "" || e.IP == "" {
			h.t.Errorf("%s: %+v", a, e.EventFields)
		}
	}
}

// Two people edit the same user: the second sees both sides, and loses nothing.
func TestStale(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, ada, _ := h.acme()
		p := h.signed(access.Owner, "")
		at := "/console/t/acme/users/" + ada.ID + "/profile"
		first, second := p.get(at), p.get(at)
		if page := p.submit(first, "main form[action$='/profile']", url.Values{"family_name": {"King"}}); page.at != at {
			t.Fatalf("%d\n%s", page.status, page.body)
		}
		page := p.submit(second, "main form[action$='/profile']", url.Values{"family_name": {"Byron"}})
		if page.status != 412 || !strings.Contains(page.body, "King") || page.Find("#f-family_name").AttrOr("value", "") != "Byron" {
			t.Fatalf("%d\n%s", page.status, page.body)
		}
		if page = p.submit(page, "main form[action$='/profile']", nil); page.at != at || page.Find("#f-family_name").AttrOr("value", "") != "Byron" {
			t.Errorf("%d\n%s", page.status, page.body)
		}
	})
}

// A secret is shown once, two hold at a time (R37), and the page of the next
// visit has forgotten it.
func TestSecrets_R37(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, _, portal := h.acme()
		p := h.signed(access.Owner, "")
		at := "/console/t/acme/applications/" + portal.ID + "/secrets"
		page := p.submit(p.get(at), "form[action$='/secrets']", nil)
		if secret := page.Find("#secret-once").Text(); !strings.HasPrefix(secret, "gts_") {
			t.Fatalf("%s\n%s", page.at, page.body)
		}
		page = p.get(at)
		if page.Find("#secret-once").Length() != 0 || page.Find("form[action$='/secrets']").Length() != 0 || page.Find("form[action$='/remove']").Length() != 2 {
			t.Errorf("%s", page.body)
		}
		if page = p.submit(page, "form[action$='/remove']", nil); page.Find("form[action$='/remove']").Length() != 1 {
			t.Errorf("%s", page.body)
		}
	})
}

// The doctor shows what was sent beside what is registered, and mends it.
func TestDoctor(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, ada, portal := h.acme()
		p := h.signed(access.Owner, "")
		const sent = "https://portal.example.com/cb"
		var reference string
		err := tenant.Write(h.operator(), func(tx *store.Tx) error {
			trace := attempts.Begin(attempts.Authorize, h.now)
			trace.Step("redirect_uri", attempts.Failed, reason.OAuthRedirectURI)
			row, err := attempts.Record(h.operator(), tx, h.now, attempts.Attempt{
				Trace: trace, ApplicationID: portal.ID, ClientID: portal.ClientID, UserID: ada.ID, UserName: "ada",
				Reason: reason.OAuthRedirectURI, Details: map[string]any{"redirect_uri": sent},
			})
			reference = row.Reference
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		at := "/console/t/acme/applications/" + portal.ID
		page := p.submit(p.get(at), "#doctor form[action$='/redirect']", nil)
		if page.at != at || !strings.Contains(page.Find("#doctor").Text(), sent) || page.Find("#doctor form").Length() != 0 {
			t.Fatalf("%s\n%s", page.at, page.body)
		}
		app, err := h.apps.ByID(h.operator(), tenant, portal.ID)
		if err != nil || len(app.RedirectURIs.V) != 2 {
			t.Errorf("%v %v", app, err)
		}
		// The reference of the error page leads to the attempt, however typed.
		typed := strings.ToLower(strings.ReplaceAll(reference, "-", " "))
		if page = p.get("/console/t/acme/search?q=" + url.QueryEscape(typed)); !strings.HasPrefix(page.at, "/console/t/acme/attempts/") || page.Find(".steps-list .mark.failed").Length() != 1 {
			t.Errorf("%s\n%s", page.at, page.body)
		}
	})
}

// The log can be filtered, checked and taken along; taking it along is recorded.
// Choices of an application are kept, shown again, refused beside their field and
// taken back; the scorecard follows them.
func TestProtocolOptions(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, _, portal := h.acme()
		p := h.signed(access.Owner, "")
		at := "/console/t/acme/applications/" + portal.ID
		unmet := p.get(at).Find("#scorecard .score-list:not(.met) li").Length()
		page := p.submit(p.get(at+"/protocol"), "main form", url.Values{
			"contacts": {"ops@acme.example\ndev@acme.example"}, "default_max_age": {"0"}, "require_pushed_authorization_requests": {"yes"},
			"jwks":         {`{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`},
			"subject_type": {"pairwise"}, "id_token_seconds": {"120"},
		})
		row, err := applications.Fresh(h.operator(), tenant, portal.ID)
		if err != nil {
			t.Fatal(err)
		}
		o := row.Options.V
		if len(o.Contacts) != 2 || o.DefaultMaxAge == nil || *o.DefaultMaxAge != 0 || !o.RequirePAR || len(o.JWKS) != 1 || o.SubjectType != "pairwise" || o.IDTokenSeconds != 120 {
			t.Errorf("%s %+v\n%s", page.at, o, page.body)
		}
		if page.Find("#f-contacts").Text() != "ops@acme.example\ndev@acme.example" || !strings.Contains(page.Find("#f-jwks").Text(), `"crv": "P-256"`) {
			t.Errorf("shown: %s", page.body)
		}
		if now := p.get(at).Find("#scorecard .score-list:not(.met) li").Length(); now != unmet-1 {
			t.Errorf("scorecard: %d, then %d", unmet, now)
		}
		for name, bad := range map[string]string{"jwks": "{", "default_max_age": "x", "tos_uri": "javascript:alert(1)", "id_token_seconds": "3"} {
			page := p.submit(p.get(at+"/protocol"), "main form", url.Values{name: {bad}})
			if page.status != 422 || page.Find("#f-"+name+"-error").Length() != 1 {
				t.Errorf("%s: %d", name, page.status)
			}
		}
		p.submit(p.get(at+"/protocol"), "main form", url.Values{"contacts": {""}, "jwks": {""}})
		if row, err = applications.Fresh(h.operator(), tenant, portal.ID); err != nil || len(row.Options.V.Contacts)+len(row.Options.V.JWKS) != 0 {
			t.Errorf("%+v %v", row.Options.V, err)
		}
		h.recorded(tenant, audit.ApplicationUpdated)
	})
}

// Every choice stands on the page, once.
func TestEveryOptionIsGrouped(t *testing.T) {
	var names []string
	for _, g := range views.OptionGroups() {
		names = append(names, g.Options...)
	}
	var known []string
	for _, o := range new(models.ClientOptions).Options() {
		known = append(known, o.Name)
	}
	slices.Sort(names)
	slices.Sort(known)
	if !slices.Equal(names, known) {
		t.Errorf("%v\n%v", names, known)
	}
}

func TestAudit(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, _, _ := h.acme()
		p := h.signed(access.Owner, "")
		if _, err := h.log.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		at := "/console/t/acme/audit"
		page := p.get(at + "?action=user.")
		if page.Find(".steps-list > li").Length() == 0 || strings.Contains(page.Find("#list").Text(), "Application registered") {
			t.Errorf("the filter: %s", page.body)
		}
		if page = p.submit(page, "form[action$='/verify']", nil); page.status != 200 || page.Find(".alert-success").Length() != 1 {
			t.Errorf("verify: %d\n%s", page.status, page.body)
		}
		for format, begins := range map[string]string{"csv": "number,at,action", "jsonl": `{"action":`} {
			file := p.submit(p.get(at), "form[action$='/export']", url.Values{"format": {format}})
			if !strings.HasPrefix(file.body, begins) || !strings.Contains(file.header.Get("Content-Disposition"), "audit-acme."+format) {
				t.Errorf("%s: %.200s", format, file.body)
			}
		}
		h.recorded(tenant, audit.AuditExported)
	})
}

// A tenant's look: colours that cannot be told apart are told, with a mend that
// one click takes, and the preview is the hosted page itself.
func TestBranding_R117(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.acme()
		p := h.signed(access.Owner, "")
		at := "/console/t/acme/branding"
		page := p.submit(p.get(at), "main form", url.Values{"muted": {"#c0c0c0"}, "do": {"preview"}})
		fix := page.Find("button[name='fix.muted']").AttrOr("value", "")
		if fix == "" || page.Find("#f-muted").AttrOr("value", "") != "#c0c0c0" {
			t.Fatalf("%d\n%s", page.status, page.body)
		}
		page = p.submit(page, "main form", url.Values{"fix.muted": {fix}})
		if page.Find("button[name='fix.muted']").Length() != 0 && page.Find("#f-muted").AttrOr("value", "") != fix {
			t.Errorf("%s", page.body)
		}
		frame := p.get(page.Find("iframe").AttrOr("src", ""))
		if frame.status != 200 || frame.Find("input[type=password]").Length() != 1 || !strings.Contains(frame.header.Get("Content-Security-Policy"), "frame-ancestors 'self'") {
			t.Errorf("%d\n%s", frame.status, frame.body)
		}
		page = p.submit(p.get(at), "main form", url.Values{"brand": {"#b4235a"}, "do": {"save"}})
		if page.at != at || page.Find(".flash").Length() != 1 || page.Find("#f-brand").AttrOr("value", "") != "#b4235a" {
			t.Errorf("%d\n%s", page.status, page.body)
		}
		if page = p.submit(page, "main form", url.Values{"brand": {"red; } body {"}, "do": {"save"}}); page.status != 422 {
			t.Errorf("a colour that is none: %d", page.status)
		}
	})
}

// A machine gets the management API, within its owner's rights.
func TestAPIAccess(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, _, _ := h.acme()
		p := h.signed(access.Owner, "")
		page := p.submit(p.get("/console/t/acme/applications/new?type=service"), "main form", url.Values{"display_name": {"Robot"}, "name": {"robot"}, "scope": {""}})
		if page.Find("#secret-once").Length() != 1 {
			t.Fatalf("%d\n%s", page.status, page.body)
		}
		at := page.at + "/api"
		page = p.submit(p.get(at), "main form[action$='/api']", url.Values{"permission.users:read": {"yes"}, "rate": {"60"}, "addresses": {"192.0.2.0/24"}})
		if page.at != at || page.Find(".flash").Length() != 1 || page.Find("input[name='permission.users:read'][checked]").Length() != 1 {
			t.Fatalf("%d %s\n%s", page.status, page.at, page.body)
		}
		if list := p.get("/console/t/acme/clients"); list.Find("a.row-link").Length() != 1 {
			t.Errorf("%s", list.body)
		}
		if page = p.submit(page, "form[action$='/api/remove']", nil); page.Find("input[checked][name^='permission']").Length() != 0 {
			t.Errorf("%s", page.body)
		}
		h.recorded(tenant, audit.APIClientCreated, audit.APIClientDeleted)
	})
}

// The switches of language and light work without script, and change nothing
// else.
func TestPreferences(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.signed(access.Owner, "")
		page := p.get("/console/tenants")
		page = p.submit(page, "header form.preferences", url.Values{"language": {"ar"}})
		if page.at != "/console/tenants" || page.Find("html[dir=rtl][lang=ar]").Length() != 1 || !strings.Contains(page.body, "tabler.rtl.") {
			t.Errorf("%s\n%s", page.at, page.body)
		}
		if page = p.submit(page, "header form.preferences", url.Values{"theme": {"dark"}}); page.Find("html[data-bs-theme=dark]").Length() != 1 {
			t.Errorf("%s", page.body)
		}
	})
}

// A tenant is suspended only by its name, and comes back.
func TestSuspend_R66(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, _, _ := h.acme()
		p := h.signed(access.Owner, "")
		if page := p.submit(p.get("/console/t/acme/suspend"), "main form", url.Values{"confirm": {"Acme"}}); page.status != 422 {
			t.Errorf("another name: %d", page.status)
		}
		page := p.submit(p.get("/console/t/acme/suspend"), "main form", url.Values{"confirm": {"acme"}})
		if row, err := h.tenants.ByID(t.Context(), tenant.ID()); err != nil || row.Status != models.TenantSuspended {
			t.Fatalf("%v %v", row, err)
		}
		h.now = h.now.Add(time.Second)
		if page = p.submit(page, "form[action$='/activate']", nil); page.Find(".flash").Length() != 1 {
			t.Errorf("%d\n%s", page.status, page.body)
		}
	})
}

// Everything of a tenant, or of an application, is revoked after a look at the
// numbers; both stay as they are.
func TestRevokeAll_R66(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, _, portal := h.acme()
		p := h.signed(access.Owner, "")
		ask := p.get("/console/t/acme/revoke")
		if ask.Find(".alert-warning").Length() != 1 {
			t.Errorf("no numbers: %s", ask.body)
		}
		if page := p.submit(ask, "main form", url.Values{"confirm": {"Acme"}, "why": {"a breach"}}); page.status != 422 || page.Find("textarea[name=why]").Text() != "a breach" {
			t.Errorf("another name: %d", page.status)
		}
		if page := p.submit(p.get("/console/t/acme/revoke"), "main form", url.Values{"confirm": {"acme"}, "why": {"a breach"}}); page.Find(".flash").Length() != 1 {
			t.Errorf("%d %s", page.status, page.body)
		}
		danger := p.get("/console/t/acme/applications/" + portal.ID + "/danger")
		if page := p.submit(danger, "form[action$='/revoke']", url.Values{"why": {"leaked"}}); page.Find(".flash").Length() != 1 {
			t.Errorf("%d %s", page.status, page.body)
		}
		for _, action := range []string{audit.TenantRevoked, audit.ApplicationRevoked} {
			found, err := audit.Timeline(h.operator(), tenant, audit.Filter{Action: action}, page1)
			if err != nil || len(found.Items) != 1 || found.Items[0].Details.V["why"] == "" {
				t.Errorf("%s: %+v %v", action, found.Items, err)
			}
		}
	})
}

// A device's sign-in is tried with a code that is shown once, as text and as a
// picture, and that a user can type.
func TestDeviceIsTried(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.acme()
		p := h.signed(access.Owner, "")
		page := p.submit(p.get("/console/t/acme/applications/new?type=device"), "main form", url.Values{"display_name": {"Television"}, "name": {"television"}})
		if !strings.Contains(page.Find("#snippet").Text(), "/oauth2/device_authorization") {
			t.Fatalf("%d %s", page.status, page.at)
		}
		tried := p.submit(page, `form[action$="/try"]`, url.Values{})
		if tried.Find("svg.qr path").AttrOr("d", "") == "" || !strings.Contains(tried.Find(".endpoints").Text(), "/t/acme/device") {
			t.Fatalf("%d %s: %s", tried.status, tried.at, tried.Find("main").Text())
		}
		if again := p.get(tried.at); again.Find("svg.qr").Length() != 0 {
			t.Error("the code is shown twice")
		}
	})
}

// R46: what applications may register themselves is chosen, a token is shown
// once and ends, and saving the tenant's other settings loses nothing.
func TestRegistration_R46(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, _, _ := h.acme()
		p := h.signed(access.Owner, "")
		at := "/console/t/acme/registration"
		page := p.submit(p.get(at), "main form[action$='/registration']", url.Values{"registration": {"token"}, "registration_scope": {"openid  email"}, "registration_open_limit": {"20"}})
		if page.at != at || page.Find("#f-registration option[selected]").AttrOr("value", "") != "token" || page.Find("#f-registration_scope").AttrOr("value", "") != "openid email" ||
			page.Find("#f-registration_open_limit").AttrOr("value", "") != "20" {
			t.Fatalf("%s\n%s", page.at, page.body)
		}
		if bad := p.submit(page, "main form[action$='/registration']", url.Values{"registration_software_statement_jwks": {"{"}}); bad.status != 422 ||
			bad.Find("#f-registration_software_statement_jwks-error").Length() != 1 {
			t.Errorf("broken keys: %d", bad.status)
		}
		if bad := p.submit(page, "main form[action$='/registration']", url.Values{"registration_open_limit": {"200000"}}); bad.status != 422 ||
			bad.Find("#f-registration_open_limit-error").Length() != 1 {
			t.Errorf("a limit out of bounds: %d", bad.status)
		}
		page = p.submit(p.get(at), "form[action$='/tokens']", url.Values{"name": {"pipeline"}, "max_uses": {"3"}})
		if secret := page.Find("#secret-once").Text(); !strings.HasPrefix(secret, "gti_") {
			t.Fatalf("%s\n%s", page.at, page.body)
		}
		if page = p.get(at); page.Find("#secret-once").Length() != 0 || !strings.Contains(page.Find("#tokens").Text(), "pipeline") {
			t.Errorf("%s", page.body)
		}
		if nameless := p.submit(page, "form[action$='/tokens']", url.Values{"name": {""}}); nameless.status != 422 || nameless.Find("#f-name-error").Length() != 1 {
			t.Errorf("a token for nothing: %d", nameless.status)
		}
		if page = p.submit(page, "form[action$='/revoke']", nil); page.Find("form[action$='/revoke']").Length() != 0 {
			t.Errorf("%s", page.body)
		}
		p.submit(p.get("/console/t/acme/settings"), "main form[action$='/settings']", url.Values{"password_min_length": {"20"}, "attempt_retention_days": {"30"}})
		if kept := p.get("/console/t/acme/settings").Find("#f-attempt_retention_days").AttrOr("value", ""); kept != "30" {
			t.Errorf("attempts are kept for %q days", kept)
		}
		if page = p.get(at); page.Find("#f-registration option[selected]").AttrOr("value", "") != "token" {
			t.Error("saving other settings closed the registration")
		}
		h.recorded(tenant, audit.TenantUpdated, audit.InitialTokenCreated, audit.InitialTokenRevoked)
	})
}

// A tenant chooses where people make their own account and what they are asked.
func TestSelfRegistrationIsChosen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, _, portal := h.acme()
		p := h.signed(access.Owner, "")
		const at, chosen = "/console/t/acme/settings", " option[selected]"
		if page := p.get(at); page.Find("#f-self_registration"+chosen).AttrOr("value", "") != "" {
			t.Errorf("by itself: %s", page.body)
		}
		p.submit(p.get(at), "main form[action$='/settings']", url.Values{
			"self_registration": {models.SelfRegistrationApplications}, "sign_up_email": {models.AskOptional}, "sign_up_names": {models.AskRequired},
		})
		page := p.get(at)
		for field, want := range map[string]string{
			"self_registration": models.SelfRegistrationApplications, "sign_up_email": models.AskOptional, "sign_up_names": models.AskRequired,
		} {
			if got := page.Find("#f-"+field+chosen).AttrOr("value", "-"); got != want {
				t.Errorf("%s is %q", field, got)
			}
		}
		options := "/console/t/acme/applications/" + portal.ID + "/protocol"
		p.submit(p.get(options), "main form", url.Values{"self_registration": {models.SelfRegistrationOn}})
		if got := p.get(options).Find("#f-self_registration"+chosen).AttrOr("value", "-"); got != models.SelfRegistrationOn {
			t.Errorf("of the application: %q", got)
		}
		h.recorded(tenant, audit.TenantUpdated, audit.ApplicationUpdated)
	})
}

// RFC 9396: types of authorization details are described as JSON, and what is wrong
// with the description stands beside it.
func TestAPIsDescribeDetails(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, _, _ := h.acme()
		p := h.signed(access.Owner, "")
		form := url.Values{"name": {"payments"}, "identifier": {"https://api.example/payments"}, "authorization_details_types": {"[{"}}
		for _, wrong := range []string{"[{", `[{"type":"payment","unknown":1}]`, `[{"type":"a b"}]`} {
			form.Set("authorization_details_types", wrong)
			if page := p.submit(p.get("/console/t/acme/apis/new"), "main form", form); page.status != 422 || page.Find("#f-authorization_details_types-error").Length() != 1 {
				t.Errorf("%s: %d", wrong, page.status)
			}
		}
		form.Set("authorization_details_types", `[{"type":"payment","words":{"en":"`+strings.Repeat("Pay ", 40)+`"},"actions":["initiate"]}]`)
		page := p.submit(p.get("/console/t/acme/apis/new"), "main form", form)
		if page.Find(".flash").Length() != 1 {
			t.Errorf("%s\n%s", page.at, page.body)
		}
		if shown := p.get(page.at + "/settings").Find("#f-authorization_details_types").Text(); !strings.Contains(shown, `"initiate"`) {
			t.Errorf("%s\n%s", page.at, page.body)
		}
		h.recorded(tenant, audit.ResourceCreated)
	})
}

// R67: an API is shown with who asks for it and how it checks tokens, and goes for
// good only for whoever types its name.
func TestAPIFromItsPageToItsEnd_R67(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, _, _ := h.acme()
		p := h.signed(access.Owner, "")
		page := p.submit(p.get("/console/t/acme/apis/new"), "main form", url.Values{
			"name": {"orders"}, "identifier": {"https://api.example/orders"}, "scopes": {"orders:read"}, "applications": {"portal"},
		})
		at := page.at
		if asker := page.Find(".columns-main a[href*='/applications/']").Text(); !strings.Contains(asker, "Portal") && !strings.Contains(asker, "portal") {
			t.Errorf("who asks: %q", asker)
		}
		if check := page.Find("#check-signature").Text(); !strings.Contains(check, "https://api.example/orders") || page.Find(".columns-side .steps-list li").Length() != 1 {
			t.Errorf("%q", check)
		}
		page = p.submit(p.get(at+"/settings"), "main form", url.Values{"display_name": {"Orders of Acme"}})
		if page.at != at+"/settings" || !strings.Contains(p.get(at).Find("h1").Text(), "Orders of Acme") {
			t.Errorf("saved: %s", page.at)
		}
		if wrong := p.submit(p.get(at+"/delete"), "main form", url.Values{"confirm": {"Orders of Acme"}}); wrong.status != 422 || wrong.Find("#f-confirm-error").Length() != 1 {
			t.Errorf("another name: %d", wrong.status)
		}
		page = p.submit(p.get(at+"/delete"), "main form", url.Values{"confirm": {"orders"}})
		if page.at != "/console/t/acme/apis" || p.get(at).status != 404 {
			t.Errorf("deleted: %s", page.at)
		}
		h.recorded(tenant, audit.ResourceCreated, audit.ResourceUpdated, audit.ResourceDeleted)
	})
}
