package oidc_test

import (
	"context"
	"crypto/sha256"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/identity/applications"
	"gatehouse/identity/resources"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// own asks for an application's own token.
func (h *house) own(a *registered, set ...string) answer {
	h.t.Helper()
	v := url.Values{"grant_type": {"client_credentials"}}
	for i := 0; i < len(set); i += 2 {
		v.Add(set[i], set[i+1])
	}
	return h.post("/oauth2/token", a, v)
}

func expectOpaque(t *testing.T, a answer) string {
	t.Helper()
	a.expect(t, 200, "")
	token := a.text("access_token")
	if !strings.HasPrefix(token, "gta_") || len(token) != 4+43 || strings.Contains(token, ".") {
		t.Errorf("no opaque token: %q", token)
	}
	return token
}

// An opaque access token is good wherever a signed one is, tells its holder
// nothing, stands in the store as a hash, and ends at once with what it stems
// from.
func TestOpaque(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.app(application{
			name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid email offline_access",
			grants: "authorization_code refresh_token", options: models.ClientOptions{AccessTokenFormat: models.FormatOpaque},
		})
		got := h.exchange(app, h.signedIn(h.authorizeURL(app, "scope", "openid email offline_access")).Get("code"), nil)
		token := expectOpaque(t, got)
		if a := h.userinfo(token); a.status != 200 || a.text("email") != "ada@example.com" {
			t.Errorf("userinfo %d %s", a.status, a.raw)
		}
		told := h.post("/oauth2/introspect", app, url.Values{"token": {token}})
		if told.text("sub") != h.user.ID || told.text("scope") != "openid email offline_access" ||
			told.text("client_id") != "portal" || told.text("iss") != h.issuer || told.text("jti") == "" {
			t.Errorf("introspection %s", told.raw)
		}
		sum := sha256.Sum256([]byte(token))
		var row models.AccessToken
		if err := h.tenant.Read(context.Background()).Where("hash = ?", sum[:]).Take(&row).Error; err != nil || row.ClientID != "portal" ||
			strings.Contains(string(row.Claims.V), token[4:]) {
			t.Errorf("kept %v %+v", err, row)
		}
		if again := expectOpaque(t, h.refresh(app, got.text("refresh_token"))); again == token {
			t.Error("the same token again")
		}
		h.post("/oauth2/revoke", app, url.Values{"token": {token}}).expect(t, 200, "")
		h.expectActive(app, token, false)
		if a := h.userinfo(token); a.status != 401 {
			t.Errorf("userinfo after revocation %d", a.status)
		}
		last := expectOpaque(t, h.exchange(app, h.signedIn(h.authorizeURL(app, "scope", "openid")).Get("code"), nil))
		h.expectActive(app, last, true)
		h.disableUser()
		h.expectActive(app, last, false)
	})
}

// R4: an opaque token is its tenant's alone; it ends with its time, is swept,
// and no other text is one.
func TestOpaqueBounds_R4(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h, other := newHouse(t, db, "acme"), newHouse(t, db, "globex")
		robotOf := func(h *house) *registered {
			return h.app(application{
				name: "robot", kind: models.TypeService, method: models.AuthBasic, scope: "reports", grants: "client_credentials",
				options: models.ClientOptions{AccessTokenFormat: models.FormatOpaque},
			})
		}
		robot, stranger := robotOf(h), robotOf(other)
		token := expectOpaque(t, h.own(robot))
		h.expectActive(robot, token, true)
		other.expectActive(stranger, token, false)
		for _, wrong := range []string{token + "A", token[:len(token)-1], "gta_", strings.ToUpper(token), token[4:]} {
			h.expectActive(robot, wrong, false)
		}
		h.clock.add(16 * time.Minute)
		h.expectActive(robot, token, false)
		kept := expectOpaque(t, h.own(robot))
		if n, err := h.provider.Tokens.Sweep(context.Background(), db); err != nil || n == 0 {
			t.Errorf("swept %d %v", n, err)
		}
		var left []models.AccessToken
		if err := h.tenant.Read(context.Background()).Find(&left).Error; err != nil || len(left) != 1 {
			t.Errorf("left %d %v", len(left), err)
		}
		h.expectActive(robot, kept, true)
	})
}

// The API's choice comes before the application's, that before the tenant's;
// an exchanged token is as the API wants it.
func TestOpaqueChoices(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	robot := h.app(application{name: "robot", kind: models.TypeService, method: models.AuthBasic, scope: "reports", grants: "client_credentials"})
	h.api("orders", resources.Facts{Identifier: ordersAPI, Scopes: []models.ResourceScope{scope("orders", "")}, Everybody: true, AccessTokenFormat: models.FormatOpaque})
	h.api("billing", resources.Facts{Identifier: billingAPI, Scopes: []models.ResourceScope{scope("bills", "")}, Everybody: true, AccessTokenFormat: models.FormatJWT})
	h.api("billing2", resources.Facts{Identifier: billing, Scopes: []models.ResourceScope{scope("reports2", "")}, AccessTokenFormat: models.FormatOpaque, AccessTokenSeconds: 60})
	payload(t, h.own(robot).text("access_token"))
	expectOpaque(t, h.own(robot, "resource", ordersAPI))
	expectOpaque(t, h.own(robot, "resource", billingAPI, "resource", ordersAPI))
	h.row.Settings.V.AccessTokenFormat = models.FormatOpaque
	expectOpaque(t, h.own(robot))
	payload(t, h.own(robot, "resource", billingAPI).text("access_token"))
	h.change(robot, func(m *applications.Metadata) { m.Options.AccessTokenFormat = models.FormatJWT })
	payload(t, h.own(robot).text("access_token"))
	_, user := h.shown()
	api := h.middle("middle", billing)
	swapped := h.swap(api, expectOpaque(t, user), "audience", billing, "scope", "reports")
	h.expectActive(api, expectOpaque(t, swapped), true)
	if swapped.body["expires_in"] != float64(60) {
		t.Errorf("lives %v", swapped.body["expires_in"])
	}
}

// A token that is bound to a key stays so when it is opaque (RFC 9449 §6.2).
func TestOpaqueBound_R41(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	robot := h.app(application{
		name: "robot", kind: models.TypeService, method: models.AuthBasic, scope: "reports", grants: "client_credentials",
		options: models.ClientOptions{AccessTokenFormat: models.FormatOpaque},
	})
	key := h.prover()
	h.proves = key.proof
	token := expectOpaque(t, h.own(robot))
	h.proves = nil
	got := h.post("/oauth2/introspect", robot, url.Values{"token": {token}})
	if cnf, _ := got.body["cnf"].(map[string]any); cnf["jkt"] == nil || got.text("token_type") != "DPoP" {
		t.Errorf("introspection %s", got.raw)
	}
}

// What no token looks like cannot be chosen.
func TestOpaqueRefused(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	catalogue := &resources.Catalogue{Applications: h.apps, Now: h.clock.Now}
	if _, err := catalogue.Create(h.operator(), h.tenant, "other", resources.Facts{Identifier: "https://a.example", AccessTokenFormat: "paseto"}); err == nil {
		t.Error("an API with tokens of no format")
	}
}
