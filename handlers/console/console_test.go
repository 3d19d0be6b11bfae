package console_test

import (
	"bytes"
	"image"
	"image/png"
	"net/url"
	"strings"
	"testing"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/reason"
)

// The first run: the link makes the first owner, once, and leads over the
// public address to the first tenant and the first application, which shows its
// secret this once and waits for a sign-in.
func TestFirstRun(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		link, err := h.access.NewLink(h.operator())
		if err != nil {
			t.Fatal(err)
		}
		p := h.person()
		if page := p.get("/console/sign-in"); page.Find("#no-administrator").Length() != 1 {
			t.Errorf("nobody is told that there is no administrator:\n%s", page.body)
		}
		page := p.get("/console/setup?token=" + url.QueryEscape(link.Reveal()))
		page = p.submit(page, "main form", url.Values{"email": {"olivia@example.com"}, "name": {"Olivia Owner"}, "password": {"short"}})
		if page.status != 422 || page.Find("#f-password-error").Length() != 1 || page.Find("#f-email").AttrOr("value", "") != "olivia@example.com" {
			t.Fatalf("a short password: %d\n%s", page.status, page.body)
		}
		page = p.submit(page, "form.preferences", url.Values{"language": {"de"}}) // the link is not lost
		page = p.submit(page, "main form", url.Values{"email": {"olivia@example.com"}, "name": {"Olivia Owner"}, "password": {correct}})
		page = p.submit(page, "form.preferences", url.Values{"language": {"en"}})
		if page.at != "/console/setup/url" || page.Find(".finding.success").Length() != 2 {
			t.Fatalf("%s\n%s", page.at, page.body)
		}
		if again := h.person().get("/console/setup?token=" + url.QueryEscape(link.Reveal())); again.status != 404 {
			t.Errorf("the link worked twice: %d", again.status)
		}
		if again := h.person().get("/console/sign-in"); again.Find("#no-administrator").Length() != 0 {
			t.Error("an administrator is said to be missing")
		}
		page = p.submit(p.get("/console/setup/tenant"), "main form", url.Values{"name": {"acme"}, "display_name": {"Acme"}, "colour": {"#b4235a"}})
		if page.at != "/console/t/acme/setup/application" {
			t.Fatalf("%s\n%s", page.at, page.body)
		}
		page = p.get("/console/t/acme/setup/application?type=web")
		page = p.submit(page, "main form", url.Values{"display_name": {"Portal"}, "redirect_uris": {"https://portal.example.com/callback"}})
		secret := page.Find("#secret-once").Text()
		if !strings.HasPrefix(secret, "gts_") || !strings.Contains(page.Find("#snippet").Text(), h.url+"/t/acme") || page.Find("#waiting").Length() != 1 {
			t.Fatalf("%s\n%s", page.at, page.body)
		}
		if again := p.get(page.at); strings.Contains(again.body, "secret-once") {
			t.Error("the secret is shown twice")
		}
		// Whoever tries the sign-in needs somebody to sign in as.
		if page.Find(`a[href="/console/t/acme/users/new"][target=_blank]`).Length() != 1 {
			t.Error("nobody is told that the tenant has no user")
		}
		p.submit(p.get("/console/t/acme/users/new"), "main form", url.Values{"username": {"ada"}, "password": {correct}})
		if again := p.get(page.at); strings.Contains(again.body, "/users/new") {
			t.Error("the first user is asked for twice")
		}
	})
}

// An address without a page leads on: to the console on its host, and to the
// account under a tenant.
func TestAddressWithoutPageLeadsOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.acme()
		if page := h.person().get("/"); !strings.HasPrefix(page.at, "/console/sign-in?") {
			t.Errorf("the root leads to %s (%d)", page.at, page.status)
		}
		for _, path := range []string{"/t/acme", "/t/acme/"} {
			if page := h.person().get(path); page.status != 303 || !strings.HasSuffix(page.header.Get("Location"), "/t/acme/account") {
				t.Errorf("%s leads to %q (%d)", path, page.header.Get("Location"), page.status)
			}
		}
		if page := h.person().get("/t/nobody/"); page.status != 404 {
			t.Errorf("no such tenant: %d", page.status)
		}
	})
}

