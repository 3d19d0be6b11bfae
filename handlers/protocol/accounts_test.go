package protocol_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/identity/applications"
	"gatehouse/identity/sessions"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/store"
)

// bob signs in beside Ada, who is in use no longer. It returns both sessions.
func (h *house) bob() (ada, bob string) {
	h.t.Helper()
	u, err := h.people.Create(h.operator(), h.acme, users.New{Profile: users.Profile{Username: "bob"}})
	if err != nil {
		h.t.Fatal(err)
	}
	h.signIn()
	ada = h.cookie()
	err = h.acme.Write(h.operator(), func(tx *store.Tx) error {
		_, bob, err = h.keeper.Begin(h.operator(), tx, sessions.New{UserID: u.ID, Kind: models.SessionUser, AMR: []string{"pwd"}})
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.hold(bob + "." + ada)
	return ada, bob
}

func (h *house) at() *url.URL {
	h.t.Helper()
	u, err := url.Parse(h.url)
	if err != nil {
		h.t.Fatal(err)
	}
	return u
}

// hold puts sessions into the browser's cookie, and cookie reads it.
func (h *house) hold(text string) {
	h.client.Jar.SetCookies(h.at(), []*http.Cookie{{Name: "gatehouse_session_acme", Value: text, Path: "/"}})
}

func (h *house) cookie() string {
	for _, c := range h.client.Jar.Cookies(h.at()) {
		if c.Name == "gatehouse_session_acme" {
			return c.Value
		}
	}
	return ""
}

func subject(t testing.TB, idToken string) string {
	t.Helper()
	sub, _ := claims(t, idToken)["sub"].(string)
	return sub
}

// silent is what a request without a page answers: the subject, or the error.
func (h *house) silent(more string) string {
	h.t.Helper()
	a := h.send("GET", "/t/acme/oauth2/authorize?"+request("&prompt=none"+more), "")
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil || to.Query().Get("code") == "" {
		return to.Query().Get("error")
	}
	return subject(h.t, h.redeem("spa", to.Query().Get("code")))
}

// OpenID Connect Core §3.1.2.1 and §3.1.2.6, of a browser with several sessions:
// without a page the one in use answers, unless a hint names another; where none
// is in use and nobody was named, somebody would have to choose.
func TestSilentAmongSeveral(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.signIn()
		adas := h.idToken("spa", "")
		ada, bob := h.bob()
		bobs := h.idToken("spa", "")
		subjects := map[string]string{"ada": subject(t, adas), "bob": subject(t, bobs)}
		for _, c := range []struct{ holds, more, want string }{
			{bob + "." + ada, "", "bob"},
			{ada + "." + bob, "", "ada"},
			{bob + "." + ada, "&id_token_hint=" + adas, "ada"},
			{bob + "." + ada, "&id_token_hint=" + bobs, "bob"},
			{bob, "&id_token_hint=" + adas, "login_required"},
			{bob + "." + ada, "&login_hint=ada", "ada"},
			{bob + "." + ada, "&login_hint=nobody", "bob"},
			{"." + bob + "." + ada, "", "account_selection_required"},
			{"." + bob + "." + ada, "&login_hint=nobody", "account_selection_required"},
			{"." + bob + "." + ada, "&id_token_hint=" + adas, "ada"},
			{"ended." + ada, "", "account_selection_required"},
			{"ended.ended", "", "login_required"},
			{strings.Repeat("x.", sessions.Most) + ada, "&id_token_hint=" + adas, "login_required"}, // more than there may be
		} {
			h.hold(c.holds)
			want := c.want
			if s, ok := subjects[want]; ok {
				want = s
			}
			if got := h.silent(c.more); got != want {
				t.Errorf("%q answers %q, want %s", strings.NewReplacer(ada, "ada", bob, "bob", adas, "ada's", bobs, "bob's").Replace(c.holds+c.more), got, c.want)
			}
			if h.cookie() != c.holds {
				t.Errorf("%q: nobody chose, and yet the browser holds others", c.more)
			}
		}
	})
}

