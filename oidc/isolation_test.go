package oidc_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/identity/applications"
	"gatehouse/identity/tenants"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/oidc/clientauth"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// neighbour is another tenant of the same deployment, with applications that
// are named and prove themselves like those of the first. What is asked there
// has the issuer of the first, so that nothing but the tenant is in the way.
type neighbour struct {
	*house
	row *models.Tenant
}

func (h *house) neighbour(name string) neighbour {
	h.t.Helper()
	directory := tenants.NewDirectory(tenants.Options{DB: h.db, K: h.provider.K, Now: h.clock.Now})
	row, err := directory.Create(h.operator(), tenants.New{Name: name, DisplayName: name})
	if err != nil {
		h.t.Fatal(err)
	}
	row.Settings.V.Registration = models.RegistrationOpen
	return neighbour{h, row}
}

func (n neighbour) at() oidc.Tenant {
	return oidc.Tenant{Row: n.row, Store: n.db.Tenant(n.row.TenantID), Issuer: n.issuer}
}

// copies registers the application there, too.
func (n neighbour) copies(a *registered) {
	n.t.Helper()
	_, _, err := n.apps.Create(n.operator(), n.at().Store, applications.New{
		Type: a.Type, ClientID: a.ClientID, Name: a.Name, Secret: a.secret, Metadata: applications.MetadataOf(a.Application),
	})
	if err != nil {
		n.t.Fatal(err)
	}
}

// asks sends a form to an endpoint there.
func (n neighbour) asks(ask func(context.Context, oidc.Tenant, oidc.Params, string) oidc.Document, a *registered, set ...string) answer {
	n.t.Helper()
	v := map[string]string{"client_id": a.ClientID, "client_secret": a.secret}
	for i := 0; i < len(set); i += 2 {
		v[set[i]] = set[i+1]
	}
	return read(n.t, ask(context.Background(), n.at(), oidc.Params{Values: strict.ValuesOf(v), Method: "POST"}, ""))
}

func read(t *testing.T, d oidc.Document) answer {
	t.Helper()
	got := answer{status: d.Status, raw: string(d.Body)}
	if len(d.Body) > 0 {
		if err := json.Unmarshal(d.Body, &got.body); err != nil {
			t.Fatal(err)
		}
	}
	return got
}

// R4: whatever a tenant gives, another takes for nothing, as if it had never
// been.
func TestHandlesOfAnotherTenant_R4(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		h.row.Settings.V.Registration = models.RegistrationOpen
		app := h.app(application{
			name: "portal", method: models.AuthPost, firstParty: true, scope: "openid offline_access",
			grants: strings.Join([]string{"authorization_code refresh_token", models.GrantDeviceCode, models.GrantCIBA, models.GrantTokenExchange}, " "),
		})
		n := h.neighbour("globex")
		n.copies(app)
		token := func(set ...string) answer { return n.asks(h.provider.Token, app, set...) }

		code := h.signedIn(h.authorizeURL(app)).Get("code")
		token("grant_type", "authorization_code", "code", code, "redirect_uri", "https://rp.example/cb", "code_verifier", verifier).expect(t, 400, "invalid_grant")
		got := h.exchange(app, code, nil)
		got.expect(t, 200, "") // the neighbour did not use it up
		token("grant_type", "refresh_token", "refresh_token", got.text("refresh_token")).expect(t, 400, "invalid_grant")
		for _, one := range []string{"access_token", "refresh_token"} {
			if a := n.asks(h.provider.Introspect, app, "token", got.text(one)); a.status != 200 || strings.TrimSpace(a.raw) != `{"active":false}` {
				t.Errorf("%s: %d %s", one, a.status, a.raw)
			}
			n.asks(h.provider.Revoke, app, "token", got.text(one))
		}
		if d := h.provider.UserInfo(t.Context(), n.at(), "Bearer "+got.text("access_token"), oidc.Params{Method: "GET"}); d.Status != 401 {
			t.Errorf("userinfo: %d %s", d.Status, d.Body)
		}
		for _, kind := range []string{accessType, idType} {
			text := got.text(map[string]string{accessType: "access_token", idType: "id_token"}[kind])
			token("grant_type", models.GrantTokenExchange, "subject_token", text, "subject_token_type", kind).expect(t, 400, "invalid_request")
		}
		n.asks(h.provider.BackchannelAuthentication, app, "scope", "openid", "id_token_hint", got.text("id_token")).expect(t, 400, "unknown_user_id")
		if a := h.userinfo(got.text("access_token")); a.status != 200 {
			t.Errorf("the neighbour revoked it: %d %s", a.status, a.raw)
		}
		h.refresh(app, got.text("refresh_token")).expect(t, 200, "")

		device := h.post("/oauth2/device_authorization", app, url.Values{"scope": {"openid"}})
		token("grant_type", models.GrantDeviceCode, "device_code", device.text("device_code")).expect(t, 400, "invalid_grant")
		if _, err := h.provider.EnterCode(t.Context(), n.at(), device.text("user_code"), h.ownBrowser()); err == nil {
			t.Error("the neighbour knows the user code")
		}
		entered, err := h.provider.EnterCode(t.Context(), h.at(), device.text("user_code"), h.ownBrowser())
		if err != nil {
			t.Fatal(err)
		}
		if err := h.provider.DecideDevice(t.Context(), n.at(), entered, h.ownBrowser(), oidc.Allow); err == nil {
			t.Error("the neighbour answers for a device")
		}
		asked := h.post("/oauth2/bc-authorize", app, url.Values{"scope": {"openid"}, "login_hint": {"ada"}})
		asked.expect(t, 200, "")
		token("grant_type", models.GrantCIBA, "auth_req_id", asked.text("auth_req_id")).expect(t, 400, "invalid_grant")

		n.browsers(t, app)
		n.registrations(t)
	})
}

