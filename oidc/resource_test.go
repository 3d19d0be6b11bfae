package oidc_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/identity/applications"
	"gatehouse/identity/resources"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const ordersAPI, billingAPI = "https://api.example/orders", "urn:acme:billing"

// api registers an API.
func (h *house) api(name string, f resources.Facts) *models.Resource {
	h.t.Helper()
	catalogue := &resources.Catalogue{Applications: h.apps, Now: h.clock.Now}
	row, err := catalogue.Create(h.operator(), h.tenant, name, f)
	if err != nil {
		h.t.Fatal(err)
	}
	return row
}

func scope(name, words string) models.ResourceScope {
	return models.ResourceScope{Name: name, Description: words}
}

func audienceOf(t *testing.T, token string) []string {
	t.Helper()
	var all []string
	list, _ := payload(t, token)["aud"].([]any)
	for _, one := range list {
		text, _ := one.(string)
		all = append(all, text)
	}
	return all
}

// R32, RFC 8707 §2: tokens are for the APIs that were asked for, hold rights of
// no others, and a user is asked in the words of the API.
func TestResources_R32(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.app(application{name: "portal", method: models.AuthBasic, scope: "openid offline_access", grants: "authorization_code refresh_token"})
		server := h.app(application{name: "orders", kind: models.TypeService, method: models.AuthBasic, scope: "x", grants: "client_credentials"})
		h.api("orders", resources.Facts{
			Identifier: ordersAPI, Scopes: []models.ResourceScope{scope("orders:read", "see your orders")}, Applications: []string{"portal"},
			Server: "orders", AccessTokenSeconds: 120,
		})
		h.api("billing", resources.Facts{Identifier: billingAPI, Scopes: []models.ResourceScope{scope("bills", "")}, Everybody: true})
		at := h.authorizeURL(app, "scope", "openid offline_access orders:read bills unknown", "resource", ordersAPI) + "&resource=" + url.QueryEscape(billingAPI)
		asked := h.consent(at)
		view, _ := h.provider.Consent(h.operator(), h.at(), asked, h.ownBrowser())
		if view == nil || !slices.ContainsFunc(view.Scopes, func(s oidc.ConsentScope) bool { return s.Name == "orders:read" && s.Words == "see your orders" }) {
			t.Fatalf("asked %+v", view)
		}
		got := h.exchange(app, h.decide(asked, "allow").Get("code"), nil)
		got.expect(t, 200, "")
		token := got.text("access_token")
		if all := audienceOf(t, token); !slices.Equal(all, []string{ordersAPI, billingAPI, h.issuer}) || got.text("scope") != "openid offline_access orders:read bills" {
			t.Errorf("%v %s", all, got.raw)
		}
		if got.body["expires_in"] != float64(120) {
			t.Errorf("lives %v", got.body["expires_in"])
		}
		if a := h.userinfo(token); a.status != 200 {
			t.Errorf("userinfo: %d %s", a.status, a.raw)
		}
		h.expectActive(server, token, true)
		narrow := h.post("/oauth2/token", app, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.text("refresh_token")}, "resource": {billingAPI}})
		narrow.expect(t, 200, "")
		if all := audienceOf(t, narrow.text("access_token")); !slices.Contains(all, billingAPI) || slices.Contains(all, ordersAPI) || strings.Contains(narrow.text("scope"), "orders") {
			t.Errorf("%v %s", all, narrow.raw)
		}
		h.expectActive(server, narrow.text("access_token"), false)
		next := narrow.text("refresh_token")
		h.post("/oauth2/token", app, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {next}, "resource": {"https://else.example"}}).expect(t, 400, "invalid_target")
		if wide := h.refresh(app, next); !slices.Contains(audienceOf(t, wide.text("access_token")), ordersAPI) {
			t.Errorf("a narrow token narrowed the grant: %s", wide.raw)
		}
	})
}

// RFC 8707 §2: what is unknown, disabled, or not for the client is no target.
func TestResourcesRefused_R32(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code"})
	robot := h.app(application{name: "robot", kind: models.TypeService, method: models.AuthBasic, scope: "reports", grants: "client_credentials"})
	h.api("orders", resources.Facts{Identifier: ordersAPI, Scopes: []models.ResourceScope{scope("orders:read", "")}, Applications: []string{"robot"}})
	h.api("closed", resources.Facts{Identifier: billingAPI, Scopes: []models.ResourceScope{scope("bills", "")}, Everybody: true, Disabled: true})
	for _, target := range []string{ordersAPI, billingAPI, "https://else.example", h.issuer + "/api/v1", "not absolute"} {
		if a := h.response(h.authorizeURL(app, "resource", target)); a.Get("error") != "invalid_target" || a.Get("code") != "" {
			t.Errorf("%s: %v", target, a)
		}
	}
	own := func(set ...string) answer {
		v := url.Values{"grant_type": {"client_credentials"}}
		for i := 0; i < len(set); i += 2 {
			v.Add(set[i], set[i+1])
		}
		return h.post("/oauth2/token", robot, v)
	}
	got := own("resource", ordersAPI)
	got.expect(t, 200, "")
	if all := audienceOf(t, got.text("access_token")); !slices.Equal(all, []string{ordersAPI}) || got.text("scope") != "orders:read" {
		t.Errorf("%v %s", all, got.raw)
	}
	own("resource", ordersAPI, "scope", "reports").expect(t, 400, "invalid_scope")
	own("scope", "orders:read").expect(t, 400, "invalid_scope")
	own("resource", billingAPI).expect(t, 400, "invalid_target")
	own("resource", ordersAPI, "resource", "https://else.example").expect(t, 400, "invalid_target")
	if a := own("resource", h.issuer); a.text("scope") != "reports" {
		t.Error(a.raw)
	}
}