// R63, R93: an address that somebody gave and nobody proved is no name of his: a
// hint at it does not lead from the account in use to his.
func TestHintsAtUnprovedAddresses_R93(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ada, bob := h.bob()
		h.hold(bob)
		bobs := subject(t, h.idToken("spa", ""))
		h.hold(ada)
		adas := subject(t, h.idToken("spa", ""))
		for verified, want := range map[bool]string{false: adas, true: bobs} {
			u, err := h.people.ByUsername(t.Context(), h.acme, "bob")
			if err != nil {
				t.Fatal(err)
			}
			change := users.Change{Profile: users.Profile{Username: "bob", Email: "chief@example.com", EmailVerified: verified}, Version: u.Version}
			if _, err := h.people.Update(h.operator(), h.acme, u.ID, change); err != nil {
				t.Fatal(err)
			}
			h.hold(ada + "." + bob)
			if got := h.silent("&login_hint=chief@example.com"); got != want {
				t.Errorf("verified %t: %q, want %q", verified, got, want)
			}
		}
	})
}

// R76: an application that a user never allowed anything cannot find out without
// a page whether he is signed in beside another one: a hint at him is answered as
// one at nobody is.
func TestSilentHintsTellStrangersNothing_R76(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.signIn()
		ada, bob := h.bob()
		app, _, err := h.apps.Create(h.operator(), h.acme, applications.New{Type: models.TypeSPA, ClientID: "stranger", Metadata: applications.Metadata{
			DisplayName: "Stranger", RedirectURIs: []string{origin + "/cb"}, Scope: "openid",
		}})
		if err != nil {
			t.Fatal(err)
		}
		ask := func(holds, hint string) string {
			h.hold(holds)
			a := h.send("GET", "/t/acme/oauth2/authorize?"+strings.Replace(request("&prompt=none&login_hint="+hint), "client_id=spa", "client_id=stranger", 1), "")
			to, err := url.Parse(a.header.Get("Location"))
			if err != nil {
				t.Fatal(err)
			}
			if code := to.Query().Get("code"); code != "" {
				return subject(t, h.redeem("stranger", code))
			}
			return to.Query().Get("error")
		}
		for holds, want := range map[string]string{bob + "." + ada: "consent_required", "." + bob + "." + ada: "account_selection_required"} {
			if at, nobody := ask(holds, "ada"), ask(holds, "nobody"); at != want || nobody != want {
				t.Errorf("a hint at somebody is answered %q, at nobody %q; want %s", at, nobody, want)
			}
		}
		held, err := h.keeper.Find(t.Context(), h.acme, ada, models.SessionUser)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.apps.GrantConsent(h.operator(), h.acme, held.UserID, app, applications.Allowed{Scopes: []string{"openid"}}); err != nil {
			t.Fatal(err)
		}
		if got := ask(bob+"."+ada, "ada"); got != held.UserID {
			t.Errorf("whom Ada allowed: %q", got)
		}
	})
}

// R45, RP-Initiated Logout 1.0 §2, with several sessions: the hint's ends, and no
// other; whoever gave none is asked. What scripts see of the browser changes.
func TestLogoutOfOneOfSeveral_R45(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.party("rp", models.ClientOptions{})
		h.signIn()
		ada, bob := h.bob()
		bobs := h.idToken("rp", "")
		h.hold(ada + "." + bob)
		adas := h.idToken("rp", "")
		for _, c := range []struct{ name, hint, holds, left string }{
			{"the other", bobs, ada + "." + bob, ada},
			{"gone already", bobs, ada, ada},
			{"the current", adas, ada, ""},
		} {
			h.hold(c.holds)
			a := h.logout("GET", "id_token_hint="+c.hint+after(bye))
			to := a.header.Get("Location")
			if asked := strings.Contains(to, "/sign-out?logoutId="); asked != (c.name == "gone already") || !asked && to != bye {
				t.Errorf("%s: %d %q", c.name, a.status, to)
			}
			if h.cookie() != c.left {
				t.Errorf("%s: it holds %q", c.name, strings.NewReplacer(ada, "ada", bob, "bob").Replace(h.cookie()))
			}
		}
	})
}

// The current one's place stays empty when it is signed out of.
func TestLogoutOfTheCurrentOne_R45(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.party("rp", models.ClientOptions{})
		h.signIn()
		ada, bob := h.bob()
		bobs := h.idToken("rp", "")
		if to := h.logout("GET", "id_token_hint="+bobs+after(bye)).header.Get("Location"); to != bye || h.cookie() != "."+ada {
			t.Errorf("%q", to)
		}
		if _, err := h.keeper.Find(t.Context(), h.acme, bob, models.SessionUser); err == nil {
			t.Error("bob's session lives on")
		}
		if got := h.silent(""); got != "account_selection_required" {
			t.Error(got)
		}
	})
}
