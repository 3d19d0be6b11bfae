package oidc_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/identity/applications"
	"gatehouse/identity/resources"
	"gatehouse/models"
	"gatehouse/oidc/clientauth"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// R36, R66, L75: tokens end with the application that they were issued to, also
// those behind which no family stands, or that of another application.
func TestTokensEndWithTheirApplication_R36(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		server := h.app(application{name: "orders", kind: models.TypeService, method: models.AuthBasic, scope: "x", grants: "client_credentials"})
		h.api("orders", resources.Facts{Identifier: ordersAPI, Scopes: []models.ResourceScope{scope("orders:read", "")}, Everybody: true, Server: "orders"})
		h.api("billing", resources.Facts{Identifier: billing, Everybody: true, Server: "orders"})
		robot := h.app(application{name: "robot", kind: models.TypeService, method: models.AuthBasic, scope: "x", grants: "client_credentials"})
		own := h.post("/oauth2/token", robot, url.Values{"grant_type": {"client_credentials"}, "resource": {ordersAPI}}).text("access_token")
		plain := h.post("/oauth2/token", robot, url.Values{"grant_type": {"client_credentials"}}).text("access_token")
		_, user := h.shown()
		first, second := h.middle("first", billing), h.middle("second", billing)
		swapped := h.swap(first, user.text("access_token"), "audience", billing).text("access_token")
		ours := h.swap(first, user.text("access_token")).text("access_token")
		for _, token := range []string{own, swapped} {
			h.expectActive(server, token, true)
		}
		h.disableApp(robot)
		h.disableApp(first)
		for _, token := range []string{own, swapped} {
			h.expectActive(server, token, false)
		}
		for _, token := range []string{plain, ours} {
			h.swap(second, token, "audience", billing).expect(t, 400, "invalid_request")
		}
		if err := h.apps.Delete(h.operator(), h.tenant, robot.ID); err != nil {
			t.Fatal(err)
		}
		h.expectActive(server, own, false)
	})
}

// L81: what a stranger sends makes bounded work, and a name that comes twice is
// one.
func TestResourcesAreBounded_L81(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code"})
	robot := h.app(application{name: "robot", kind: models.TypeService, method: models.AuthBasic, scope: "x", grants: "client_credentials"})
	for _, name := range strings.Fields("a b c d e f g h i j k l m n o p q") {
		h.api(name, resources.Facts{Identifier: "urn:" + name, Everybody: true})
	}
	all := "urn:" + strings.Join(strings.Fields("a b c d e f g h i j k l m n o p q"), " urn:")
	twice := "urn:a urn:a"
	if a := h.response(h.authorizeURL(app, "resource", all)); a.Get("error") != "invalid_target" {
		t.Errorf("%v", a)
	}
	h.post("/oauth2/token", robot, url.Values{"grant_type": {"client_credentials"}, "resource": {all}}).expect(t, 400, "invalid_target")
	got := h.post("/oauth2/token", robot, url.Values{"grant_type": {"client_credentials"}, "resource": strings.Fields(twice)})
	if aud := audienceOf(t, got.text("access_token")); !slices.Equal(aud, []string{"urn:a"}) {
		t.Errorf("%v", aud)
	}
	got = h.exchange(app, h.signedIn(h.authorizeURL(app, "resource", twice)).Get("code"), nil)
	if aud := audienceOf(t, got.text("access_token")); !slices.Equal(aud, []string{"urn:a", h.issuer}) {
		t.Errorf("%v", aud)
	}
}

