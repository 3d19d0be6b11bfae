package oidc_test

import (
	"net/url"
	"testing"
	"time"

	"gatehouse/identity/applications"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const (
	accessType = "urn:ietf:params:oauth:token-type:access_token"
	idType     = "urn:ietf:params:oauth:token-type:id_token"
	billing    = "https://billing.example"
)

// middle is an API that goes on to others in its user's name.
func (h *house) middle(name string, audiences ...string) *registered {
	h.t.Helper()
	a := h.app(application{
		name: name, kind: models.TypeService, method: models.AuthBasic, scope: "openid reports invoices", firstParty: true,
		grants: "client_credentials " + models.GrantTokenExchange,
	})
	h.change(a, func(m *applications.Metadata) { m.Options.ExchangeAudiences = audiences })
	return a
}

// swap exchanges an access token.
func (h *house) swap(a *registered, token string, set ...string) answer {
	h.t.Helper()
	v := url.Values{"grant_type": {models.GrantTokenExchange}, "subject_token": {token}, "subject_token_type": {accessType}}
	for i := 0; i < len(set); i += 2 {
		v.Set(set[i], set[i+1])
	}
	return h.post("/oauth2/token", a, v)
}

// shown is what a signed-in user's application shows to an API.
func (h *house) shown() (*registered, answer) {
	h.t.Helper()
	app := h.app(application{
		name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid reports offline_access",
		grants: "authorization_code refresh_token",
	})
	got := h.exchange(app, h.signedIn(h.authorizeURL(app, "scope", "openid reports offline_access")).Get("code"), nil)
	got.expect(h.t, 200, "")
	return app, got
}

func actors(claims map[string]any) []string {
	var all []string
	for act, ok := claims["act"].(map[string]any); ok; act, ok = act["act"].(map[string]any) {
		sub, _ := act["sub"].(string)
		all = append(all, sub)
	}
	return all
}

// R44: the new token is for the other API, holds no more, and says who acts.
func TestTokenExchange_R44(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		_, user := h.shown()
		api := h.middle("orders", billing)
		got := h.swap(api, user.text("access_token"), "audience", billing, "scope", "reports")
		got.expect(t, 200, "")
		claims := payload(t, got.text("access_token"))
		aud, _ := claims["aud"].([]any)
		if len(aud) != 1 || aud[0] != billing || claims["sub"] != h.user.ID || claims["client_id"] != "orders" || claims["scope"] != "reports" {
			t.Errorf("claims %v", claims)
		}
		if got.text("issued_token_type") != accessType || got.text("refresh_token")+got.text("id_token") != "" {
			t.Errorf("answer %s", got.raw)
		}
		if acts := actors(claims); len(acts) != 1 || acts[0] != "client:orders" {
			t.Errorf("act %v", acts)
		}
		if all := h.swap(api, user.text("access_token"), "audience", billing); all.text("scope") != "openid reports" {
			t.Errorf("without a scope: %s", all.raw)
		}
		for _, set := range [][]string{
			{"audience", "https://other.example"},
			{"audience", billing, "resource", "https://other.example"},
			{"audience", h.issuer + "/api/v1"},
		} {
			h.swap(api, user.text("access_token"), set...).expect(t, 400, "invalid_target")
		}
		h.swap(api, user.text("access_token"), "audience", billing, "scope", "invoices").expect(t, 400, "invalid_scope")
		h.swap(api, user.text("access_token"), "audience", billing, "scope", "openid offline_access").expect(t, 400, "invalid_scope")
		h.expectActive(api, got.text("access_token"), true)
		h.signOut()
		h.disableUser()
		h.expectActive(api, got.text("access_token"), false)
		h.swap(api, user.text("access_token"), "audience", billing).expect(t, 400, "invalid_request")
	})
}

// R44: what is no token of this tenant, or of no use here, is refused alike.
func TestTokenExchangeRefuses_R44(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	portal, user := h.shown()
	api := h.middle("orders", billing)
	token := user.text("access_token")
	for name, set := range map[string][]string{
		"no subject":           {"subject_token", ""},
		"no type":              {"subject_token_type", ""},
		"an unknown type":      {"subject_token_type", "urn:ietf:params:oauth:token-type:saml2"},
		"a refresh token":      {"subject_token", user.text("refresh_token")},
		"the wrong type":       {"subject_token", user.text("id_token")},
		"another's ID token":   {"subject_token", user.text("id_token"), "subject_token_type", idType},
		"damaged":              {"subject_token", token[:len(token)-4] + "AAAA"},
		"wants a refresh":      {"requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"},
		"wants an ID token":    {"requested_token_type", idType},
		"an actor of no type":  {"actor_token", token},
		"another's actor":      {"actor_token", token, "actor_token_type", accessType},
		"a type without actor": {"actor_token_type", accessType},
	} {
		t.Run(name, func(t *testing.T) {
			h.t = t
			h.swap(api, token, append([]string{"audience", billing}, set...)...).expect(t, 400, "invalid_request")
		})
	}
	h.t = t
	h.swap(portal, token).expect(t, 400, "unauthorized_client")
	h.expectAttempt("token", "oauth.subject_token")
	other := h.middle("other", billing)
	narrow := h.swap(api, token, "audience", billing)
	h.swap(other, narrow.text("access_token"), "audience", billing).expect(t, 400, "invalid_request") // not meant for it
}

// R44: who acts for whom is recorded, three deep at most; the last may be
// another party of the application.
func TestTokenExchangeChain_R44(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	_, user := h.shown()
	token := user.text("access_token")
	for _, name := range []string{"first", "second", "third"} {
		got := h.swap(h.middle(name, billing), token)
		got.expect(t, 200, "")
		token = got.text("access_token")
	}
	if acts := actors(payload(t, token)); len(acts) != 3 || acts[0] != "client:third" || acts[2] != "client:first" {
		t.Errorf("act %v", acts)
	}
	h.swap(h.middle("fourth", billing), token).expect(t, 400, "invalid_request")

	api := h.middle("orders", billing)
	own := h.post("/oauth2/token", api, url.Values{"grant_type": {"client_credentials"}})
	got := h.swap(api, user.text("access_token"), "actor_token", own.text("access_token"), "actor_token_type", accessType)
	if acts := actors(payload(t, got.text("access_token"))); len(acts) != 1 || acts[0] != "client:orders" {
		t.Errorf("act %v", acts)
	}
}

// An ID token stands for its user as long as his session lasts, and the new
// token never outlives the first.
func TestTokenExchangeOfIDToken_R44(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		portal, user := h.shown()
		h.change(portal, func(m *applications.Metadata) {
			m.GrantTypes = append(m.GrantTypes, models.GrantTokenExchange)
			m.Options.ExchangeAudiences, m.AccessTokenSeconds = []string{billing}, 3600
		})
		h.clock.add(5 * time.Minute)
		swap := func() answer {
			return h.swap(portal, user.text("id_token"), "subject_token_type", idType, "audience", billing)
		}
		got := swap()
		got.expect(t, 200, "")
		if claims := payload(t, got.text("access_token")); claims["scope"] != "openid" || claims["sub"] != h.user.ID {
			t.Errorf("claims %v", claims)
		}
		if life, _ := got.body["expires_in"].(float64); life <= 0 || life > 600 {
			t.Errorf("expires_in %v", life)
		}
		h.expectActive(portal, got.text("access_token"), true)
		h.signOut()
		h.expectActive(portal, got.text("access_token"), false)
		swap().expect(t, 400, "invalid_request")
	})
}
