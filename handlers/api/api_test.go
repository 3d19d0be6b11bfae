package api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// everything is a client's permission to do all that the API can.
var everything = access.Client{Permissions: access.Permissions()}

func TestUsersLiveThroughTheAPI(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "ops", everything)
		made := h.do(request{
			tenant: "acme", client: "ops", method: "POST", path: "/users",
			body: `{"username":"ada","email":"ada@example.com","email_verified":true,"given_name":"Ada","password":"violet engine waltz at nine"}`,
		})
		if made.status != 201 {
			t.Fatalf("%d %s", made.status, made.body)
		}
		one := "/users/" + made.text("id")
		got := h.do(request{tenant: "acme", client: "ops", method: "GET", path: one})
		patch := request{tenant: "acme", client: "ops", method: "PATCH", path: one, body: `{"family_name":"Lovelace"}`}
		if a := h.do(patch); a.status != 428 {
			t.Errorf("without If-Match: %d", a.status)
		}
		patch.header = map[string]string{"If-Match": got.header.Get("ETag")}
		if a := h.do(patch); a.status != 200 || a.text("family_name") != "Lovelace" || a.text("given_name") != "Ada" {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := h.do(patch); a.status != 412 {
			t.Errorf("with a stale version: %d", a.status)
		}
		for _, deed := range []request{
			{method: "PUT", path: one + "/password", body: `{"password":"another engine waltzes at ten","reason":"given"}`},
			{method: "POST", path: one + "/lock", body: `{"reason":"asked by phone"}`},
			{method: "POST", path: one + "/unlock"},
			{method: "POST", path: one + "/disable"},
			{method: "POST", path: one + "/enable"},
			{method: "DELETE", path: one + "/sessions?reason=given"},
			{method: "DELETE", path: one + "?reason=given"},
		} {
			deed.tenant, deed.client = "acme", "ops"
			if a := h.do(deed); a.status != 204 {
				t.Errorf("%s %s: %d %s", deed.method, deed.path, a.status, a.body)
			}
		}
		if a := h.do(request{tenant: "acme", client: "ops", method: "GET", path: one}); a.status != 404 {
			t.Errorf("after the deletion: %d", a.status)
		}
		h.recorded("user.locked", "ops")
		for _, action := range []string{"user.password_set", "user.signed_out", "user.deleted"} {
			found, err := audit.Timeline(t.Context(), h.acme, audit.Filter{Action: action}, page.Request{})
			must(t, err)
			if len(found.Items) == 0 || found.Items[0].Details.V["why"] != "given" {
				t.Errorf("%s keeps no reason: %+v", action, found.Items)
			}
		}
	})
}

// recorded looks for the event that a deed through the API leaves (R130).
func (h *house) recorded(action, client string) {
	h.t.Helper()
	found, err := audit.Timeline(h.t.Context(), h.acme, audit.Filter{Action: action}, page.Request{})
	must(h.t, err)
	if len(found.Items) != 1 || found.Items[0].Via != "api" || found.Items[0].ActorName != client || found.Items[0].ActorType != "api_client" {
		h.t.Errorf("%s: %+v", action, found.Items)
	}
}

