package hosted_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/identity/applications"
	"gatehouse/identity/tenants"
	"gatehouse/journeys"
	"gatehouse/models"
	"gatehouse/store/storetest"
)

func form(name, password string) url.Values {
	return url.Values{"username": {name}, "password": {password}}
}

// signed adds the token that the page's forms carry.
func (v view) signed(fields url.Values) url.Values {
	fields.Set("csrf", v.Find(`input[name="csrf"]`).First().AttrOr("value", ""))
	return fields
}

// authorize is the address that an application sends browsers to.
func authorize(scope string) string {
	return "/oauth2/authorize?" + url.Values{
		"client_id": {"portal"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {scope}, "state": {"s"},
		"code_challenge": {strings.Repeat("E", 43)}, "code_challenge_method": {"S256"},
	}.Encode()
}

func (v view) text(selector string) string {
	return strings.Join(strings.Fields(v.Find(selector).Text()), " ")
}

// From the application over sign-in and consent, and back with a code (R31).
func TestSignInAndConsent_R31(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		page := h.get(authorize("openid profile"))
		if page.status != 200 || page.url.Path != "/sign-in" || page.text("h1") != "Sign in to Portal" || page.text(".lead") != "With your Acme account." {
			t.Fatalf("%d %s: %s", page.status, page.url, page.text("main"))
		}
		if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://portal.example.com;") {
			t.Errorf("form-action: %q", csp)
		}
		page = h.submit(page, `form[method="post"]`, form("ada", correct))
		if page.url.Path != "/consent" || page.text("h1") != "Allow Portal to use your account?" || page.text(".host") != "portal.example.com" {
			t.Fatalf("%d %s: %s", page.status, page.url, page.text("main"))
		}
		done := h.submit(page, `form[method="post"]`, url.Values{"decision": {"allow"}})
		q := done.url.Query()
		if !strings.HasPrefix(done.url.String(), callback) || q.Get("code") == "" || q.Get("state") != "s" || q.Get("iss") != h.url {
			t.Errorf("%d %s", done.status, done.url)
		}
	})
}

// The consent page speaks what was chosen on it or on the page before, else what the application asked
// for, else what the user speaks, else what the browser accepts.
func TestConsentSpeaksTheRequestedLanguage(t *testing.T) {
	for _, c := range []struct{ asked, user, before, chosen, want string }{
		{asked: "de", user: "ar", want: "de"},
		{asked: "fr de", want: "de"},
		{asked: "fr", user: "ar", want: "ar"},
		{user: "de", want: "de"},
		{asked: "de", chosen: "ar", want: "ar"},
		{asked: "de", user: "de", before: "ar", want: "ar"},
		{want: "en"},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			h := build(t, storetest.SQLite(t), journeys.IdentifierPassword)
			h.adaSpeaks(c.user)
			page := h.get(authorize("openid") + "&" + url.Values{"ui_locales": {c.asked}}.Encode())
			if c.before != "" {
				page = h.do(http.MethodGet, page.url.String()+"&ui_locales="+c.before, nil)
			}
			page = h.submit(page, `form[method="post"]`, form("ada", correct))
			if page.url.Path != "/consent" {
				t.Fatalf("%d %s: %s", page.status, page.url, page.text("main"))
			}
			if c.chosen != "" {
				page = h.do(http.MethodGet, page.url.String()+"&ui_locales="+c.chosen, nil)
			}
			if got := page.Find("html").AttrOr("lang", ""); got != c.want {
				t.Errorf("the page speaks %s, want %s", got, c.want)
			}
		})
	}
}