// L66, RFC 8725 §3.11: a JWT that an application signed for one end is of no use
// for another. A request object passes through browsers, an assertion does not.
func TestTokensOfApplicationsAreNotMixedUp_L66(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	robot := h.app(h.keyed(application{
		name: "robot", firstParty: true, scope: "openid reports", grants: "client_credentials authorization_code",
	}))
	h.change(robot, func(m *applications.Metadata) { m.GrantTypes = append(m.GrantTypes, models.GrantJWTBearer) })
	typed := func(typ string) string {
		options := (&jose.SignerOptions{}).WithHeader("kid", "own")
		if typ != "" {
			options = options.WithType(jose.ContentType(typ))
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: h.keys["robot"].private}, options)
		if err != nil {
			t.Fatal(err)
		}
		p := &pen{t: t, signer: signer}
		return p.sign(h.says("robot", pairs(h.objectClaims(robot))))
	}
	for typ, good := range map[string]bool{
		"": true, "JWT": true, "client-authentication+jwt": true,
		"oauth-authz-req+jwt": false, "application/oauth-authz-req+jwt": false, "dpop+jwt": false, "at+jwt": false,
	} {
		got := h.send("/oauth2/token", [2]string{}, url.Values{
			"grant_type": {"client_credentials"}, "client_assertion_type": {clientauth.AssertionType}, "client_assertion": {typed(typ)},
		}.Encode())
		if good != (got.status == 200) || !good && got.text("error") != "invalid_client" {
			t.Errorf("%q: %d %s", typ, got.status, got.raw)
		}
	}
	for typ, good := range map[string]bool{"JWT": true, "oauth-authz-req+jwt": false, "client-authentication+jwt": false} {
		got := h.post("/oauth2/token", robot, url.Values{"grant_type": {models.GrantJWTBearer}, "assertion": {h.vouchTyped(robot, typ)}})
		if good != (got.status == 200) || !good && got.text("error") != "invalid_grant" {
			t.Errorf("%q: %d %s", typ, got.status, got.raw)
		}
	}
	// RFC 9101 §10.8: an object that names the client as its subject is an
	// assertion.
	if got := h.browse(http.MethodGet, h.authorizeURL(robot, "request", typed("")), nil); located(t, got).Get("error") != "invalid_request_object" {
		t.Errorf("%d %s", got.status, got.raw)
	}
}

func pairs(claims map[string]any) map[string]any {
	for _, name := range []string{"iss", "aud", "iat", "exp"} {
		delete(claims, name)
	}
	return claims
}

func (h *house) vouchTyped(a *registered, typ string) string {
	h.t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: h.keys[a.ClientID].private},
		(&jose.SignerOptions{}).WithType(jose.ContentType(typ)).WithHeader("kid", "own"))
	if err != nil {
		h.t.Fatal(err)
	}
	p := &pen{t: h.t, signer: signer}
	return p.sign(h.says(a.ClientID, map[string]any{"sub": h.user.ID}))
}

// RFC 8705 §3.4, RFC 9449 §5.2: who has to bind its tokens gets none that
// nothing is bound to, on no way.
func TestBoundTokensAreNotIssuedUnbound_R49(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	h.certificate = "of ada"
	for name, o := range map[string]models.ClientOptions{"mtls": {TLSBound: true}, "dpop": {DPoPBound: true}} {
		app := h.app(application{
			name: name, method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code implicit", options: o,
			responses: []string{"code", "code token", "id_token token"},
		})
		for _, responses := range []string{"code token", "id_token token"} {
			if a := h.response(h.authorizeURL(app, "response_type", responses)); a.Get("error") != "unauthorized_client" || a.Get("access_token") != "" {
				t.Errorf("%s %s: %v", name, responses, a)
			}
		}
		o.CIBAMode, o.CIBANotificationEndpoint = models.DeliverPush, "https://rp.example/told"
		_, _, err := h.apps.Create(h.operator(), h.tenant, applications.New{Type: models.TypeService, ClientID: name + "-push", Metadata: applications.Metadata{
			AuthMethod: models.AuthBasic, Scope: "openid", GrantTypes: []string{models.GrantCIBA}, Options: o,
		}})
		if err == nil {
			t.Errorf("%s: tokens may be pushed that nothing is bound to", name)
		}
	}
}