func TestApplicationsLiveThroughTheAPI(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "ops", everything)
		create := request{
			tenant: "acme", client: "ops", method: "POST", path: "/applications", header: map[string]string{"Idempotency-Key": "k1"},
			body: `{"application_type":"web","client_name":"Portal","redirect_uris":["https://portal.example.com/callback"],
				"contacts":["ops@example.com"],"default_max_age":0,"require_auth_time":true,"tos_uri":"https://portal.example.com/terms"}`,
		}
		made := h.do(create)
		if made.status != 201 || !strings.HasPrefix(made.text("client_secret"), "gts_") {
			t.Fatalf("%d %s", made.status, made.body)
		}
		if again := h.do(create); again.status != 201 || string(again.body) != string(made.body) {
			t.Errorf("the same request again: %d %s", again.status, again.body)
		}
		create.body = strings.Replace(create.body, "Portal", "Other", 1)
		if a := h.do(create); a.status != 409 {
			t.Errorf("the same key for another request: %d", a.status)
		}
		one := "/applications/" + made.text("id")
		got := h.do(request{tenant: "acme", client: "ops", method: "GET", path: one})
		if strings.Contains(string(got.body), "gts_") {
			t.Error("the secret is shown a second time (R37)")
		}
		changed := h.do(request{
			tenant: "acme", client: "ops", method: "PATCH", path: one, header: map[string]string{"If-Match": got.header.Get("ETag")},
			body: `{"redirect_uris":["https://portal.example.com/callback","https://portal.example.com/other"],"require_auth_time":false,"tos_uri":""}`,
		})
		options := `"contacts":["ops@example.com"],"default_max_age":0`
		if changed.status != 200 || changed.text("client_name") != "Portal" || !strings.Contains(string(changed.body), options) || strings.Contains(string(changed.body), "tos_uri") {
			t.Errorf("%d %s", changed.status, changed.body)
		}
		second := h.do(request{tenant: "acme", client: "ops", method: "POST", path: one + "/secrets", body: `{"lifetime_seconds":3600}`})
		if second.status != 201 {
			t.Errorf("%d %s", second.status, second.body)
		}
		if third := h.do(request{tenant: "acme", client: "ops", method: "POST", path: one + "/secrets"}); third.status != 409 {
			t.Errorf("a third secret (R37): %d", third.status)
		}
		for _, deed := range []request{
			{method: "DELETE", path: one + "/secrets/" + second.text("id")},
			{method: "POST", path: one + "/revoke", body: `{"reason":"leaked"}`},
			{method: "POST", path: one + "/disable", body: `{"reason":"leaked"}`},
			{method: "POST", path: one + "/enable"},
			{method: "DELETE", path: one},
		} {
			deed.tenant, deed.client = "acme", "ops"
			if a := h.do(deed); a.status != 204 {
				t.Errorf("%s %s: %d %s", deed.method, deed.path, a.status, a.body)
			}
		}
	})
}

// R46: who may register applications, and by which tokens.
func TestRegistration_R46(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "ops", everything)
		settings := `{"settings":{"registration":"token","registration_require_pkce":false,"registration_grant_types":["authorization_code","implicit"],"client_id_metadata_documents":true}}`
		latest := map[string]string{"If-Match": h.do(request{tenant: "acme", client: "ops", method: "GET", path: "/tenant"}).header.Get("ETag")}
		if a := h.do(request{tenant: "acme", client: "ops", method: "PATCH", path: "/tenant", header: latest, body: settings}); a.status != 200 ||
			!strings.Contains(string(a.body), `"registration":"token","registration_require_pkce":false`) {
			t.Errorf("%d %s", a.status, a.body)
		}
		for _, bad := range []string{`{"registration":"all"}`, `{"registration_grant_types":["magic"]}`} {
			latest["If-Match"] = h.do(request{tenant: "acme", client: "ops", method: "GET", path: "/tenant"}).header.Get("ETag")
			a := h.do(request{tenant: "acme", client: "ops", method: "PATCH", path: "/tenant", header: latest, body: `{"settings":` + bad + `}`})
			if a.status != 422 {
				t.Errorf("%s: %d %s", bad, a.status, a.body)
			}
		}
		made := h.do(request{tenant: "acme", client: "ops", method: "POST", path: "/registration-tokens", body: `{"name":"ci","expires_in":3600,"max_uses":2}`})
		if made.status != 201 || !strings.HasPrefix(made.text("token"), "gti_") {
			t.Fatalf("%d %s", made.status, made.body)
		}
		if a := h.do(request{tenant: "acme", client: "ops", method: "GET", path: "/registration-tokens"}); strings.Contains(string(a.body), "gti_") || !strings.Contains(string(a.body), `"max_uses":2`) {
			t.Errorf("%s", a.body)
		}
		if a := h.do(request{tenant: "acme", client: "ops", method: "POST", path: "/registration-tokens", body: `{"name":"ci","expires_in":1}`}); a.status != 422 {
			t.Errorf("%d %s", a.status, a.body)
		}
		for _, status := range []int{204, 404} {
			if a := h.do(request{tenant: "acme", client: "ops", method: "DELETE", path: "/registration-tokens/" + made.text("id")}); a.status != status {
				t.Errorf("%d %s, want %d", a.status, a.body, status)
			}
		}
	})
}