// A scope belongs to one API, and the facts of one are held to their form.
func TestResourceFacts(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	catalogue := &resources.Catalogue{Applications: h.apps, Now: h.clock.Now}
	h.api("orders", resources.Facts{Identifier: ordersAPI, Scopes: []models.ResourceScope{scope("orders:read", "")}})
	for name, f := range map[string]resources.Facts{
		"another's scope":     {Identifier: "https://a.example", Scopes: []models.ResourceScope{scope("orders:read", "")}},
		"a scope of users":    {Identifier: "https://a.example", Scopes: []models.ResourceScope{scope("openid", "")}},
		"a scope twice":       {Identifier: "https://a.example", Scopes: []models.ResourceScope{scope("a", ""), scope("a", "")}},
		"a scope with spaces": {Identifier: "https://a.example", Scopes: []models.ResourceScope{scope("a b", "")}},
		"a fragment":          {Identifier: "https://a.example#x"},
		"no URI":              {Identifier: "orders"},
		"nobody's client":     {Identifier: "https://a.example", Applications: []string{"nobody"}},
		"nobody's server":     {Identifier: "https://a.example", Server: "nobody"},
		"long lives":          {Identifier: "https://a.example", AccessTokenSeconds: 7200},
		"taken":               {Identifier: ordersAPI},
	} {
		if _, err := catalogue.Create(h.operator(), h.tenant, "other", f); err == nil || !strings.Contains(err.Error(), "input.") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := catalogue.Create(t.Context(), h.tenant, "other", resources.Facts{Identifier: "https://a.example"}); err == nil {
		t.Error("made without the right")
	}
}

// RFC 8707 §2, R32: requests that do not begin in a browser name APIs as well,
// and get nothing for those that they may not have.
func TestResourcesOfOtherGrants_R32(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		legacy, till := h.asking(), h.voucher("till", true)
		h.api("orders", resources.Facts{Identifier: ordersAPI, Scopes: []models.ResourceScope{scope("orders:read", "see your orders")}, Applications: []string{"legacy", "till"}})
		h.api("billing", resources.Facts{Identifier: billingAPI, Scopes: []models.ResourceScope{scope("bills", "")}, Applications: []string{"legacy"}})
		h.change(till.registered, func(m *applications.Metadata) { m.GrantTypes = append(m.GrantTypes, models.GrantCIBA) })
		asked := h.post("/oauth2/bc-authorize", till.registered, url.Values{"scope": {"openid orders:read bills"}, "login_hint": {"ada"}, "resource": {ordersAPI}})
		asked.expect(t, 200, "")
		waiting, err := h.provider.Approvals(h.operator(), h.at(), &models.Session{UserID: h.user.ID})
		if err != nil || len(waiting) != 1 || waiting[0].Scopes[1].Words != "see your orders" {
			t.Fatalf("%+v %v", waiting, err)
		}
		if err := h.provider.ApproveFor(h.operator(), h.at(), waiting[0].ID, oidc.Allow); err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]answer{
			"password": h.byPassword(legacy, "ada@example.com", adasPassword, "scope", "openid orders:read", "resource", ordersAPI),
			"vouched": h.post("/oauth2/token", till.registered, url.Values{
				"grant_type": {models.GrantJWTBearer}, "assertion": {till.sign("1", map[string]any{"sub": h.user.ID})}, "scope": {"orders:read"}, "resource": {ordersAPI},
			}),
			"ciba": h.post("/oauth2/token", till.registered, url.Values{"grant_type": {models.GrantCIBA}, "auth_req_id": {asked.text("auth_req_id")}}),
		} {
			got.expect(t, 200, "")
			if all := audienceOf(t, got.text("access_token")); all[0] != ordersAPI || !strings.HasSuffix(got.text("scope"), "orders:read") {
				t.Errorf("%s: %v %s", name, all, got.raw)
			}
		}
		h.byPassword(legacy, "ada@example.com", adasPassword, "resource", "https://else.example").expect(t, 400, "invalid_target")
		h.post("/oauth2/bc-authorize", till.registered, url.Values{"scope": {"openid"}, "login_hint": {"ada"}, "resource": {billingAPI}}).expect(t, 400, "invalid_target")
		h.post("/oauth2/token", till.registered, url.Values{
			"grant_type": {models.GrantJWTBearer}, "assertion": {till.sign("2", map[string]any{"sub": h.user.ID})}, "resource": {billingAPI},
		}).expect(t, 400, "invalid_target")
	})
}
