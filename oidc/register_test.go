package oidc_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/identity/applications"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// registers sends JSON to the registration endpoint, or below it.
func (h *house) registers(method, at, token string, body any) answer {
	h.t.Helper()
	text := ""
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			h.t.Fatal(err)
		}
		text = string(raw)
	}
	if !strings.HasPrefix(at, "http") {
		at = h.issuer + "/oauth2/register" + at
	}
	r, err := http.NewRequest(method, at, strings.NewReader(text))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return h.ask(r)
}

// metadata is that of a good registration, with some set otherwise.
func metadata(set map[string]any) map[string]any {
	m := map[string]any{
		"redirect_uris": []string{"https://rp.example/cb", "https://rp.example/cb?foo=bar"}, "contacts": []string{"ada@example.com"},
		"client_name": "Portal", "client_name#de": "Portal", "unknown": map[string]any{"x": []int{1}},
	}
	maps.Copy(m, set)
	for name, value := range set {
		if value == nil {
			delete(m, name)
		}
	}
	return m
}

// as what was registered, for the other helpers.
func (h *house) made(a answer) *registered {
	h.t.Helper()
	if a.status != http.StatusCreated {
		h.t.Fatalf("%d %s", a.status, a.raw)
	}
	row, err := h.apps.ByClientID(h.operator(), h.tenant, a.text("client_id"))
	if err != nil {
		h.t.Fatal(err)
	}
	return &registered{row, a.text("client_secret")}
}

// R46, RFC 7591, RFC 7592, OpenID Connect Dynamic Client Registration: an
// application registers, signs a user in who is asked first, changes itself and
// goes.
func TestRegistration_R46(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		if got := h.registers("POST", "", "", metadata(nil)); got.status != 404 {
			t.Fatalf("off by default: %d %s", got.status, got.raw)
		}
		h.row.Settings.V.Registration = models.RegistrationOpen
		got := h.registers("POST", "", "", metadata(map[string]any{"software_id": "s1"}))
		for name, want := range map[string]any{
			"application_type": "web", "token_endpoint_auth_method": "client_secret_basic", "id_token_signed_response_alg": "RS256",
			"subject_type": "public", "client_secret_expires_at": 0.0, "client_name": "Portal", "software_id": "s1",
			"scope": models.DefaultRegistrationScope, "require_pkce": true,
		} {
			if got.body[name] != want {
				t.Errorf("%s is %v, want %v", name, got.body[name], want)
			}
		}
		if got.body["client_id_issued_at"] == 0.0 || got.text("client_secret") == "" || strings.Contains(got.raw, "unknown") {
			t.Errorf("%s", got.raw)
		}
		app, at, token := h.made(got), got.text("registration_client_uri"), got.text("registration_access_token")
		if app.FirstParty {
			t.Error("a stranger's application is one of the tenant's own")
		}
		h.decide(h.consent(h.authorizeURL(app)), "allow")
		answer := h.signedIn(h.authorizeURL(app, "redirect_uri", "https://rp.example/cb?foo=bar"))
		h.exchange(app, answer.Get("code"), map[string]string{"redirect_uri": "https://rp.example/cb?foo=bar"}).expect(t, 200, "")

		if got = h.registers("GET", at, token, nil); got.status != 200 || got.text("registration_access_token") != token || got.text("client_secret") != "" {
			t.Errorf("%d %s", got.status, got.raw)
		}
		h.registers("GET", at, token+"x", nil).expect(t, 401, "invalid_token")
		h.registers("GET", at, "", nil).expect(t, 401, "invalid_token")
		h.registers("PUT", at, token, metadata(map[string]any{"client_id": "other"})).expect(t, 400, "invalid_client_metadata")
		h.registers("PUT", at, token, metadata(map[string]any{"client_id": app.ClientID, "client_secret": "chosen"})).expect(t, 400, "invalid_client_metadata")
		got = h.registers("PUT", at, token, metadata(map[string]any{"client_id": app.ClientID, "client_secret": app.secret, "client_name": "Gate", "contacts": nil}))
		if got.status != 200 || got.text("client_name") != "Gate" || got.body["contacts"] != nil || got.text("registration_access_token") == token {
			t.Errorf("%d %s", got.status, got.raw)
		}
		h.registers("GET", at, token, nil).expect(t, 401, "invalid_token") // it rotates
		token = got.text("registration_access_token")
		tokens := h.exchange(app, h.signedIn(h.authorizeURL(app)).Get("code"), nil)
		h.userinfo(tokens.text("access_token")).expect(t, 200, "")
		code := h.signedIn(h.authorizeURL(app)).Get("code")
		if got = h.registers("DELETE", at, token, nil); got.status != 204 {
			t.Errorf("%d %s", got.status, got.raw)
		}
		h.registers("GET", at, token, nil).expect(t, 401, "invalid_token")
		// RFC 7592 §2.3: what it was given ends with it.
		h.clock.add(2 * time.Second)
		h.userinfo(tokens.text("access_token")).expect(t, 401, "invalid_token")
		h.exchange(app, code, nil).expect(t, 401, "invalid_client")
		h.refusedOwn(h.authorizeURL(app), "oauth.client_unknown")
		h.expectAttempt("registration", "oauth.registration_token")
	})
}