// browsers: what travels through browsers.
func (n neighbour) browsers(t *testing.T, app *registered) {
	t.Helper()
	h, b := n.house, n.ownBrowser()
	uri := h.push(app)
	refused := func(name string, a oidc.Answer, code string) {
		t.Helper()
		if a.Refusal == nil || string(a.Refusal.Code) != code {
			t.Errorf("%s: %+v", name, a)
		}
	}
	ask := func(v map[string]string) oidc.Params { return oidc.Params{Values: strict.ValuesOf(v), Method: "GET"} }
	refused("pushed", h.provider.Authorize(t.Context(), n.at(), ask(map[string]string{"client_id": app.ClientID, "request_uri": uri}), b), "oauth.pushed_unknown")
	if b.Session == "" {
		t.Fatal("nobody is signed in")
	}
	in, err := url.Parse(h.authorizeURL(app, "prompt", "none"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := strict.Query([]byte(in.RawQuery))
	if err != nil {
		t.Fatal(err)
	}
	if a := h.provider.Authorize(t.Context(), n.at(), oidc.Params{Values: v, Method: "GET"}, b); !strings.Contains(a.Redirect, "error=login_required") {
		t.Errorf("the session is the neighbour's too: %+v", a)
	}
	h.clock.add(time.Second)
	authID := h.begun(h.authorizeURL(app, "prompt", "login"))
	refused("authId", h.provider.Resume(t.Context(), n.at(), authID, b), "journey.expired")
	refused("consent", h.provider.Decide(t.Context(), n.at(), authID, b, oidc.Allow), "journey.expired")
	hint := h.exchange(app, h.signedIn(h.authorizeURL(app)).Get("code"), nil).text("id_token")
	leave := ask(map[string]string{"id_token_hint": hint, "post_logout_redirect_uri": "https://rp.example/bye"})
	if a := h.provider.Logout(t.Context(), n.at(), leave, b); strings.HasPrefix(a.Redirect, "https://rp.example/bye") {
		t.Errorf("the neighbour knows the hint: %+v", a)
	}
	asks := h.provider.Logout(t.Context(), h.at(), ask(map[string]string{"client_id": app.ClientID}), b)
	logout, err := url.Parse(asks.Redirect)
	if err != nil {
		t.Fatal(err)
	}
	refused("logoutId", h.provider.ConfirmLogout(t.Context(), n.at(), logout.Query().Get("logoutId"), b, oidc.CurrentAccount), "journey.expired")
	h.signedIn(h.authorizeURL(app, "prompt", "none")) // still signed in
}

// registrations: what manages applications, and what proves them.
func (n neighbour) registrations(t *testing.T) {
	t.Helper()
	h := n.house
	_, initial, err := h.apps.CreateInitialToken(h.operator(), h.tenant, applications.NewInitialToken{Name: "ci", Lifetime: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(metadata(nil))
	if err != nil {
		t.Fatal(err)
	}
	read(t, h.provider.Register(t.Context(), n.at(), body, "Bearer "+initial)).expect(t, 401, "invalid_token")
	made := h.registers("POST", "", initial, metadata(nil))
	own := h.made(made)
	n.copies(own)
	bearer := "Bearer " + made.text("registration_access_token")
	read(t, h.provider.ManagedRegistration(t.Context(), n.at(), own.ClientID, bearer)).expect(t, 401, "invalid_token")
	read(t, h.provider.Deregister(t.Context(), n.at(), own.ClientID, bearer)).expect(t, 401, "invalid_token")

	robot := h.app(h.keyed(application{name: "robot", kind: models.TypeService, scope: "reports", grants: "client_credentials"}))
	assertion := signed(t, jose.ES256, h.keys["robot"].private, "own", h.says("robot", nil))
	v := []string{"grant_type", "client_credentials", "client_assertion_type", clientauth.AssertionType, "client_assertion", assertion}
	n.asks(h.provider.Token, &registered{robot.Application, ""}, v...).expect(t, 401, "invalid_client")
	h.byAssertion(assertion, nil).expect(t, 200, "")
}
