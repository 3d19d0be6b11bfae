package hosted_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/identity/applications"
	"gatehouse/models"
)

// own is a request of an application of the operator's own, so that no consent
// stands between.
func own(set ...string) string {
	v := url.Values{
		"client_id": {"own"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"},
		"code_challenge": {strings.Repeat("E", 43)}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(set); i += 2 {
		v.Set(set[i], set[i+1])
	}
	return "/oauth2/authorize?" + v.Encode()
}

func (h *house) own() {
	h.t.Helper()
	_, _, err := h.apps.Create(h.operator(), h.tenant, applications.New{
		Type: models.TypeSPA, ClientID: "own", Metadata: applications.Metadata{DisplayName: "Own", RedirectURIs: []string{callback}, FirstParty: true},
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// with expects an answer that leads back to the application.
func (v view) with(t *testing.T, name, parameter string) {
	t.Helper()
	if q := v.url.Query(); !strings.HasPrefix(v.url.String(), callback) || q.Get("state") != "s" || q.Get(parameter) == "" {
		t.Errorf("%s: %d %s %s", name, v.status, v.url, v.text("main"))
	}
}

// OpenID Connect Core §3.1.2.1 and §3.1.2.3, on the pages that people see: who is
// signed in passes without one, and is asked again where the application says so.
func TestAskedAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.own()
		signIn := func(page view) view {
			t.Helper()
			if page.status != 200 || page.url.Path != "/sign-in" || page.Find(`input[type="password"]`).Length() != 1 {
				t.Fatalf("%d %s: %s", page.status, page.url, page.text("main"))
			}
			return h.submit(page, `form[method="post"]`, form("ada", correct))
		}
		h.get(own("prompt", "none")).with(t, "nobody", "error")
		signIn(h.get(own())).with(t, "first", "code")
		h.get(own()).with(t, "again", "code")
		h.get(own("max_age", "10000")).with(t, "max_age=10000", "code")
		for _, set := range [][]string{{"prompt", "login"}, {"max_age", "1"}, {"max_age", "0"}} {
			h.now = h.now.Add(2 * time.Second)
			page := h.get(own(set...))
			h.get(own("prompt", "none")).with(t, "meanwhile", "code") // whoever does not answer stays signed in
			if wrong := h.submit(page, `form[method="post"]`, form("ada", "not her password at all")); wrong.url.Path != "/sign-in" || wrong.text(`[role="alert"]`) == "" {
				t.Errorf("%v: %d %s", set, wrong.status, wrong.url)
			}
			signIn(page).with(t, set[0]+"="+set[1], "code")
			h.get(own("prompt", "none")).with(t, "after "+set[1], "code")
		}
	})
}

// OpenID Connect Core §3.1.2.1: hints fill in and are never in the way.
func TestHintsOnPages(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.own()
		for _, set := range [][]string{
			{"login_hint", "ada"},
			{"login_hint", "buffy@example.com"},
			{"display", "popup"},
			{"ui_locales", "se"},
			{"claims_locales", "se"},
			{"acr_values", "1 2"},
			{"extra", "foobar"},
		} {
			h.client = h.browser()
			page := h.get(own(set...))
			name := page.Find(`input[name="username"]`)
			if page.status != 200 || page.url.Path != "/sign-in" || set[0] == "login_hint" && name.AttrOr("value", "") != set[1] {
				t.Errorf("%v: %d %s, filled in %q", set, page.status, page.url, name.AttrOr("value", ""))
			}
			if cutOff := page.header.Get("Cross-Origin-Opener-Policy") == "same-origin"; cutOff == (set[0] == "display") { // R110
				t.Errorf("%v: %v", set, page.header)
			}
			h.submit(page, `form[method="post"]`, form("ada", correct)).with(t, set[0], "code")
		}
	})
}
