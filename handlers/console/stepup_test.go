package console_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/identity/access"
	"gatehouse/identity/sessions"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/reason"
)

// weighty are the forms that need a proof of who sends them that is not older
// than five minutes, and the page that shows each.
var weighty = map[string]string{
	"/console/administrators/new":                                         "/console/administrators/new",
	"/console/administrators/:user/roles":                                 "/console/administrators",
	"/console/administrators/roles/:role/remove":                          "/console/administrators",
	"/console/t/:tenant/users/:user/password":                             "/console/t/:tenant/users/:user/password",
	"/console/t/:tenant/users/:user/delete":                               "/console/t/:tenant/users/:user/delete",
	"/console/t/:tenant/applications/:application/secrets":                "/console/t/:tenant/applications/:application/secrets",
	"/console/t/:tenant/applications/:application/secrets/:secret/remove": "/console/t/:tenant/applications/:application/secrets",
	"/console/t/:tenant/applications/:application/delete":                 "/console/t/:tenant/applications/:application/danger",
	"/console/t/:tenant/applications/:application/revoke":                 "/console/t/:tenant/applications/:application/danger",
	"/console/t/:tenant/revoke":                                           "/console/t/:tenant/revoke",
	"/console/t/:tenant/applications/:application/api":                    "/console/t/:tenant/applications/:application/api",
	"/console/t/:tenant/applications/:application/api/remove":             "/console/t/:tenant/applications/:application/api",
	"/console/t/:tenant/apis/:resource/delete":                            "/console/t/:tenant/apis/:resource/delete",
	"/console/t/:tenant/registration":                                     "/console/t/:tenant/registration",
	"/console/t/:tenant/registration/tokens":                              "/console/t/:tenant/registration",
}

const asksAgain = "/console/sign-in?"

// stale is an owner who signed in longer ago than weighty deeds allow.
func (h *house) stale() *person {
	h.t.Helper()
	p := h.signed(access.Owner, "")
	h.now = h.now.Add(sessions.StepUp + time.Second)
	return p
}

// Weighty forms, and no others, ask for the password first. Each leads back to
// the page that it stands on (R67).
func TestWeightyFormsAskForAProof_R67(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, ada, portal := h.acme()
		fill := strings.NewReplacer(":tenant", "acme", ":user", ada.ID, ":application", portal.ID, ":role", "x", ":domain", "x", ":session", "x", ":secret", "x", ":resource", "x")
		p := h.stale()
		all := posts(t)
		for path, picture := range all {
			if picture || path == "/console/sign-out" {
				continue
			}
			answer := p.post(fill.Replace(path), url.Values{"csrf": {token(p)}})
			asked := strings.HasPrefix(answer.at, asksAgain)
			if back, ok := weighty[path]; asked != ok {
				t.Errorf("%s asks again: %v (%d %s)", path, asked, answer.status, answer.at)
			} else if ok {
				h.asksOwner(path, answer)
				if answer = p.submit(answer, "main form", url.Values{"password": {correct}}); answer.at != fill.Replace(back) {
					t.Errorf("%s leads to %s", path, answer.at)
				}
				h.now = h.now.Add(sessions.StepUp + time.Second)
			}
		}
		for path := range weighty {
			if _, ok := all[path]; !ok {
				t.Errorf("%s is no form", path)
			}
		}
		if _, err := h.apps.ByID(h.operator(), h.db.Tenant(ada.TenantID), portal.ID); err != nil {
			t.Error(err)
		}
	})
}

// asksOwner looks whether the page asks for the password of whoever is signed
// in, says why, and works without script.
func (h *house) asksOwner(name string, page *seen) {
	h.t.Helper()
	if page.Find("main form[method=post] input[type=password]").Length() != 1 || page.Find("#chip[readonly]").AttrOr("value", "") != "owner@example.com" ||
		page.Find(".alert-info").Length() != 1 {
		h.t.Errorf("%s: %d %s\n%s", name, page.status, page.at, page.body)
	}
}

// consoleSessions are the owner's sessions, newest first.
func (h *house) consoleSessions() []models.Session {
	h.t.Helper()
	found, err := h.sessions.List(h.operator(), h.db.Tenant(h.system), sessions.Filter{Kind: models.SessionConsole}, page.Request{})
	if err != nil {
		h.t.Fatal(err)
	}
	return found.Items
}

// A deed from its page to its end: the page asks first, a wrong password does
// not do, the right one begins a new session in place of the old (R64), and
// the deed is done.
func TestStepUp_R64_R67(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, ada, _ := h.acme()
		p := h.stale()
		at := "/console/t/acme/users/" + ada.ID + "/delete"
		page := p.get(at)
		if !strings.HasPrefix(page.at, asksAgain) {
			t.Fatalf("not asked: %s", page.at)
		}
		h.asksOwner("the page", page)
		page = p.submit(page, "main form", url.Values{"password": {"another long password"}})
		if again := p.get(at); page.Find("[role=alert]").Length() == 0 || !strings.HasPrefix(again.at, asksAgain) {
			t.Errorf("a wrong password: %s\n%s", again.at, page.body)
		}
		before := h.consoleSessions()
		if page = p.submit(page, "main form", url.Values{"password": {correct}}); page.at != at {
			t.Fatalf("%d %s\n%s", page.status, page.at, page.body)
		}
		after := h.consoleSessions()
		if len(before) != 1 || len(after) != 2 || after[0].ID == before[0].ID || string(after[0].SecretHash) == string(before[0].SecretHash) {
			t.Errorf("R64: %v %v", before, after)
		}
		if after[1].EndReason != sessions.WhyReplaced || !after[0].EndedAt.IsZero() {
			t.Errorf("the old session: %+v", after[1])
		}
		if page = p.submit(page, "main form", url.Values{"confirm": {"ada"}}); page.at != "/console/t/acme/users" {
			t.Fatalf("%d %s\n%s", page.status, page.at, page.body)
		}
		if _, err := h.users.ByID(h.operator(), tenant, ada.ID); !reason.Has(err, reason.UserUnknown) {
			t.Error(err)
		}
	})
}

// A form that was open for too long changes nothing.
func TestStaleFormsChangeNothing_R67(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, ada, portal := h.acme()
		p := h.signed(access.Owner, "")
		app := "/console/t/acme/applications/" + portal.ID
		remove, secrets := p.get("/console/t/acme/users/"+ada.ID+"/delete"), p.get(app+"/secrets")
		h.now = h.now.Add(sessions.StepUp + time.Second)
		for name, answer := range map[string]*seen{
			"user":   p.submit(remove, "main form", url.Values{"confirm": {"ada"}}),
			"secret": p.submit(secrets, "form[action$='/secrets']", nil),
		} {
			if !strings.HasPrefix(answer.at, asksAgain) || strings.Contains(answer.body, "gts_") {
				t.Errorf("%s: %s", name, answer.at)
			}
		}
		_, err := h.users.ByID(h.operator(), tenant, ada.ID)
		rows, readErr := h.apps.Secrets(h.operator(), tenant, portal.ID)
		if err != nil || readErr != nil || len(rows) != 1 {
			t.Error(err, readErr, len(rows))
		}
	})
}
