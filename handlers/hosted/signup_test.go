package hosted_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/journeys"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store/storetest"
)

// wish is the form of somebody who wants an account.
func wish(name string) url.Values {
	return url.Values{"username": {name}, "email": {name + "@example.com"}, "password": {correct}}
}

func (h *house) opens() {
	h.t.Helper()
	h.settle(func(s *models.TenantSettings) { s.SelfRegistration = models.SelfRegistrationOn })
}

// Initiating User Registration via OpenID Connect §4: the application sends
// somebody to make an account, whoever is signed in already, and gets its code.
func TestPromptCreate(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.own()
		h.opens()
		for i, name := range []string{"grace", "hedy"} { // the second time, the first is signed in
			h.now = h.now.Add(time.Minute)
			page := h.get(own("prompt", "create", "login_hint", name+"@example.org"))
			if page.status != 200 || page.url.Path != "/sign-up" || page.text("h1") != "Create an account for Own" || page.text(".lead") != "It is an account with Acme." {
				t.Fatalf("%d %s: %s", page.status, page.url, page.text("main"))
			}
			if page.Find("#email").AttrOr("value", "") != name+"@example.org" {
				t.Error("the hint is lost")
			}
			h.submit(page, `form[method="post"]`, wish(name)).with(t, name, "code")
			u, err := h.people.ByUsername(t.Context(), h.tenant, name)
			if err != nil || u.EmailVerified {
				t.Fatalf("%d: %+v %v", i, u, err)
			}
		}
		h.get(own("prompt", "none")).with(t, "signed in", "code")
		if page := h.get("/account/switch"); page.Find(".choice").Length() != 2 {
			t.Errorf("the browser holds %s", page.text("main"))
		}
	})
}

// A third party's application is allowed nothing by a new account: consent
// follows (R31), and plain pages lead to the account.
func TestSignUpPage(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.opens()
		page := h.submit(h.get(authorize("openid profile")+"&prompt=create"), `form[method="post"]`, wish("grace"))
		if page.url.Path != "/consent" {
			t.Fatalf("%d %s: %s", page.status, page.url, page.text("main"))
		}
		h.client = h.browser()
		page = h.get("/sign-up")
		if page.status != 200 || page.url.Path != "/sign-up" || page.text("h1") != "Create an account for Acme" {
			t.Fatalf("%d %s: %s", page.status, page.url, page.text("main"))
		}
		if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self'") {
			t.Errorf("%s", csp)
		}
		if page = h.submit(page, `form[method="post"]`, wish("hedy")); page.url.Path != "/account" || page.text("h1") != "hedy" {
			t.Errorf("%d %s: %s", page.status, page.url, page.text("main"))
		}
	})
}

// What is wrong stands at its field, the rest is kept, and the password never
// comes back; the rules are said before (WCAG 2.2 §3.3.1, §3.3.2, §3.3.7).
func TestSignUpFaults(t *testing.T) {
	h := build(t, storetest.SQLite(t), journeys.IdentifierPassword)
	h.opens()
	h.settle(func(s *models.TenantSettings) { s.SignUpNames = models.AskOptional })
	page := h.get("/sign-up")
	if hint := page.text("#password-hint"); !strings.Contains(hint, "15") || page.Find("#password").AttrOr("aria-describedby", "") != "password-hint" {
		t.Errorf("the rules: %q", hint)
	}
	for id, want := range map[string]string{"username": "username", "email": "email", "given_name": "given-name", "family_name": "family-name", "password": "new-password"} {
		if got := page.Find("#"+id).AttrOr("autocomplete", ""); got != want {
			t.Errorf("%s: autocomplete %q", id, got)
		}
	}
	page = h.submit(page, `form[method="post"]`, url.Values{
		"username": {"Ada"}, "email": {"ada@example.com"}, "given_name": {"Grace"}, "family_name": {""}, "password": {"short"},
	})
	if page.url.Path != "/sign-up" || page.Find(`[role="alert"] a`).Length() != 2 {
		t.Fatalf("%s: %s", page.url, page.text("main"))
	}
	for id, want := range map[string]reason.Code{"username": reason.InputTaken, "password": reason.PasswordTooShort} {
		field := page.Find("#" + id)
		if field.AttrOr("aria-invalid", "") != "true" || !strings.Contains(field.AttrOr("aria-describedby", ""), id+"-error") || page.text("#"+id+"-error") == "" {
			t.Errorf("%s: %s: %s", id, want, page.text("main"))
		}
	}
	for id, want := range map[string]string{"username": "Ada", "email": "ada@example.com", "given_name": "Grace", "password": ""} {
		if got := page.Find("#"+id).AttrOr("value", ""); got != want {
			t.Errorf("%s holds %q", id, got)
		}
	}
}

