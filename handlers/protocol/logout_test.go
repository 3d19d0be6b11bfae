package protocol_test

import (
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"gatehouse/identity/applications"
	"gatehouse/models"
)

const bye = origin + "/bye?from=us"

// party registers an application that wants to be told of logouts as the
// options say.
func (h *house) party(id string, o models.ClientOptions) {
	h.t.Helper()
	_, _, err := h.apps.Create(h.operator(), h.acme, applications.New{Type: models.TypeSPA, ClientID: id, Metadata: applications.Metadata{
		DisplayName: id, RedirectURIs: []string{origin + "/cb"}, PostLogoutRedirectURIs: []string{bye}, FirstParty: true, Scope: "openid offline_access", Options: o,
	}})
	if err != nil {
		h.t.Fatal(err)
	}
}

// idToken signs the application in, in the browser's session.
func (h *house) idToken(id, more string) string {
	h.t.Helper()
	asked := request("")
	if strings.Contains(more, "scope=") {
		asked = strings.Replace(asked, "&scope=openid", "", 1)
	}
	a := h.send("GET", "/t/acme/oauth2/authorize?"+strings.Replace(asked+more, "client_id=spa", "client_id="+id, 1), "")
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil || to.Query().Get("code") == "" {
		h.t.Fatalf("%d %q", a.status, a.header.Get("Location"))
	}
	return h.redeem(id, to.Query().Get("code"))
}

// redeem is the ID token for a code.
func (h *house) redeem(id, code string) string {
	h.t.Helper()
	got := h.send("POST", "/t/acme/oauth2/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {id}, "code": {code}, "redirect_uri": {origin + "/cb"},
		"code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
	}.Encode())
	var body struct {
		IDToken string `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || body.IDToken == "" {
		h.t.Fatalf("%d %s", got.status, got.body)
	}
	return body.IDToken
}

func (h *house) signedIn() bool {
	h.t.Helper()
	a := h.send("GET", "/t/acme/oauth2/authorize?"+request("&prompt=none"), "")
	return !strings.Contains(a.header.Get("Location"), "error=login_required")
}

// unsigned is the token with its algorithm changed to none.
func unsigned(token string) string {
	return "eyJhbGciOiJub25lIn0." + strings.Split(token, ".")[1] + "."
}

func same(token string) string { return token }

func bad(string) string { return "bad" }

// after is the parameter with an address.
func after(uri string) string { return "&post_logout_redirect_uri=" + url.QueryEscape(uri) }

// R45: what the OpenID Foundation's plan for RP-Initiated Logout 1.0 asks, by
// GET and by POST. The browser is sent to the ends; "" is our error page.
func TestRPInitiatedLogout_R45(t *testing.T) {
	const ask, gone = "/t/acme/sign-out?logoutId=", "/t/acme/signed-out"
	cases := map[string]struct {
		hint func(string) string // nil: none
		set  string
		to   string
		out  bool // signed out at once
	}{
		"all":          {same, "&state=s" + after(bye), bye + "&state=s", true},
		"with client":  {same, "&client_id=rp&logout_hint=ada" + after(bye), bye, true},
		"no state":     {same, after(bye), bye, true},
		"no uri":       {same, "", gone, true},
		"only state":   {nil, "&state=s", ask, false},
		"no params":    {nil, "", ask, false},
		"no hint":      {nil, "&state=s" + after(bye), ask, false},
		"client alone": {nil, "&client_id=rp" + after(bye), ask, false},
		"bad hint":     {bad, after(bye), ask, false},
		"modified":     {unsigned, after(bye), ask, false},
		"wrong client": {same, "&client_id=spa", "", false},
		"bad uri":      {same, after(origin + "/other"), "", false},
		"query added":  {same, after(bye + "&more=x"), "", false},
		"no such one":  {nil, "&client_id=nobody", "", false},
		"twice":        {same, "&state=a&state=b", "", false},
	}
	each(t, func(t *testing.T, h *house) {
		h.party("rp", models.ClientOptions{})
		for name, c := range cases {
			for _, method := range []string{"GET", "POST"} {
				h.signIn()
				in := strings.TrimPrefix(c.set, "&")
				if c.hint != nil {
					in = "id_token_hint=" + c.hint(h.idToken("rp", "")) + c.set
				}
				a := h.logout(method, in)
				to := strings.TrimPrefix(a.header.Get("Location"), h.url)
				if c.to == ask {
					to = to[:min(len(to), len(ask))]
				}
				if to != c.to || (to == "") != (a.status == 400) {
					t.Errorf("%s by %s: %d %q", name, method, a.status, a.header.Get("Location"))
				}
				if h.signedIn() == c.out {
					t.Errorf("%s by %s: signed out %v", name, method, !c.out)
				}
			}
		}
	})
}

func (h *house) logout(method, in string) answer {
	h.t.Helper()
	if method == "POST" {
		return h.send(method, "/t/acme/oauth2/logout", in, "Content-Type", "application/x-www-form-urlencoded")
	}
	return h.send(method, "/t/acme/oauth2/logout?"+in, "")
}

// RP-Initiated Logout 1.0 §2: another site may post a request. Browsers keep the
// session back then, and bring it along one step later.
func TestLogoutByForeignPost(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.party("rp", models.ClientOptions{})
		h.signIn()
		token, ours := h.idToken("rp", ""), h.client.Jar
		empty, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		h.client.Jar = empty
		a := h.send("POST", "/t/acme/oauth2/logout", "id_token_hint="+token+after(bye), "Sec-Fetch-Site", "cross-site", "Origin", origin)
		next := strings.TrimPrefix(a.header.Get("Location"), h.url)
		if a.status != http.StatusSeeOther || !strings.HasPrefix(next, "/t/acme/oauth2/logout/callback?posted=") {
			t.Fatalf("%d %q", a.status, a.header.Get("Location"))
		}
		at, err := url.Parse(h.url)
		if err != nil {
			t.Fatal(err)
		}
		empty.SetCookies(at, ours.Cookies(at))
		if a = h.send("GET", next, ""); a.header.Get("Location") != bye {
			t.Errorf("%d %q", a.status, a.header.Get("Location"))
		}
		if h.signedIn() {
			t.Error("still signed in")
		}
	})
}