// R102: JSON is read strictly.
func TestJSONIsReadStrictly_R102(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "ops", everything)
		for _, c := range []struct {
			name, body, kind string
			status           int
		}{
			{"bad JSON", `{"username": `, "", 400},
			{"repeated name", `{"username":"a","username":"b"}`, "", 400},
			{"unknown name", `{"username":"a","admin":true}`, "", 422},
			{"another case", `{"Username":"a"}`, "", 422},
			{"wrong type", `{"username":7}`, "", 422},
			{"something behind it", `{"username":"a"} {}`, "", 400},
			{"a form", `username=a`, "application/x-www-form-urlencoded", 415},
			{"too large", `{"username":"` + strings.Repeat("a", 70<<10) + `"}`, "", 413},
		} {
			q := request{tenant: "acme", client: "ops", method: "POST", path: "/users", body: c.body}
			if c.kind != "" {
				q.header = map[string]string{"Content-Type": c.kind}
			}
			if a := h.do(q); a.status != c.status || a.header.Get("Content-Type") != "application/problem+json" || a.text("instance") == "" {
				t.Errorf("%s: %d %s", c.name, a.status, a.body)
			}
		}
		if a := h.do(request{tenant: "acme", client: "ops", method: "GET", path: "/users"}); strings.Contains(string(a.body), "username") {
			t.Errorf("something was made: %s", a.body)
		}
	})
}

// calls are every route with something that finds it.
var calls = []request{
	{method: "GET", path: "/tenant"},
	{method: "PATCH", path: "/tenant", body: `{}`},
	{method: "GET", path: "/branding"},
	{method: "PUT", path: "/branding", body: `{"tokens":{}}`},
	{method: "GET", path: "/applications"},
	{method: "POST", path: "/applications", body: `{"application_type":"service"}`},
	{method: "GET", path: "/applications/x"},
	{method: "PATCH", path: "/applications/x", body: `{}`},
	{method: "DELETE", path: "/applications/x"},
	{method: "POST", path: "/applications/x/revoke"},
	{method: "POST", path: "/applications/x/disable"},
	{method: "POST", path: "/applications/x/enable"},
	{method: "GET", path: "/applications/x/secrets"},
	{method: "POST", path: "/applications/x/secrets"},
	{method: "DELETE", path: "/applications/x/secrets/y"},
	{method: "GET", path: "/registration-tokens"},
	{method: "POST", path: "/registration-tokens", body: `{"name":"x"}`},
	{method: "DELETE", path: "/registration-tokens/x"},
	{method: "GET", path: "/users"},
	{method: "POST", path: "/users", body: `{"username":"x"}`},
	{method: "GET", path: "/users/x"},
	{method: "PATCH", path: "/users/x", body: `{}`},
	{method: "DELETE", path: "/users/x"},
	{method: "PUT", path: "/users/x/password", body: `{"password":"x"}`},
	{method: "POST", path: "/users/x/lock"},
	{method: "POST", path: "/users/x/unlock"},
	{method: "POST", path: "/users/x/disable"},
	{method: "POST", path: "/users/x/enable"},
	{method: "GET", path: "/users/x/sessions"},
	{method: "DELETE", path: "/users/x/sessions"},
	{method: "GET", path: "/sessions/x"},
	{method: "DELETE", path: "/sessions/x"},
	{method: "GET", path: "/resource-servers"},
	{method: "POST", path: "/resource-servers", body: `{"name":"x","identifier":"https://x.example"}`},
	{method: "GET", path: "/resource-servers/x"},
	{method: "PUT", path: "/resource-servers/x", body: `{"identifier":"https://x.example"}`},
	{method: "DELETE", path: "/resource-servers/x"},
	{method: "GET", path: "/claim-rules"},
	{method: "POST", path: "/claim-rules", body: `{"name":"x","claim":"x","expression":"1","targets":["userinfo"]}`},
	{method: "POST", path: "/claim-rules/preview", body: `{"application":"ops"}`},
	{method: "GET", path: "/claim-rules/x"},
	{method: "PUT", path: "/claim-rules/x", body: `{"claim":"x","expression":"1","targets":["userinfo"]}`},
	{method: "DELETE", path: "/claim-rules/x"},
	{method: "GET", path: "/logouts"},
	{method: "POST", path: "/logouts/x/retry"},
	{method: "GET", path: "/backchannel-requests"},
	{method: "POST", path: "/backchannel-requests/x/approve"},
	{method: "POST", path: "/backchannel-requests/x/deny"},
	{method: "GET", path: "/events"},
	{method: "GET", path: "/attempts"},
	{method: "GET", path: "/attempts/7K4-Q2M"},
}