// OpenID Connect Registration §2: policy and terms are there to read for whoever
// is asked.
func TestConsentLinks(t *testing.T) {
	h := build(t, storetest.SQLite(t), journeys.IdentifierPassword)
	const policy, terms = "https://rp.example/policy", "https://rp.example/terms"
	_, _, err := h.apps.Create(h.operator(), h.tenant, applications.New{
		Type: models.TypeSPA, ClientID: "linked", Metadata: applications.Metadata{
			DisplayName: "Linked", RedirectURIs: []string{callback}, Options: models.ClientOptions{PolicyURI: policy, TosURI: terms},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	asked := strings.Replace(authorize("openid"), "client_id=portal", "client_id=linked", 1)
	page := h.submit(h.get(asked), `form[method="post"]`, form("ada", correct))
	for _, to := range []string{policy, terms} {
		if link := page.Find(`a[href="` + to + `"]`); page.url.Path != "/consent" || link.Length() != 1 || link.AttrOr("rel", "") != "noopener noreferrer" {
			t.Errorf("%s: %s", to, page.text("main"))
		}
	}
}

func TestConsentDenied(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		page := h.submit(h.get(authorize("openid")), `form[method="post"]`, form("ada", correct))
		if odd := h.submit(page, `form[method="post"]`, url.Values{"decision": {"maybe"}}); odd.status != 422 {
			t.Errorf("neither yes nor no: %d", odd.status)
		}
		done := h.submit(page, `form[method="post"]`, url.Values{"decision": {"deny"}})
		if done.url.Query().Get("error") != "access_denied" {
			t.Errorf("%s", done.url)
		}
	})
}

// A refusal is shown after a redirect, so that a refresh sends nothing twice.
func TestRefusalIsShownOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.get(authorize("openid"))
		page := h.submit(first, `form[method="post"]`, form("ada", "wrong wrong wrong"))
		if page.status != 200 || page.url.Path != "/sign-in" || page.url.String() == first.url.String() || !strings.Contains(page.text(`[role="alert"]`), "don't match") {
			t.Fatalf("%d %s: %s", page.status, page.url, page.text("main"))
		}
		if again := h.do(http.MethodGet, page.url.String(), nil); again.text(`[role="alert"]`) != page.text(`[role="alert"]`) {
			t.Error("a refresh shows something else")
		}
		if page.Find("#username").AttrOr("value", "") != "ada" || page.Find("#password").AttrOr("value", "") != "" {
			t.Error("the name is lost, or the password is kept")
		}
		if page = h.submit(page, `form[method="post"]`, form("ada", correct)); page.url.Path != "/consent" {
			t.Errorf("%s", page.url)
		}
	})
}

func TestIdentifierFirstGoesBack(t *testing.T) {
	h := build(t, storetest.SQLite(t), journeys.IdentifierFirst)
	page := h.submit(h.get(authorize("openid")), `form[method="post"]`, url.Values{"username": {"eve"}})
	if page.Find("#username").AttrOr("value", "") != "eve" || page.Find("#password").Length() != 1 {
		t.Fatalf("%s", page.text("main"))
	}
	change, err := page.url.Parse(page.Find(".chip a").AttrOr("href", ""))
	if err != nil {
		t.Fatal(err)
	}
	page = h.do(http.MethodGet, change.String(), nil)
	if page.url.Path != "/sign-in" || page.Find("#username").AttrOr("value", "") != "eve" || page.Find("#password").Length() != 0 {
		t.Fatalf("%s: %s", page.url, page.text("main"))
	}
	page = h.submit(page, `form[method="post"]`, url.Values{"username": {"ada"}})
	if page = h.submit(page, `form[method="post"]`, url.Values{"password": {correct}}); page.url.Path != "/consent" {
		t.Errorf("%s", page.url)
	}
}

// Neither half of the transaction may be exchanged, nor used in another browser (R30, R75).
func TestTransactionIsBound_R30_R75(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		page := h.get(authorize("openid"))
		swapped := *page.url
		q := swapped.Query()
		q.Set("authId", h.get(authorize("openid profile")).url.Query().Get("authId"))
		swapped.RawQuery = q.Encode()
		for method, fields := range map[string]url.Values{http.MethodGet: nil, http.MethodPost: page.signed(form("ada", correct))} {
			if got := h.do(method, swapped.String(), fields); got.status != 400 || got.text("h1") != "Please start again" {
				t.Errorf("%s with another request: %d %s", method, got.status, got.text("h1"))
			}
		}
		if odd := h.do(http.MethodPost, page.url.String(), page.signed(url.Values{"username": {"ada"}, "password": {correct}, "role": {"owner"}})); odd.status != 400 {
			t.Errorf("an unknown input: %d", odd.status)
		}
		own := h.client
		h.client = h.browser()
		if got := h.do(http.MethodPost, page.url.String(), h.get("/sign-in").signed(form("ada", correct))); got.status != 400 || got.Find("a.button").Length() != 0 || !strings.Contains(got.text("main"), "cookies") {
			t.Errorf("in another browser: %d %s", got.status, got.text("main"))
		}
		h.client = own
	})
}

