package oidc_test

import (
	"net/http"
	"net/url"
	"testing"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// OpenID Connect Core §4: others begin a sign-in at an application, which is
// told by whom its user is known, and never where a stranger wants him.
func TestLaunch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		portal := h.app(application{
			name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code",
			options: models.ClientOptions{InitiateLoginURI: "https://rp.example/login?from=us"},
		})
		answer := h.browse(http.MethodGet, h.issuer+"/launch?"+url.Values{
			"client_id": {portal.ClientID}, "login_hint": {"ada"}, "target_link_uri": {"https://rp.example/inbox"},
		}.Encode(), nil)
		to, err := url.Parse(answer.header.Get("Location"))
		if err != nil || answer.status != http.StatusSeeOther || to.Host+to.Path != "rp.example/login" {
			t.Fatalf("%d %v", answer.status, to)
		}
		for name, want := range map[string]string{"from": "us", "iss": h.issuer, "login_hint": "ada", "target_link_uri": "https://rp.example/inbox"} {
			if got := to.Query().Get(name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		other := h.app(application{name: "other", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code"})
		for query, code := range map[string]string{
			"client_id=" + other.ClientID: "oauth.launch", "client_id=nobody": "oauth.client_unknown", "": "oauth.request_invalid",
			"client_id=" + portal.ClientID + "&target_link_uri=https://evil.example/":             "oauth.request_invalid",
			"client_id=" + portal.ClientID + "&target_link_uri=https://rp.example@evil.example/":  "oauth.request_invalid",
			"client_id=" + portal.ClientID + "&target_link_uri=javascript:alert(1)":               "oauth.request_invalid",
			"client_id=" + portal.ClientID + "&login_hint=ada&login_hint=bea":                     "oauth.parameter_repeated",
			"client_id=" + portal.ClientID + "&target_link_uri=" + url.QueryEscape("//evil.test"): "oauth.request_invalid",
		} {
			h.refusedOwn(h.issuer+"/launch?"+query, code)
		}
	})
}