// R7: what is not allowed is denied, on every route.
func TestEveryRouteNeedsItsPermission_R6_R7(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "nothing", access.Client{Permissions: []access.Permission{access.KeysRead}})
		for _, q := range calls {
			q.tenant = "acme"
			// RFC 9728 §5.1: the challenge says where to learn who gives tokens.
			known := "Bearer resource_metadata=\"" + h.url + "/.well-known/oauth-protected-resource/t/acme/api/v1\""
			if a := h.do(q); a.status != 401 || !strings.Contains(a.header.Get("WWW-Authenticate"), known) {
				t.Errorf("%s %s by nobody: %d %s", q.method, q.path, a.status, a.header.Get("WWW-Authenticate"))
			}
			q.client = "nothing"
			if a := h.do(q); a.status != 403 {
				t.Errorf("%s %s without permission: %d %s", q.method, q.path, a.status, a.body)
			}
		}
	})
}

// R4, R5: another tenant's things look like things that do not exist.
func TestOtherTenantsAreNotThere_R5(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		other := h.db.Tenant(h.tenant("other").TenantID)
		h.client(h.acme, "ops", everything)
		h.client(other, "theirs", everything)
		made := h.do(request{tenant: "other", client: "theirs", method: "POST", path: "/users", body: `{"username":"bob"}`})
		foreign := h.do(request{tenant: "acme", client: "ops", method: "GET", path: "/users/" + made.text("id")})
		missing := h.do(request{tenant: "acme", client: "ops", method: "GET", path: "/users/01990000-0000-7000-8000-000000000000"})
		foreign.body = []byte(strings.Replace(string(foreign.body), foreign.text("instance"), missing.text("instance"), 1))
		if foreign.status != 404 || string(foreign.body) != string(missing.body) {
			t.Errorf("%d %s\n%s", foreign.status, foreign.body, missing.body)
		}
		if a := h.do(request{tenant: "other", client: "ops", method: "GET", path: "/users"}); a.status != 401 {
			t.Errorf("a client of another tenant: %d", a.status)
		}
		if a := h.do(request{tenant: "acme", client: "ops", method: "GET", path: "/tenants"}); a.status != 404 {
			t.Errorf("all tenants, from within one: %d", a.status)
		}
	})
}

// R5: a tenant that a client may not see is not there either.
func TestHiddenTenantsAreNotThere_R5(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		root, err := h.tenants.ByName(t.Context(), models.DefaultTenant)
		must(t, err)
		h.client(h.db.Tenant(root.TenantID), "inner", access.Client{Permissions: access.Permissions()})
		for method, path := range map[string]string{"GET": "", "POST": "/suspend"} {
			hidden := h.do(request{tenant: "default", client: "inner", method: method, path: "/tenants/acme" + path})
			missing := h.do(request{tenant: "default", client: "inner", method: method, path: "/tenants/nowhere" + path})
			hidden.body = []byte(strings.Replace(string(hidden.body), hidden.text("instance"), missing.text("instance"), 1))
			if hidden.status != 404 || string(hidden.body) != string(missing.body) {
				t.Errorf("%d %s\n%s", hidden.status, hidden.body, missing.body)
			}
		}
	})
}