// A tenant is made with its logo, or not at all.
func TestTenantWithLogo_R105(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.signed(access.Owner, "")
		var logo bytes.Buffer
		if err := png.Encode(&logo, image.NewNRGBA(image.Rect(0, 0, 40, 20))); err != nil {
			t.Fatal(err)
		}
		for name, path := range map[string]string{"first": "/console/setup/tenant", "second": "/console/tenants/new"} {
			values := url.Values{"csrf": {token(p)}, "name": {name}, "display_name": {"Acme " + name}, "default_locale": {"de"}, "colour": {"#b4235a"}}
			page := p.uploadWith(path, values, "logo", []byte("<svg onload='alert(1)'/>"))
			if page.status != 400 || page.Find("#f-logo-error").Length() != 1 || page.Find("#f-display_name").AttrOr("value", "") != "Acme "+name {
				t.Errorf("%s: no picture: %d\n%s", path, page.status, page.body)
			}
			if _, err := h.tenants.ByName(t.Context(), name); !reason.Has(err, reason.TenantUnknown) {
				t.Errorf("%s: half a tenant: %v", path, err)
			}
			if page = p.uploadWith(path, values, "logo", logo.Bytes()); page.status != 200 || !strings.HasPrefix(page.at, "/console/t/"+name) {
				t.Fatalf("%s: %d %s\n%s", path, page.status, page.at, page.body)
			}
			row, err := h.tenants.ByName(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			in := h.db.Tenant(row.TenantID)
			b, err := h.tenants.Branding(t.Context(), in)
			if err != nil || b.LogoID == "" || b.Version != 1 || b.Tokens.V["brand"] != "#b4235a" {
				t.Fatal(b, err)
			}
			if i, err := h.tenants.Image(t.Context(), in, b.LogoID); err != nil || i.Width != 40 {
				t.Error(i, err)
			}
			h.recorded(in, audit.TenantCreated)
		}
	})
}

// Every page answers whoever may see it.
func TestPagesAnswer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, ada, portal := h.acme()
		p := h.signed(access.Owner, "")
		for _, path := range []string{
			"/tenants", "/tenants/new", "/switch?q=a", "/administrators", "/administrators/new", "/search", "/search?q=acme", "/setup/url",
			"/t/acme", "/t/acme/search?q=ada", "/t/acme/users", "/t/acme/users?q=ada&status=active", "/t/acme/users/new",
			"/t/acme/users/" + ada.ID, "/t/acme/users/" + ada.ID + "/attempts", "/t/acme/users/" + ada.ID + "/profile",
			"/t/acme/users/" + ada.ID + "/credentials", "/t/acme/users/" + ada.ID + "/sessions", "/t/acme/users/" + ada.ID + "/applications",
			"/t/acme/users/" + ada.ID + "/lock", "/t/acme/users/" + ada.ID + "/disable", "/t/acme/users/" + ada.ID + "/password",
			"/t/acme/users/" + ada.ID + "/revoke", "/t/acme/users/" + ada.ID + "/delete",
			"/t/acme/applications", "/t/acme/applications/new", "/t/acme/applications/new?type=spa",
			"/t/acme/applications/" + portal.ID, "/t/acme/applications/" + portal.ID + "?framework=node",
			"/t/acme/applications/" + portal.ID + "/settings", "/t/acme/applications/" + portal.ID + "/secrets",
			"/t/acme/applications/" + portal.ID + "/activity", "/t/acme/applications/" + portal.ID + "/danger",
			"/t/acme/applications/" + portal.ID + "/api", "/t/acme/attempts", "/t/acme/attempts?outcome=failure&kind=token",
			"/t/acme/audit", "/t/acme/audit?action=user.&via=console&from=2026-01-01", "/t/acme/branding", "/t/acme/branding/preview",
			"/t/acme/clients", "/t/acme/settings", "/t/acme/suspend", "/t/acme/revoke", "/t/acme/setup/application",
		} {
			page := p.get("/console" + path)
			if page.status != 200 || page.Find("h1").Length() != 1 || strings.Contains(page.body, "⟦") {
				t.Errorf("%s: %d\n%s", path, page.status, page.body)
			}
			if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'nonce-") {
				t.Errorf("%s: %s", path, csp)
			}
		}
	})
}