// From one page to the other and back, for the same application; a form that was
// sent is of no use at the other's address (R30, R75).
func TestSignInAndUpLeadToEachOther_R75(t *testing.T) {
	for _, journey := range []string{journeys.IdentifierPassword, journeys.IdentifierFirst} {
		h := build(t, storetest.SQLite(t), journey)
		h.own()
		follow := func(v view) view {
			t.Helper()
			to, has := v.Find(".elsewhere a").Attr("href")
			if !has {
				t.Fatalf("%s leads nowhere: %s", v.url, v.text("main"))
			}
			return h.do(http.MethodGet, h.url+to, nil)
		}
		if page := h.get(own()); page.Find(".elsewhere").Length() != 0 {
			t.Fatal("it is offered where it is off")
		}
		h.opens()
		in := h.get(own())
		up := follow(in)
		if up.url.Path != "/sign-up" || up.text("h1") != "Create an account for Own" || up.text(".elsewhere") != "I have an account" {
			t.Fatalf("%s: %s", up.url, up.text("main"))
		}
		back := follow(up)
		if back.url.Path != "/sign-in" || back.text("h1") != "Sign in to Own" {
			t.Fatalf("%s: %s", back.url, back.text("main"))
		}
		for from, path := range map[string]string{in.url.RawQuery: "/sign-up?", up.url.RawQuery: "/sign-in?"} {
			if page := h.do(http.MethodPost, h.url+path+from, up.signed(wish("grace"))); page.status != 400 {
				t.Errorf("%s: %d %s", path, page.status, page.text("main"))
			}
		}
		if page := h.submit(up, `form[method="post"]`, wish("grace")); page.url.Query().Get("code") == "" {
			t.Errorf("%s: %s", page.url, page.text("main"))
		}
		h.client = h.browser()
		if page := h.do(http.MethodGet, up.url.String(), nil); page.status != 400 {
			t.Errorf("in another browser: %d %s", page.status, page.text("main"))
		}
	}
}

// Off is the default: the page says so, and applications hear it (§4.1).
func TestSignUpIsOff(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.own()
		page := h.get("/sign-up")
		if page.status != http.StatusForbidden || page.text("h1") != "Not allowed" || page.Find(`a[href="/sign-in"]`).Length() != 1 || page.Find("input").Length() != 0 {
			t.Errorf("%d %s: %s", page.status, page.url, page.text("main"))
		}
		refused := h.get(own("prompt", "create")).url.Query()
		if refused.Get("error") != "invalid_request" || !strings.Contains(refused.Get("error_description"), "prompt=create") || refused.Get("state") != "s" {
			t.Errorf("%v", refused)
		}
		h.opens()
		waiting := h.get(own("prompt", "create"))
		h.settle(func(s *models.TenantSettings) { s.SelfRegistration = models.SelfRegistrationOff })
		if page := h.submit(waiting, `form[method="post"]`, wish("grace")); page.status != http.StatusForbidden {
			t.Errorf("%d %s: %s", page.status, page.url, page.text("main"))
		}
		back := h.do(http.MethodGet, h.url+"/oauth2/auth/callback?authId="+url.QueryEscape(waiting.url.Query().Get("authId")), nil)
		if back.url.Query().Get("error") != "invalid_request" {
			t.Errorf("%d %s: %s", back.status, back.url, back.text("main"))
		}
	})
}

// Whoever connects a device can make an account on the way (RFC 8628 §3.3).
func TestSignUpForADevice(t *testing.T) {
	h := build(t, storetest.SQLite(t), journeys.IdentifierPassword)
	h.opens()
	h.television()
	_, user := h.codes()
	page := h.submit(h.get("/device"), `form[method="post"]`, url.Values{"user_code": {user}})
	to, _ := page.Find(".elsewhere a").Attr("href")
	page = h.submit(h.do(http.MethodGet, h.url+to, nil), `form[method="post"]`, wish("grace"))
	if page.url.Path != "/device/confirm" || page.text(".usercode") != user {
		t.Errorf("%d %s: %s", page.status, page.url, page.text("main"))
	}
}

// The page speaks the language that was chosen on it, through faults to the end.
func TestSignUpKeepsTheLanguage(t *testing.T) {
	h := build(t, storetest.SQLite(t), journeys.IdentifierPassword)
	h.own()
	h.opens()
	page := h.do(http.MethodGet, h.get(own("prompt", "create", "ui_locales", "de")).url.String()+"&ui_locales=ar", nil)
	page = h.submit(page, `form[method="post"]`, wish("ada"))
	if page.Find("html").AttrOr("dir", "") != "rtl" || page.Find("#username-error").Length() != 1 {
		t.Errorf("%s: %s", page.url, page.text("main"))
	}
	h.submit(page, `form[method="post"]`, wish("grace")).with(t, "after a fault", "code")
}