// R130: who was refused what stands in the log.
func TestRefusalsAreRecorded_R130(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "reader", access.Client{Permissions: []access.Permission{access.UsersRead, access.ApplicationsWrite}})
		h.client(h.acme, "mighty", everything)
		mighty, err := applications.ByName(t.Context(), h.acme, "mighty")
		must(t, err)
		wrong := request{tenant: "acme", method: "GET", path: "/users", header: map[string]string{"Authorization": "Basic cmVhZGVyOndyb25n"}}
		for _, q := range []request{
			{tenant: "acme", method: "GET", path: "/users"},
			{tenant: "acme", client: "reader", method: "GET", path: "/users"},
			{tenant: "acme", client: "reader", method: "GET", path: "/users/x"},
			wrong,
			{tenant: "acme", client: "reader", method: "DELETE", path: "/users/x"},
			{tenant: "acme", client: "reader", method: "POST", path: "/applications/" + mighty.ID + "/secrets"},
		} {
			h.do(q)
		}
		found, err := audit.Timeline(t.Context(), h.acme, audit.Filter{Action: audit.AccessRefused}, page.Request{})
		must(t, err)
		var got []string
		for _, e := range found.Items {
			got = append(got, fmt.Sprintln(e.Reason, e.Details.V["permission"], e.Details.V["method"], e.Details.V["route"], e.ActorType, e.Via, e.ApplicationID != ""))
		}
		want := []string{
			"access.grant_exceeds applications:write POST /api/v1/applications/:application/secrets api_client api false\n",
			"access.denied users:write DELETE /api/v1/users/:user api_client api true\n",
			"access.unauthenticated users:read GET /api/v1/users anonymous api true\n",
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s", strings.Join(got, ""))
		}
	})
}

// R36, R66: with its tenant a client is kept out, by secret and by token.
func TestSuspendedTenantsClients_R36_R66(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "ops", everything)
		token, err := h.mint.AccessToken(t.Context(), h.acme, tokens.Access{
			Issuer: h.url + "/t/acme", Subject: "client:ops", ClientID: "ops", Audience: []string{h.url + "/t/acme/api/v1"},
			Scope: "users:read", Lifetime: time.Minute,
		})
		must(t, err)
		_, err = h.tenants.Suspend(h.operator(), h.acme, "test")
		must(t, err)
		for want, q := range map[reason.Code]request{
			reason.TenantSuspended:    {client: "ops"},
			reason.AccessUnauthorized: {header: map[string]string{"Authorization": "Bearer " + token}}, // it ended with the rest
		} {
			q.tenant, q.method, q.path = "acme", "GET", "/users"
			if a := h.do(q); a.status/100 != 4 || a.text("code") != string(want) {
				t.Errorf("%s: %d %s", want, a.status, a.body)
			}
		}
	})
}

// R8: support ends no session of an owner through the API.
func TestOwnersSessionsAreLeftAlone_R8(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		system := h.db.Tenant(h.access.System)
		owner, err := h.users.CreateAdministrator(h.operator(), system, users.New{
			Profile: users.Profile{Username: "olivia"},
		}, access.Assignment{Role: access.Owner})
		must(t, err)
		keeper := &sessions.Keeper{Now: func() time.Time { return h.now }}
		var live models.Session
		must(t, system.Write(t.Context(), func(tx *store.Tx) error {
			live, _, err = keeper.Begin(t.Context(), tx, sessions.New{UserID: owner.ID, Kind: models.SessionConsole})
			return err
		}))
		h.client(system, "helpdesk", access.Client{Permissions: access.Support.Permissions()})
		for _, path := range []string{"/sessions/" + live.ID, "/users/" + owner.ID + "/sessions"} {
			a := h.do(request{tenant: "system", client: "helpdesk", method: "DELETE", path: path})
			if a.status != 403 || a.text("code") != string(reason.AccessGrant) {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
		}
	})
}

func (h *house) tenant(name string) *models.Tenant {
	h.t.Helper()
	root, err := h.tenants.ByName(h.t.Context(), models.DefaultTenant)
	must(h.t, err)
	in := h.db.Tenant(root.TenantID)
	if _, err := h.access.Clients(h.operator(), in); err != nil {
		h.t.Fatal(err)
	}
	h.client(in, "root", access.Client{Permissions: access.Permissions(), Tenants: []string{access.EveryTenant}})
	made := h.do(request{tenant: "default", client: "root", method: "POST", path: "/tenants", body: `{"name":"` + name + `"}`})
	if made.status != 201 {
		h.t.Fatalf("%d %s", made.status, made.body)
	}
	row, err := h.tenants.ByName(h.t.Context(), name)
	must(h.t, err)
	return row
}

