package oidc_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/identity/applications"
	"gatehouse/identity/resources"
	"gatehouse/identity/throttle"
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

// R36, L29: a session that is not enough for an application is not enough for
// its exchanges either.
func TestExchangesNeedTheSessionToo_R36(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	portal, user := h.shown()
	api := h.middle("orders", billing)
	h.change(portal, func(m *applications.Metadata) { m.GrantTypes = append(m.GrantTypes, models.GrantTokenExchange) })
	for _, a := range []*registered{portal, api} {
		h.change(a, func(m *applications.Metadata) {
			m.Options.SessionLifetime, m.Options.ExchangeAudiences = 60, []string{billing}
		})
	}
	h.swap(portal, user.text("id_token"), "subject_token_type", idType, "audience", billing).expect(t, 200, "")
	h.clock.add(2 * time.Minute)
	h.swap(portal, user.text("id_token"), "subject_token_type", idType, "audience", billing).expect(t, 400, "invalid_grant")
	h.swap(api, user.text("access_token"), "audience", billing).expect(t, 200, "") // nobody signed in to the API
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

// L67: whoever brings a key of his own does not choose how long we reckon: a
// signature by a modulus of half a million bits takes more than a minute.
func TestHugeKeysAreRefused_L67(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	h.row.Settings.V.Registration = models.RegistrationOpen
	for bytes, status := range map[int]int{256: 201, 2048: 400, 32 << 10: 400} {
		key := map[string]any{"kty": "RSA", "e": "AQAB", "n": "_" + strings.Repeat("w", bytes*4/3)}
		got := h.registers("POST", "", "", metadata(map[string]any{
			"jwks": map[string]any{"keys": []any{key}}, "token_endpoint_auth_method": "private_key_jwt",
		}))
		if got.status != status {
			t.Errorf("%d bytes: %d %s", bytes, got.status, got.raw)
		}
	}
}

// L81, R84: what a client that proves nothing has kept for it is bounded, in
// size and in number.
func TestPushedRequestsAreBounded_L81(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	spa := h.app(application{name: "spa", method: models.AuthNone, firstParty: true, scope: "openid", grants: "authorization_code"})
	body := pushed(spa)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		body.Set(name, strings.Repeat("x", 4000))
	}
	h.post("/oauth2/par", spa, body).expect(t, 413, "invalid_request")
	h.push(spa)
	err := h.tenant.Write(t.Context(), func(tx *store.Tx) error {
		for range throttle.PushPublic.Limit - 2 { // two were sent
			if err := h.provider.Throttle.Spend(t.Context(), tx, throttle.PushPublic, spa.ID+" "+throttle.SourceKey("192.0.2.7")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	h.push(spa)
	h.post("/oauth2/par", spa, pushed(spa)).expect(t, 429, "temporarily_unavailable")
}

// R31: a name that a stranger chose looks on the consent page as it is written.
func TestNamesAreWhatTheyLookLike_R31(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	h.row.Settings.V.Registration, h.row.Settings.V.ClientIDDocuments = models.RegistrationOpen, true
	for _, name := range []string{"Pay\u202eroll", "Pay\u2066roll", "Pay\nroll", "Pay\u2028roll", "Pay\x00roll"} {
		h.registers("POST", "", "", metadata(map[string]any{"client_name": name})).expect(t, 400, "invalid_client_metadata")
	}
	h.made(h.registers("POST", "", "", metadata(map[string]any{"client_name": "بوابة \u200fGate\u200e 2"})))
	p := h.publisher()
	p.describe(map[string]any{"client_name": "Age\u202ent"})
	h.refusedOwn(h.authorizeURL(p.app()), "oauth.client_document")
}

// R46, R49: an application that manages itself takes nothing back that an
// administrator decided about it, nor does one that is described by a document;
// and a token is good for one change.
func TestAdministratorsDecisionsStay_R46(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		lax := false
		s := &h.row.Settings.V
		s.Registration, s.RegistrationRequirePKCE, s.ClientIDDocuments = models.RegistrationOpen, &lax, true
		own := ecPair(t, "own")
		chosen := metadata(map[string]any{
			"token_endpoint_auth_method": "private_key_jwt", "id_token_signed_response_alg": "ES256", "contacts": []string{"a@example.com"},
			"jwks": asMap(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{own.public}}),
		})
		got := h.registers("POST", "", "", chosen)
		app, at, token := h.made(got), got.text("registration_client_uri"), got.text("registration_access_token")
		p := h.publisher()
		h.consent(h.authorizeURL(p.app()))
		agent, err := h.apps.ByClientID(h.operator(), h.tenant, p.id())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []*registered{app, {agent, ""}} {
			h.change(a, func(m *applications.Metadata) {
				yes := true
				m.RequirePKCE, m.AccessTokenSeconds, m.AllowedOrigins = &yes, 60, []string{"https://only.example"}
				m.Options.RefreshLifetimeSeconds, m.Options.AccessTokenFormat = 600, models.FormatOpaque
				if a == app {
					m.Options.SecurityProfile = models.ProfileFAPI2
				}
			})
		}
		chosen["client_id"], chosen["contacts"], chosen["policy_uri"] = app.ClientID, nil, "https://rp.example/policy"
		var wg sync.WaitGroup
		status := make([]int, 4)
		for i := range status {
			wg.Go(func() { status[i] = h.registers("PUT", at, token, chosen).status })
		}
		wg.Wait()
		if slices.Sort(status); !slices.Equal(status, []int{200, 401, 401, 401}) {
			t.Errorf("one token, several changes: %v", status)
		}
		p.describe(map[string]any{"client_name": "Agent 2"})
		h.clock.add(11 * time.Minute)
		h.consent(h.authorizeURL(p.app()))
		for name, id := range map[string]string{"registered": app.ID, "document": agent.ID} {
			a, err := applications.Fresh(h.operator(), h.tenant, id)
			if err != nil {
				t.Fatal(err)
			}
			o := a.Options.V
			if !a.RequirePKCE || a.AccessTokenSeconds != 60 || !slices.Equal(a.AllowedOrigins.V, []string{"https://only.example"}) ||
				o.RefreshLifetimeSeconds != 600 || o.AccessTokenFormat != models.FormatOpaque || name == "registered" && !o.FAPI() {
				t.Errorf("%s: %+v", name, a)
			}
			if name == "registered" && (len(o.Contacts) > 0 || o.PolicyURI == "") || name == "document" && a.DisplayName != "Agent 2" {
				t.Errorf("%s did not change: %+v", name, a)
			}
		}
		if a := h.response(h.authorizeURL(app)); a.Get("error") != "invalid_request" || a.Get("code") != "" {
			t.Errorf("the profile was taken off: %v", a)
		}
	})
}

// L81: nobody keeps others out by filling the tenant with addresses of his own.
func TestDocumentsMakeRoom_L81(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		h.row.Settings.V.ClientIDDocuments = true
		used, late := h.publisher(), h.publisher()
		h.decide(h.consent(h.authorizeURL(used.app())), "allow")
		fill := func(from, to int) {
			err := h.tenant.Write(h.operator(), func(tx *store.Tx) error {
				for i := from; i < to; i++ {
					err := h.apps.KeepDocument(h.operator(), tx, "https://evil.example/"+strconv.Itoa(i), applications.New{
						Type: models.TypeSPA, Metadata: applications.Metadata{AuthMethod: models.AuthNone, RedirectURIs: []string{"https://evil.example/cb"}},
					}, h.clock.Now().Add(100*time.Hour))
					if err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		fill(0, 1)
		h.clock.add(time.Minute)
		first, err := h.apps.ByClientID(h.operator(), h.tenant, "https://evil.example/0")
		if err != nil {
			t.Fatal(err)
		}
		h.disableApp(&registered{first, ""})
		fill(1, 999)
		h.refusedOwn(h.authorizeURL(late.app()), "oauth.client_document") // all came a moment ago
		h.clock.add(time.Hour)
		h.consent(h.authorizeURL(late.app()))
		h.signedIn(h.authorizeURL(used.app()))
		for name, want := range map[string]bool{"0": true, "1": false, "2": true} {
			_, err := h.apps.ByClientID(h.operator(), h.tenant, "https://evil.example/"+name)
			if (err == nil) != want {
				t.Errorf("%s is there: %v", name, err == nil)
			}
		}
	})
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
