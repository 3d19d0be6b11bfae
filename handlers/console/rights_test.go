package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tenants"
	"gatehouse/internal/page"
	"gatehouse/store"
)

// Who may see and do what: everything else is refused before the page is read
// (R6, R7).
func TestRights_R6_R7(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, ada, portal := h.acme()
		if _, err := h.tenants.Create(h.operator(), tenants.New{Name: "globex"}); err != nil {
			t.Fatal(err)
		}
		user, app := "/console/t/acme/users/"+ada.ID, "/console/t/acme/applications/"+portal.ID
		people := map[string]*person{
			"owner": h.signed(access.Owner, ""), "support": h.signed(access.Support, tenant.ID()), "auditor": h.signed(access.Auditor, ""),
		}
		for _, c := range []struct {
			who, method, path string
			status            int
		}{
			{"owner", "GET", "/console/t/globex", 200},
			{"support", "GET", "/console/t/acme", 200},
			{"support", "GET", "/console/t/globex", 404}, // R5
			{"support", "GET", "/console/t/nowhere", 404},
			{"support", "GET", "/console/administrators", 403},
			{"support", "GET", "/console/tenants/new", 403},
			{"support", "GET", user, 200},
			{"support", "GET", user + "/lock", 200},
			{"support", "GET", user + "/delete", 403},
			{"support", "POST", user + "/delete", 403},
			{"support", "POST", user + "/password", 403},
			{"support", "POST", app + "/secrets", 403},
			{"support", "POST", "/console/t/acme/branding", 403},
			{"auditor", "GET", user, 200},
			{"auditor", "GET", user + "/lock", 403},
			{"auditor", "POST", user + "/lock", 403},
			{"auditor", "POST", "/console/t/acme/settings", 403},
			{"auditor", "GET", "/console/administrators", 200},
			{"auditor", "POST", "/console/administrators/new", 403},
			{"auditor", "GET", "/console/nothing/here", 404},
		} {
			p, page := people[c.who], (*seen)(nil)
			if c.method == http.MethodGet {
				page = p.get(c.path)
			} else {
				page = p.post(c.path, url.Values{"csrf": {token(p)}})
			}
			if page.status != c.status {
				t.Errorf("%s %s %s: %d, want %d", c.who, c.method, c.path, page.status, c.status)
			}
			if c.status == 403 && page.Find(".empty-title").Length() != 1 {
				t.Errorf("%s %s: no face of its own\n%s", c.who, c.path, page.body)
			}
		}
		hidden, missing := people["support"].get("/console/t/globex/users"), people["support"].get("/console/t/nowhere/users")
		if hidden.status != 404 || hidden.Find("main").Text() != missing.Find("main").Text() {
			t.Errorf("R5: a tenant that support may not see: %d\n%s\n%s", hidden.status, hidden.Find("main").Text(), missing.Find("main").Text())
		}
		gone := people["owner"].post(user+"/sessions/01990000-0000-7000-8000-000000000000/end", url.Values{"csrf": {token(people["owner"])}})
		if strings.Contains(gone.at, "sign-in") {
			t.Errorf("somebody else's session had ended, and the owner was sent to %s", gone.at)
		}
		h.refused(tenant, "access.denied users:write POST /t/:tenant/users/:user/delete acme") // R130
		h.refused(h.db.Tenant(h.system), "access.denied tenants:read GET /t/:tenant globex")
		if list := people["support"].get("/console/tenants"); strings.Contains(list.body, "globex") {
			t.Error("the list shows a tenant that support may not see")
		}
	})
}

// refused looks for a refusal in a tenant's log.
func (h *house) refused(in store.Tenant, want string) {
	h.t.Helper()
	found, err := audit.Timeline(h.t.Context(), in, audit.Filter{Action: audit.AccessRefused}, page.Request{Limit: 200})
	if err != nil {
		h.t.Fatal(err)
	}
	var all []string
	for _, e := range found.Items {
		if e.ActorType != "administrator" || e.ActorID == "" || e.Via != "console" {
			h.t.Errorf("by whom? %+v", e)
		}
		d := e.Details.V
		all = append(all, fmt.Sprint(e.Reason, " ", d["permission"], " ", d["method"], " ", d["route"], " ", d["tenant"]))
	}
	if !slices.Contains(all, want) {
		h.t.Errorf("%q is not recorded:\n%s", want, strings.Join(all, "\n"))
	}
}

// token is the one that the person's pages carry.
func token(p *person) string {
	return p.get("/console/tenants").Find("input[name=csrf]").First().AttrOr("value", "")
}