func TestTenantsLiveThroughTheAPI(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.tenant("beta")
		listed := h.do(request{tenant: "default", client: "root", method: "GET", path: "/tenants?limit=2"})
		if items, _ := listed.get("items").([]any); len(items) != 2 || listed.text("next") == "" {
			t.Fatalf("%s", listed.body)
		}
		if next := h.do(request{tenant: "default", client: "root", method: "GET", path: "/tenants?limit=2&after=" + listed.text("next")}); next.status != 200 {
			t.Errorf("%d %s", next.status, next.body)
		}
		for _, deed := range []string{"suspend", "activate"} {
			if a := h.do(request{tenant: "default", client: "root", method: "POST", path: "/tenants/beta/" + deed}); a.status != 204 {
				t.Errorf("%s: %d %s", deed, a.status, a.body)
			}
		}
		if a := h.do(request{tenant: "default", client: "root", method: "GET", path: "/tenants/beta"}); a.text("status") != "active" {
			t.Errorf("%s", a.body)
		}
		h.client(h.acme, "ops", everything)
		for _, body := range []string{"", `{"reason":"a breach"}`} {
			if a := h.do(request{tenant: "acme", client: "ops", method: "POST", path: "/tenant/revoke", body: body}); a.status != 204 {
				t.Errorf("revoke: %d %s", a.status, a.body)
			}
		}
		got := h.do(request{tenant: "acme", client: "ops", method: "GET", path: "/branding"})
		set := h.do(request{
			tenant: "acme", client: "ops", method: "PUT", path: "/branding", header: map[string]string{"If-Match": got.header.Get("ETag")},
			body: `{"tokens":{"brand":"#aa0000"}}`,
		})
		if set.status != 200 {
			t.Errorf("%d %s", set.status, set.body)
		}
		bad := h.do(request{
			tenant: "acme", client: "ops", method: "PUT", path: "/branding", header: map[string]string{"If-Match": set.header.Get("ETag")},
			body: `{"tokens":{"brand":"url(https://evil.example)"}}`,
		})
		if bad.status != 422 {
			t.Errorf("R117: %d %s", bad.status, bad.body)
		}
	})
}

// R12: clients are limited by address, rate and end.
func TestClientsAreLimited_R12(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		read := []access.Permission{access.UsersRead}
		h.client(h.acme, "elsewhere", access.Client{Permissions: read, Addresses: []string{"198.51.100.0/24"}})
		h.client(h.acme, "slow", access.Client{Permissions: read, RatePerMinute: 2})
		h.client(h.acme, "short", access.Client{Permissions: read, ExpiresAt: h.now.Add(time.Hour)})
		list := request{tenant: "acme", method: "GET", path: "/users"}
		list.client = "elsewhere"
		if a := h.do(list); a.status != 403 {
			t.Errorf("from another address: %d", a.status)
		}
		list.client = "slow"
		h.do(list)
		h.do(list)
		if a := h.do(list); a.status != 429 || a.header.Get("Retry-After") == "" {
			t.Errorf("too fast (R84): %d", a.status)
		}
		list.client = "short"
		h.now = h.now.Add(2 * time.Hour)
		if a := h.do(list); a.status != 401 {
			t.Errorf("after its end: %d", a.status)
		}
	})
}