// A form that did not come from one of our pages in this browser does nothing (R113).
func TestForgedFormsAreRefused_R113(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		page := h.get(authorize("openid"))
		for name, fields := range map[string]url.Values{
			"no token":    form("ada", correct),
			"made up":     {"username": {"ada"}, "password": {correct}, "csrf": {"x"}},
			"given twice": {"username": {"ada"}, "password": {correct}, "csrf": {"x", "y"}},
		} {
			got := h.do(http.MethodPost, page.url.String(), fields)
			if got.status != 403 && got.status != 400 || strings.HasPrefix(got.url.Path, "/consent") {
				t.Errorf("%s: %d %s", name, got.status, got.url)
			}
		}
	})
}

// A suspended tenant shows its error page and nothing else.
func TestSuspendedTenant(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if _, err := h.tenants.Suspend(h.operator(), h.tenant, "test"); err != nil {
			t.Fatal(err)
		}
		if got := h.get("/sign-in"); got.status != 403 || !strings.Contains(got.text("main"), "switched off") {
			t.Errorf("%d %s", got.status, got.text("main"))
		}
	})
}

// What may be kept by anybody bears no cookie, and does nothing by itself (R105).
func TestLoadedFilesBearNoCookie_R105(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		got := h.get("/branding.css")
		if got.header.Get("Set-Cookie") != "" || got.header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%v", got.header)
		}
	})
}

// A dead end leads back to the application (journeys wait for ten minutes).
func TestExpiredStepStartsAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		page := h.get(authorize("openid"))
		h.now = h.now.Add(11 * time.Minute)
		dead := h.submit(page, `form[method="post"]`, form("ada", correct))
		if dead.status != 400 || !strings.Contains(dead.text("main"), "waited too long") {
			t.Fatalf("%d %s", dead.status, dead.text("main"))
		}
		again, err := dead.url.Parse(dead.Find("a.button").AttrOr("href", ""))
		if err != nil {
			t.Fatal(err)
		}
		fresh := h.do(http.MethodGet, again.String(), nil)
		if fresh.status != 200 || fresh.url.Path != "/sign-in" {
			t.Fatalf("%d %s", fresh.status, fresh.url)
		}
		if page = h.submit(fresh, `form[method="post"]`, form("ada", correct)); page.url.Path != "/consent" {
			t.Errorf("%s", page.url)
		}
	})
}

func TestAccount(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		page := h.get("/account")
		if page.url.Path != "/sign-in" || page.text("h1") != "Sign in to Acme" {
			t.Fatalf("%s", page.url)
		}
		page = h.submit(page, `form[method="post"]`, form("ada", correct))
		if page.url.Path != "/account" || page.text("h1") != "ada" || page.text(".sessions strong") != "Firefox on Linux" {
			t.Fatalf("%s: %s", page.url, page.text("main"))
		}
		own := h.client
		others := []*http.Client{h.browser(), h.browser(), h.browser()}
		for _, other := range others {
			h.client = other
			h.submit(h.get("/account"), `form[method="post"]`, form("ada", correct))
		}
		h.client = own
		page = h.get("/account")
		if n := page.Find(".sessions li").Length(); n != 4 {
			t.Fatalf("%d sessions", n)
		}
		page = h.submit(page, `.sessions form`, nil)
		if n := page.Find(".sessions li").Length(); n != 3 || !strings.Contains(page.text(`[role="status"]`), "Done") {
			t.Fatalf("%d sessions: %s", n, page.text("main"))
		}
		page = h.submit(page, `form[action$="/others/end"]`, nil)
		if n := page.Find(".sessions li").Length(); n != 1 {
			t.Fatalf("%d sessions", n)
		}
		h.client = others[2]
		if page := h.get("/account"); page.url.Path != "/sign-in" {
			t.Errorf("a session that was ended still shows %s", page.url)
		}
		h.client = own
		if page = h.submit(h.get("/account"), `.heading form`, nil); page.url.Path != "/signed-out" || page.text("h1") != "You are signed out" {
			t.Errorf("%s", page.url)
		}
		if page = h.get("/account"); page.url.Path != "/sign-in" {
			t.Errorf("after signing out: %s", page.url)
		}
	})
}