// R46, R84: strangers cannot fill a tenant with applications. Whoever was given a
// token is not held up by them, and a registration that ends makes room.
func TestOpenRegistrationsAreBounded_R84(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		h.row.Settings.V.Registration, h.row.Settings.V.RegistrationOpenLimit = models.RegistrationOpen, 2
		first := h.registers("POST", "", "", metadata(nil))
		first.expect(t, 201, "")
		h.registers("POST", "", "", metadata(nil)).expect(t, 201, "")
		h.registers("POST", "", "", metadata(nil)).expect(t, 400, "access_denied")
		h.expectAttempt("registration", "oauth.registration_full")
		_, token, err := h.apps.CreateInitialToken(h.operator(), h.tenant, applications.NewInitialToken{Name: "team"})
		if err != nil {
			t.Fatal(err)
		}
		h.registers("POST", "", token, metadata(nil)).expect(t, 201, "")
		h.registers("DELETE", first.text("registration_client_uri"), first.text("registration_access_token"), nil).expect(t, 204, "")
		h.registers("POST", "", "", metadata(nil)).expect(t, 201, "")
		h.registers("POST", "", "", metadata(nil)).expect(t, 400, "access_denied")
	})
}

// RFC 7591 §3.2.2: what is refused, and how.
func TestRegistrationRefused_R46(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	h.row.Settings.V.Registration = models.RegistrationOpen
	for name, test := range map[string]struct {
		set map[string]any
		err string
	}{
		"no redirect URI":    {map[string]any{"redirect_uris": nil}, "invalid_redirect_uri"},
		"fragment":           {map[string]any{"redirect_uris": []string{"https://rp.example/cb#x"}}, "invalid_redirect_uri"},
		"http":               {map[string]any{"redirect_uris": []string{"http://rp.example/cb"}}, "invalid_redirect_uri"},
		"script":             {map[string]any{"redirect_uris": []string{"javascript:alert(1)"}}, "invalid_redirect_uri"},
		"no list":            {map[string]any{"redirect_uris": "https://rp.example/cb"}, "invalid_redirect_uri"},
		"scheme of the web":  {map[string]any{"redirect_uris": []string{"com.example.app:/cb"}}, "invalid_redirect_uri"},
		"application_type":   {map[string]any{"application_type": "device"}, "invalid_client_metadata"},
		"grant not allowed":  {map[string]any{"grant_types": []string{"implicit"}}, "invalid_client_metadata"},
		"unknown grant":      {map[string]any{"grant_types": []string{"magic"}}, "invalid_client_metadata"},
		"response type":      {map[string]any{"response_types": []string{"code id_token"}}, "invalid_client_metadata"},
		"method":             {map[string]any{"token_endpoint_auth_method": "magic"}, "invalid_client_metadata"},
		"keys missing":       {map[string]any{"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"},
		"keys twice":         {map[string]any{"jwks": newPen(t, "ES256", nil).public, "jwks_uri": "https://rp.example/jwks"}, "invalid_client_metadata"},
		"link":               {map[string]any{"policy_uri": "javascript:alert(1)"}, "invalid_client_metadata"},
		"subject type":       {map[string]any{"subject_type": "secret"}, "invalid_client_metadata"},
		"algorithm none":     {map[string]any{"id_token_signed_response_alg": "none"}, "invalid_client_metadata"},
		"type of a choice":   {map[string]any{"default_max_age": "long"}, "invalid_client_metadata"},
		"foreign scope":      {map[string]any{"scope": "admin"}, "invalid_client_metadata"},
		"login not by https": {map[string]any{"initiate_login_uri": "http://rp.example/login"}, "invalid_client_metadata"},
		"frame elsewhere":    {map[string]any{"frontchannel_logout_uri": "https://other.example/front"}, "invalid_client_metadata"},
		"told not by https":  {map[string]any{"backchannel_logout_uri": "http://rp.example/told"}, "invalid_client_metadata"},
		"told with fragment": {map[string]any{"backchannel_logout_uri": "https://rp.example/told#x"}, "invalid_client_metadata"},
		"enc without alg":    {map[string]any{"id_token_encrypted_response_enc": "A256GCM"}, "invalid_client_metadata"},
		"code without its grant": {
			map[string]any{"grant_types": []string{"refresh_token"}, "response_types": []string{"code"}}, "invalid_client_metadata",
		},
		"userinfo by none":    {map[string]any{"userinfo_encrypted_response_alg": "none"}, "invalid_client_metadata"},
		"sector not by https": {map[string]any{"sector_identifier_uri": "http://rp.example/sector"}, "invalid_client_metadata"},
		"two hosts, pairwise": {
			map[string]any{"subject_type": "pairwise", "redirect_uris": []string{"https://a.example/cb", "https://b.example/cb"}}, "invalid_client_metadata",
		},
		"private key":           {map[string]any{"jwks": map[string]any{"keys": []any{map[string]any{"kty": "oct", "k": "c2VjcmV0"}}}}, "invalid_client_metadata"},
		"statement of nobody":   {map[string]any{"software_statement": "a.b.c"}, "invalid_software_statement"},
		"sector that is absent": {map[string]any{"sector_identifier_uri": "https://127.0.0.1:1/sector"}, "invalid_client_metadata"},
	} {
		t.Run(name, func(t *testing.T) { h.registers("POST", "", "", metadata(test.set)).expect(t, 400, test.err) })
	}
	for _, text := range []string{"", "[]", "null", `{"redirect_uris":["https://rp.example/cb"],"redirect_uris":[]}`, "x"} {
		r, err := http.NewRequest("POST", h.issuer+"/oauth2/register", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		h.ask(r).expect(t, 400, "invalid_client_metadata")
	}
}

// What the tenant decides is not the application's to choose: it is left out,
// and the policy holds (R25, R44, R46).
func TestRegistrationPolicy_R46(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	no := false
	h.row.Settings.V = models.TenantSettings{
		Registration: models.RegistrationOpen, RegistrationRequirePKCE: &no, RegistrationScope: "openid read",
		RegistrationGrantTypes: []string{"authorization_code", "implicit"}, RegistrationAuthMethods: []string{"client_secret_post", "none"},
	}
	h.registers("POST", "", "", metadata(nil)).expect(t, 400, "invalid_client_metadata") // client_secret_basic
	got := h.registers("POST", "", "", metadata(map[string]any{
		"token_endpoint_auth_method": "client_secret_post", "scope": "openid write read", "first_party": true, "security_profile": "legacy",
		"token_exchange_audiences": []string{"https://api.example"}, "resources": []string{"https://api.example"}, "id_token_seconds": 86400,
		"request_object_signing_alg": "none", "client_id": "chosen", "client_secret": "chosen", "registration_access_token": "chosen",
		"grant_types": []string{"authorization_code", "implicit"}, "response_types": []string{"code id_token", "code"},
	}))
	app := h.made(got)
	if app.FirstParty || app.RequirePKCE || app.Scope != "openid read" || app.ClientID == "chosen" || app.secret == "chosen" {
		t.Errorf("%s", got.raw)
	}
	for _, option := range app.Options.V.Chosen() {
		if option.Name != "contacts" {
			t.Errorf("%s was chosen", option.Name)
		}
	}
	public := h.made(h.registers("POST", "", "", metadata(map[string]any{"token_endpoint_auth_method": "none"})))
	if !public.RequirePKCE || public.secret != "" {
		t.Error("a public client without PKCE (R25)")
	}
	native := h.registers("POST", "", "", metadata(map[string]any{
		"application_type": "native", "token_endpoint_auth_method": "none", "redirect_uris": []string{"com.example.app:/cb", "http://127.0.0.1/cb"},
	}))
	if h.made(native); native.text("application_type") != "native" {
		t.Errorf("%s", native.raw)
	}
	// OpenID Connect Registration §2: tokens in the browser go to the web alone.
	h.registers("POST", "", "", metadata(map[string]any{
		"token_endpoint_auth_method": "none", "grant_types": []string{"implicit"}, "response_types": []string{"id_token"},
		"redirect_uris": []string{"http://localhost/cb"},
	})).expect(t, 400, "invalid_redirect_uri")
}

// RFC 7591 §3: whoever holds an initial access token, as long and as often as
// it holds.
func TestInitialToken_R46(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		h.row.Settings.V.Registration = models.RegistrationToken
		h.registers("POST", "", "", metadata(nil)).expect(t, 401, "invalid_token")
		h.registers("POST", "", "gti_wrong", metadata(nil)).expect(t, 401, "invalid_token")
		initial := func(uses int) (string, string) {
			row, text, err := h.apps.CreateInitialToken(h.operator(), h.tenant, applications.NewInitialToken{Name: "ci", Lifetime: time.Hour, MaxUses: uses})
			if err != nil {
				t.Fatal(err)
			}
			return row.ID, text
		}
		_, text := initial(2)
		var wg sync.WaitGroup
		status := make([]int, 6)
		for i := range status {
			wg.Go(func() { status[i] = h.registers("POST", "", text, metadata(nil)).status })
		}
		wg.Wait()
		count := map[int]int{}
		for _, s := range status {
			count[s]++
		}
		if count[201] != 2 || count[401] != 4 {
			t.Errorf("two uses: %v", status)
		}
		id, text := initial(0)
		h.made(h.registers("POST", "", text, metadata(nil)))
		h.registers("POST", "", text, metadata(map[string]any{"redirect_uris": nil})).expect(t, 400, "invalid_redirect_uri")
		h.clock.add(time.Hour)
		h.registers("POST", "", text, metadata(nil)).expect(t, 401, "invalid_token")
		if err := h.apps.RevokeInitialToken(h.operator(), h.tenant, id); err != nil {
			t.Error(err)
		}
		left, err := h.apps.InitialTokens(h.operator(), h.tenant)
		if err != nil || len(left) != 1 || left[0].Uses != 2 {
			t.Errorf("%+v %v", left, err)
		}
	})
}