// R8: whoever has a client's secret has its rights, so nobody makes one for a
// client that may do more than he may, nor changes how it proves itself.
func TestNobodyBecomesAMightierClient_R8(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "mighty", access.Client{Permissions: access.Permissions(), Tenants: []string{access.EveryTenant}})
		h.client(h.acme, "equal", access.Client{Permissions: []access.Permission{access.ApplicationsWrite}})
		h.client(h.acme, "weak", access.Client{Permissions: []access.Permission{access.ApplicationsRead, access.ApplicationsWrite}})
		at := func(name string) string {
			a, err := applications.ByName(t.Context(), h.acme, name)
			must(t, err)
			return "/applications/" + a.ID
		}
		stolen := h.do(request{tenant: "acme", client: "weak", method: "POST", path: at("mighty") + "/secrets"})
		if stolen.status != 403 || stolen.text("code") != string(reason.AccessGrant) || stolen.get("client_secret") != nil {
			t.Errorf("a secret of a mightier client: %d %s", stolen.status, stolen.body)
		}
		for _, body := range []string{
			`{"token_endpoint_auth_method":"client_secret_post"}`, `{"jwks":{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}}`, `{"jwks_uri":"https://evil.example/jwks"}`,
			`{"tls_client_auth_subject_dn":"CN=weak"}`, `{"tls_client_auth_san_dns":"weak.example"}`, `{"tls_client_auth_san_uri":"urn:weak"}`,
			`{"tls_client_auth_san_ip":"192.0.2.7"}`, `{"tls_client_auth_san_email":"weak@example.com"}`,
		} {
			changed := h.do(request{
				tenant: "acme", client: "weak", method: "PATCH", path: at("mighty"), body: body, header: map[string]string{"If-Match": `"1"`},
			})
			if changed.status != 403 {
				t.Errorf("%s: %d %s", body, changed.status, changed.body)
			}
		}
		if a := h.do(request{tenant: "acme", client: "weak", method: "POST", path: at("equal") + "/secrets"}); a.status != 201 {
			t.Errorf("a secret of a lesser client: %d %s", a.status, a.body)
		}
		renamed := h.do(request{
			tenant: "acme", client: "weak", method: "PATCH", path: at("mighty"), body: `{"client_name":"Backups"}`,
			header: map[string]string{"If-Match": `"1"`},
		})
		if renamed.status != 200 {
			t.Errorf("a name proves nothing: %d %s", renamed.status, renamed.body)
		}
	})
}

// R8: whoever decides whose certificates are believed could pose as any client
// that proves itself by one.
func TestNobodyVouchesForAMightierClient_R8(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "weak", access.Client{Permissions: []access.Permission{access.TenantsRead, access.TenantsWrite}})
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(t, err)
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{}, key.Public(), key)
		must(t, err)
		change := func(version, settings string) answer {
			return h.do(request{
				tenant: "acme", client: "weak", method: "PATCH", path: "/tenant", body: settings, header: map[string]string{"If-Match": version},
			})
		}
		authorities, err := json.Marshal(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
		must(t, err)
		believing := `{"settings":{"client_certificate_authorities":` + string(authorities) + `}}`
		if a := change(`"1"`, believing); a.status != 200 {
			t.Fatalf("nobody is mightier: %d %s", a.status, a.body)
		}
		h.client(h.acme, "mighty", access.Client{Permissions: access.Permissions()})
		if a := change(`"2"`, `{"settings":{}}`); a.status != 403 || a.text("code") != string(reason.AccessGrant) {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := change(`"2"`, `{"display_name":"Acme"}`); a.status != 200 {
			t.Errorf("a name vouches for nobody: %d %s", a.status, a.body)
		}
	})
}

// R11: bearer tokens need this API as their audience, and their scopes narrow
// what is looked up.
func TestBearerTokens_R11(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "ops", everything)
		issuer := h.url + "/t/acme"
		for _, c := range []struct {
			name, scope, audience, path string
			status                      int
		}{
			{"its own audience and scope", "users:read", issuer + "/api/v1", "/users", 200},
			{"a scope too few", "events:read", issuer + "/api/v1", "/users", 403},
			{"another audience", "users:read", issuer, "/users", 401},
			{"a scope that the client lacks", "nothing:read", issuer + "/api/v1", "/users", 403},
		} {
			token, err := h.mint.AccessToken(t.Context(), h.acme, tokens.Access{
				Issuer: issuer, Subject: "client:ops", ClientID: "ops", Audience: []string{c.audience}, Scope: c.scope, Lifetime: time.Minute,
			})
			must(t, err)
			a := h.do(request{tenant: "acme", method: "GET", path: c.path, header: map[string]string{"Authorization": "Bearer " + token}})
			if a.status != c.status {
				t.Errorf("%s: %d %s", c.name, a.status, a.body)
			}
		}
	})
}

func TestDescriptionIsOpen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a := h.do(request{tenant: "acme", method: "GET", path: "/openapi.json"})
		if a.status != http.StatusOK || a.text("openapi") == "" {
			t.Errorf("%d", a.status)
		}
	})
}