// A stranger's form changes nothing: another site, no token, another person's
// token (R113).
func TestForgery_R113(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, ada, _ := h.acme()
		p, other := h.signed(access.Owner, ""), h.signed(access.Auditor, "")
		at := "/console/t/acme/users/" + ada.ID + "/lock"
		for name, values := range map[string]url.Values{"no token": {}, "another's token": {"csrf": {token(other)}}} {
			if page := p.post(at, values); page.status != 403 {
				t.Errorf("%s: %d", name, page.status)
			}
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+at, strings.NewReader(url.Values{"csrf": {token(p)}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if page := p.send(r); page.status != 403 {
			t.Errorf("another site: %d", page.status)
		}
		if u, err := h.users.ByID(h.operator(), tenant, ada.ID); err != nil || !u.Active() {
			t.Error("the user was locked", err)
		}
	})
}

// posts are the addresses that the console's table takes forms at, by whether
// the form has a picture.
func posts(t *testing.T) map[string]bool {
	t.Helper()
	source, err := os.ReadFile("routes.go")
	if err != nil {
		t.Fatal(err)
	}
	one, all := "", map[string]bool{}
	row := regexp.MustCompile(`\{"POST", (one)?(?: \+ )?(?:"([^"]+)")?, (\w+), .*(true|false)\}`)
	for line := range strings.Lines(string(source)) {
		if begin, ok := strings.CutPrefix(strings.TrimSpace(line), "const one = "); ok {
			one = strings.Trim(begin, `"`)
		}
		m := row.FindStringSubmatch(line)
		if m == nil || m[3] == "public" {
			continue
		}
		path := m[2]
		if m[1] != "" {
			path = one + path
		}
		all["/console"+path] = m[4] == "true"
	}
	if len(all) < 30 {
		t.Fatalf("%d forms found", len(all))
	}
	return all
}

// No form of the console is taken without its token, whatever it asks for
// (R113).
func TestEveryFormNeedsItsToken_R113(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, ada, portal := h.acme()
		p := h.signed(access.Owner, "")
		fill := strings.NewReplacer(":tenant", "acme", ":user", ada.ID, ":application", portal.ID, ":role", "x", ":domain", "x", ":session", "x", ":secret", "x")
		for path, picture := range posts(t) {
			send := p.post
			if picture {
				send = p.upload
			}
			for _, values := range []url.Values{{}, {"csrf": {"AAAAAAAAAAAAAAAAAAAAAAAA"}}} {
				if page := send(fill.Replace(path), values); page.status != 403 {
					t.Errorf("%s %v: %d %s", path, values, page.status, page.at)
				}
			}
		}
	})
}

// The session: its cookie goes to no other site (R65), it ends when idle, at
// its absolute end, at sign-out, and when its owner is disabled (R64, R66).
func TestSession_R64_R65_R66(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		u := h.administrator("olivia@example.com", access.Owner, "")
		h.administrator("second@example.com", access.Owner, "")
		out := func(name string, p *person, ended bool) {
			t.Helper()
			page := p.get("/console/tenants")
			if !strings.HasPrefix(page.at, "/console/sign-in") || strings.Contains(page.at, "ended=") != ended {
				t.Errorf("%s: %d %s", name, page.status, page.at)
			}
		}
		enter := func() *person {
			p := h.person()
			if page := p.signIn("olivia@example.com", correct); page.status != 200 || strings.Contains(page.at, "sign-in") {
				t.Fatalf("%d %s\n%s", page.status, page.at, page.body)
			}
			return p
		}
		out("nobody", h.person(), false)

		p := enter()
		p.submit(p.get("/console/tenants"), "form[action='/console/sign-out']", nil)
		out("signed out", p, false)

		p = enter()
		h.now = h.now.Add(sessions.ConsoleIdle + time.Minute)
		out("idle", p, true)

		p = enter()
		for range 25 {
			h.now = h.now.Add(sessions.ConsoleIdle - time.Minute)
			p.get("/console/tenants")
		}
		out("absolute", p, true)

		p = enter()
		if _, err := h.users.Disable(h.operator(), h.db.Tenant(h.system), u.ID, ""); err != nil {
			t.Fatal(err)
		}
		out("disabled", p, true)
	})
}

// The cookie of a fresh session.
func TestSessionCookie_R65(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		link, err := h.access.NewLink(h.operator())
		if err != nil {
			t.Fatal(err)
		}
		p := h.person()
		page := p.get("/console/setup?token=" + link.Reveal())
		p.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		page = p.submit(page, "main form", url.Values{"email": {"o@example.com"}, "name": {"O"}, "password": {correct}})
		if page.status != http.StatusSeeOther {
			t.Fatalf("%d\n%s", page.status, page.body)
		}
		for _, c := range page.header.Values("Set-Cookie") {
			if strings.HasPrefix(c, "gatehouse_console=") {
				for _, want := range []string{"HttpOnly", "SameSite=Strict", "path=/"} {
					if !strings.Contains(c, want) {
						t.Errorf("%s lacks %s", c, want)
					}
				}
				return
			}
		}
		t.Error("no session cookie")
	})
}

// The sign-in leads back to pages of the console alone.
func TestBackStaysHere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.administrator("olivia@example.com", access.Owner, "")
		for _, asked := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "/consolation", "javascript:alert(1)"} {
			p := h.person()
			page := p.get("/console/sign-in?back=" + url.QueryEscape(asked))
			page = p.submit(page, "main form", url.Values{"identifier": {"olivia@example.com"}, "username": {"olivia@example.com"}})
			if strings.Contains(page.at, "evil") || strings.Contains(page.body, "evil.example") {
				t.Errorf("%s: %s", asked, page.at)
			}
		}
	})
}

// Nobody gives more than he holds, and the last owner stays (R8, R10).
func TestRoles_R8_R10(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.acme()
		p := h.signed(access.Owner, "")
		page := p.get("/console/administrators")
		if got := p.submit(page, "form[action$='/remove']", nil); got.status != 409 {
			t.Errorf("the last owner: %d", got.status)
		}
		page = p.submit(p.get("/console/administrators/new"), "main form", url.Values{
			"email": {"support@acme.example"}, "name": {"Sam"}, "password": {correct}, "role": {"support"}, "tenant": {"acme"},
		})
		if page.at != "/console/administrators" || !strings.Contains(page.body, "Sam") || page.Find(".flash").Length() != 1 {
			t.Fatalf("%s\n%s", page.at, page.body)
		}
		page = p.submit(p.get("/console/administrators/new"), "main form", url.Values{
			"email": {"x@acme.example"}, "password": {correct}, "role": {"support"}, "tenant": {"nowhere"},
		})
		if page.status != 422 || page.Find("#f-tenant-error").Length() != 1 {
			t.Errorf("an unknown tenant: %d", page.status)
		}
	})
}