// RFC 7591 §2.3: a statement that the tenant believes opens the door, and what
// it says comes first.
func TestSoftwareStatement_R46(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	trusted, stranger := newPen(t, "ES256", nil), newPen(t, "ES256", nil)
	h.row.Settings.V.Registration, h.row.Settings.V.RegistrationStatementJWKS = models.RegistrationToken, trusted.public
	claims := map[string]any{"iss": "https://scheme.example", "software_id": "s1", "client_name": "Certified", "exp": h.clock.Now().Unix() + 60}
	statement := trusted.sign(claims)
	got := h.registers("POST", "", "", metadata(map[string]any{"software_statement": statement}))
	if h.made(got); got.text("client_name") != "Certified" || got.text("software_statement") != statement || got.text("software_id") != "s1" {
		t.Errorf("%s", got.raw)
	}
	for name, text := range map[string]string{
		"stranger": stranger.sign(claims), "no issuer": trusted.sign(map[string]any{"software_id": "s1"}),
		"over": trusted.sign(map[string]any{"iss": "x", "exp": h.clock.Now().Unix()}),
	} {
		t.Run(name, func(t *testing.T) {
			h.registers("POST", "", "", metadata(map[string]any{"software_statement": text})).expect(t, 400, "invalid_software_statement")
		})
	}
}