// Nobody ends the session of somebody else, or learns of it (R5).
func TestForeignSessionStays_R5(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if got := h.do(http.MethodPost, h.url+"/account/sessions/x/end", h.get("/sign-in").signed(url.Values{})); got.status != 401 || !strings.Contains(got.text("main"), "not signed in") {
			t.Errorf("without a session: %d %s", got.status, got.text("main"))
		}
		page := h.submit(h.get("/account"), `form[method="post"]`, form("ada", correct))
		got := h.do(http.MethodPost, h.url+"/account/sessions/0199f3c2-8f5e-7a41-9c55-2b1f0e6d7c11/end", page.signed(url.Values{}))
		if got.url.Path != "/account" || got.Find(".sessions li").Length() != 1 {
			t.Errorf("%s", got.url)
		}
	})
}

func TestSignOutAsks_R45(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if page := h.get("/sign-out"); page.url.Path != "/signed-out" {
			t.Errorf("nobody is signed in: %s", page.url)
		}
		h.submit(h.get("/account"), `form[method="post"]`, form("ada", correct))
		page := h.get("/sign-out")
		if page.text("h1") != "Sign out?" || page.text("strong") != "ada" {
			t.Fatalf("%s", page.text("main"))
		}
		if page = h.submit(page, `form[method="post"]`, url.Values{"decision": {"sign_out"}}); page.url.Path != "/signed-out" {
			t.Errorf("%s", page.url)
		}
		if page = h.get("/sign-out?logoutId=made-up"); page.status != 400 {
			t.Errorf("a made-up logout: %d", page.status)
		}
	})
}

// The language of a page survives every step; a choice is remembered.
func TestLanguageStays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		page := h.get(authorize("openid") + "&ui_locales=de")
		if page.Find("html").AttrOr("lang", "") != "de" {
			t.Fatalf("asked for German, got %s", page.Find("html").AttrOr("lang", ""))
		}
		q := url.Values{"ui_locales": {"ar"}}
		page.Find(`form[method="get"] input`).Each(func(_ int, s *goquery.Selection) {
			q.Set(s.AttrOr("name", ""), s.AttrOr("value", ""))
		})
		page = h.get("/sign-in?" + q.Encode())
		if root := page.Find("html"); root.AttrOr("lang", "") != "ar" || root.AttrOr("dir", "") != "rtl" {
			t.Fatal("the choice is not kept")
		}
		page = h.submit(page, `form[method="post"]`, form("ada", "wrong wrong wrong"))
		if page.Find("html").AttrOr("lang", "") != "ar" {
			t.Error("lost after a refusal")
		}
		page = h.submit(page, `form[method="post"]`, form("ada", correct))
		if page.url.Path != "/consent" || page.Find("html").AttrOr("lang", "") != "ar" {
			t.Error("lost at the consent")
		}
	})
}

// Pages look as their tenant chose, and what they load may be kept for ever,
// since its address changes with it.
func TestBranding(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		before := h.get("/signed-out").Find(`link[href*="branding.css"]`).AttrOr("href", "")
		var logo bytes.Buffer
		if err := png.Encode(&logo, image.NewGray(image.Rect(0, 0, 40, 20))); err != nil {
			t.Fatal(err)
		}
		b, err := h.tenants.Branding(t.Context(), h.tenant)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.tenants.SetBranding(h.operator(), h.tenant, tenants.BrandingChange{
			Version: b.Version, Tokens: map[string]string{"brand": "#0a7d4b"}, Logo: logo.Bytes(),
		})
		if err != nil {
			t.Fatal(err)
		}
		page := h.get("/signed-out")
		sheet := page.Find(`link[href*="branding.css"]`).AttrOr("href", "")
		css := h.get(sheet)
		if sheet == before || css.header.Get("Content-Type") != "text/css; charset=utf-8" || css.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || !strings.Contains(css.Text(), "--brand:#0a7d4b") {
			t.Errorf("%s after %s: %v %s", sheet, before, css.header, css.Text())
		}
		picture := page.Find(".brand img")
		got := h.get(picture.AttrOr("src", "none"))
		if picture.AttrOr("alt", "") != "Logo of Acme" || got.status != 200 || got.header.Get("Content-Type") != "image/png" {
			t.Errorf("logo: %d %v", got.status, got.header)
		}
		for _, plain := range []string{"/branding.css", before} {
			if css = h.get(plain); strings.Contains(css.header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s must not be kept", plain)
			}
		}
		if missing := h.get("/branding/images/nothing"); missing.status != 404 || missing.text("h1") != "Nothing here" {
			t.Errorf("%d %s", missing.status, missing.text("h1"))
		}
	})
}