// OpenID Connect Registration §5: a sector lists every redirect URI.
func TestSectorIdentifier(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	h.row.Settings.V.Registration = models.RegistrationOpen
	listed := `["https://rp.example/cb"]`
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, listed)
	}))
	t.Cleanup(files.Close)
	m := metadata(map[string]any{"sector_identifier_uri": files.URL + "/sector", "subject_type": "pairwise"})
	h.registers("POST", "", "", m).expect(t, 400, "invalid_client_metadata")
	listed = `["https://rp.example/cb","https://rp.example/cb?foo=bar"]`
	if got := h.registers("POST", "", "", m); h.made(got) == nil || got.text("subject_type") != "pairwise" {
		t.Errorf("%s", got.raw)
	}
}

// A client that proves itself by its keys, as the conformance plans register it.
func TestRegistrationWithKeys(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	h.row.Settings.V.Registration = models.RegistrationOpen
	p := newPen(t, "PS256", nil)
	got := h.registers("POST", "", "", metadata(map[string]any{
		"token_endpoint_auth_method": "private_key_jwt", "jwks": p.public, "token_endpoint_auth_signing_alg": "PS256",
		"grant_types": []string{"authorization_code", "refresh_token"}, "response_types": []string{"code"},
	}))
	if app := h.made(got); app.secret != "" || got.body["jwks"] == nil || got.body["client_secret_expires_at"] != nil {
		t.Errorf("%s", got.raw)
	}
}

// The metadata names the endpoint where there is one.
func TestRegistrationEndpointIsNamed(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	named := func() any {
		r, err := http.NewRequest("GET", h.issuer+"/.well-known/openid-configuration", nil)
		if err != nil {
			t.Fatal(err)
		}
		return h.ask(r).body["registration_endpoint"]
	}
	if got := named(); got != nil {
		t.Errorf("off: %v", got)
	}
	h.row.Settings.V.Registration = models.RegistrationToken
	if got := named(); got != h.issuer+"/oauth2/register" {
		t.Errorf("on: %v", got)
	}
}
