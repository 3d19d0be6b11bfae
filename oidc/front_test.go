package oidc_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/identity/applications"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const everyGrant = "authorization_code refresh_token implicit"

func (h *house) legacy(name string, options models.ClientOptions) *registered {
	return h.app(application{
		name: name, method: models.AuthBasic, firstParty: true, lax: true, alg: "RS256", scope: "openid profile email offline_access",
		grants: everyGrant, responses: models.ResponseTypes(), options: options,
	})
}

func half(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// OpenID Connect Core §3.2 and §3.3: each response type gives its parts, in the
// fragment, bound to each other by hashes.
func TestResponseTypes_R24(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.legacy("legacy", models.ClientOptions{})
		for _, responseType := range models.ResponseTypes() {
			to := h.authorizeURL(app, "response_type", responseType, "code_challenge", "", "code_challenge_method", "", "scope", "openid email offline_access")
			answer := h.browse(http.MethodGet, to, nil)
			got := located(t, answer)
			if inFragment := strings.Contains(answer.header.Get("Location"), "#"); inFragment != (responseType != "code") {
				t.Errorf("%s: %s", responseType, answer.header.Get("Location"))
			}
			parts := strings.Fields(responseType)
			for name, part := range map[string]string{"code": "code", "id_token": "id_token", "access_token": "token"} {
				want := false
				for _, p := range parts {
					want = want || p == part
				}
				if got.Has(name) != want {
					t.Errorf("%s: %s: %v", responseType, name, got)
				}
			}
			if got.Get("state") != "st" || got.Get("iss") != h.issuer || got.Has("refresh_token") {
				t.Errorf("%s: %v", responseType, got)
			}
			h.checkParts(t, app, got)
		}
	})
}

func (h *house) checkParts(t *testing.T, app *registered, got url.Values) {
	t.Helper()
	if token := got.Get("access_token"); token != "" {
		if got.Get("token_type") != "Bearer" || got.Get("expires_in") == "" || strings.Contains(payload(t, token)["scope"].(string), "offline") {
			t.Errorf("%v", got)
		}
		if info := h.userinfo(token); info.status != 200 || info.text("email") == "" {
			t.Errorf("userinfo: %d %s", info.status, info.raw)
		}
	}
	if token := got.Get("id_token"); token != "" {
		claims := payload(t, token)
		if claims["nonce"] != "nn" || claims["aud"] != app.ClientID || claims["sub"] != h.user.ID {
			t.Errorf("%v", claims)
		}
		for name, of := range map[string]string{"c_hash": "code", "at_hash": "access_token"} {
			if got.Has(of) && claims[name] != half(got.Get(of)) || !got.Has(of) && claims[name] != nil {
				t.Errorf("%s: %v of %v", name, claims[name], got)
			}
		}
		// §5.4: without an access token the scopes' claims stand in the ID token.
		if alone := !got.Has("code") && !got.Has("access_token"); alone != (claims["email"] != nil) {
			t.Errorf("claims: %v", claims)
		}
	}
	if code := got.Get("code"); code != "" {
		made := h.exchange(app, code, map[string]string{"code_verifier": ""})
		if made.status != 200 || made.text("refresh_token") == "" {
			t.Errorf("code: %d %s", made.status, made.raw)
		}
		// R26: a second use ends what came beside the code, too.
		h.exchange(app, code, map[string]string{"code_verifier": ""}).expect(t, 400, "invalid_grant")
		if token := got.Get("access_token"); token != "" {
			h.expectActive(app, token, false)
		}
	}
}

// OpenID Connect Core §3.2.2.1 and OAuth 2.0 Multiple Response Types §5: refusals
// travel as the answer would have.
func TestFrontRefusals(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.legacy("legacy", models.ClientOptions{ResponseModes: []string{"query", "fragment", "jwt"}})
	for name, test := range map[string]struct {
		set []string
		err string
	}{
		"no nonce":          {[]string{"response_type", "id_token", "nonce", ""}, "invalid_request"},
		"no nonce, hybrid":  {[]string{"response_type", "code id_token", "nonce", ""}, "invalid_request"},
		"no openid":         {[]string{"response_type", "id_token", "scope", "profile"}, "invalid_scope"},
		"token in a query":  {[]string{"response_type", "token", "response_mode", "query"}, "invalid_request"},
		"signed in a query": {[]string{"response_type", "token", "response_mode", "query.jwt"}, "invalid_request"},
		"mode not for it":   {[]string{"response_type", "token", "response_mode", "form_post"}, "invalid_request"},
		"silent":            {[]string{"response_type", "id_token", "prompt", "none"}, "login_required"},
	} {
		to := h.authorizeURL(app, append([]string{"code_challenge", "", "code_challenge_method", ""}, test.set...)...)
		answer := h.browse(http.MethodGet, to, nil)
		if test.set[1] == "token" && strings.Contains(test.set[3], "form") {
			if !strings.Contains(answer.raw, test.err) { // the form
				t.Errorf("%s: %s", name, answer.raw)
			}
			continue
		}
		got := located(t, answer)
		if got.Get("error") != test.err || !strings.Contains(answer.header.Get("Location"), "#") || got.Get("state") != "st" {
			t.Errorf("%s: %s", name, answer.header.Get("Location"))
		}
	}
}

// OAuth 2.0 Multiple Response Types §2.1: a code may come in the fragment, where
// the application asks for that and does not limit itself to another mode (R29).
func TestCodeInAFragment_R29(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "spa", method: models.AuthNone, firstParty: true, scope: "openid", grants: "authorization_code"})
	refused := h.browse(http.MethodGet, h.authorizeURL(app, "response_mode", "fragment", "prompt", "none"), nil)
	if at := refused.header.Get("Location"); !strings.Contains(at, "#error=login_required") || strings.Contains(at, "?") {
		t.Errorf("refused by %s", at)
	}
	h.signedIn(h.authorizeURL(app))
	answer := h.browse(http.MethodGet, h.authorizeURL(app, "response_mode", "fragment"), nil)
	at, got := answer.header.Get("Location"), located(t, answer)
	if !strings.Contains(at, "#code=") || strings.Contains(at, "?") || got.Get("state") != "st" || got.Get("iss") != h.issuer {
		t.Errorf("answered by %s", at)
	}
	if made := h.exchange(app, got.Get("code"), nil); made.status != 200 {
		t.Errorf("the code: %d %s", made.status, made.raw)
	}
	limited := h.app(application{
		name: "limited", method: models.AuthNone, firstParty: true, scope: "openid", grants: "authorization_code",
		options: models.ClientOptions{ResponseModes: []string{"query"}},
	})
	got = located(t, h.browse(http.MethodGet, h.authorizeURL(limited, "response_mode", "fragment"), nil))
	if got.Get("error") != "invalid_request" || got.Has("code") {
		t.Errorf("the limited one: %v", got)
	}
}

// JARM §2.3 and §4: the response is one JWT of its own type, for the client.
func TestSignedResponses(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.legacy("legacy", models.ClientOptions{AuthorizationSignedAlg: "ES256"})
	h.signedIn(h.authorizeURL(app))
	for mode, in := range map[string]string{"jwt": "?", "query.jwt": "?", "fragment.jwt": "#", "form_post.jwt": ""} {
		for _, set := range [][]string{{"prompt", "none"}, {"prompt", "none login"}} {
			answer := h.browse(http.MethodGet, h.authorizeURL(app, append(set, "response_mode", mode)...), nil)
			var response string
			if in == "" {
				var page struct {
					Fields []struct{ Name, Value string }
				}
				if err := json.Unmarshal([]byte(answer.raw), &page); err != nil || len(page.Fields) != 1 {
					t.Fatalf("%s: %s", mode, answer.raw)
				}
				response = page.Fields[0].Value
			} else {
				if !strings.Contains(answer.header.Get("Location"), in+"response=") {
					t.Errorf("%s: %s", mode, answer.header.Get("Location"))
				}
				response = located(t, answer).Get("response")
			}
			h.checkResponse(t, app, response, set[1] == "none")
		}
	}
}

func (h *house) checkResponse(t *testing.T, app *registered, response string, good bool) {
	t.Helper()
	signed, err := jose.ParseSignedCompact(response, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	if typ := signed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType]; typ != "oauth-authz-resp+jwt" {
		t.Errorf("typ %v", typ)
	}
	claims := payload(t, response)
	if claims["iss"] != h.issuer || claims["aud"] != app.ClientID || claims["exp"] == nil || claims["state"] != "st" ||
		(claims["code"] != nil) != good || (claims["error"] == "invalid_request") == good {
		t.Errorf("%v", claims)
	}
}

// R31: a scope that an application is given later brings it no claim that its
// user was not asked for.
func TestClaimsThatNobodyAllowed_R31(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{
		name: "portal", method: models.AuthBasic, scope: "openid profile", grants: "authorization_code", lax: true,
	})
	got := h.decide(h.consent(h.authorizeURL(app, "claims", `{"userinfo":{"email":null,"given_name":null},"id_token":{"email":null}}`)), "allow")
	now, err := applications.Fresh(t.Context(), h.tenant, app.ID)
	if err != nil {
		t.Fatal(err)
	}
	m := applications.MetadataOf(now)
	m.Scope = "openid profile email"
	if _, err := h.apps.Update(h.operator(), h.tenant, app.ID, applications.Change{Metadata: m, Version: now.Version}); err != nil {
		t.Fatal(err)
	}
	made := h.exchange(app, got.Get("code"), nil)
	if claims := payload(t, made.text("id_token")); claims["email"] != nil {
		t.Errorf("ID token: %v", claims)
	}
	if info := h.userinfo(made.text("access_token")); info.text("email") != "" || info.text("given_name") != "Ada" {
		t.Errorf("userinfo: %s", info.raw)
	}
}

// OpenID Connect Core §5.5: claims one by one, where they were asked for, if the
// application may have them and the user agrees.
func TestClaimsParameter(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{
		name: "portal", method: models.AuthBasic, scope: "openid profile", grants: "authorization_code", lax: true,
	})
	asked := `{"userinfo":{"given_name":{"essential":true},"email":null,"unknown":null},"id_token":{"family_name":null,"auth_time":{"essential":true}}}`
	to := h.authorizeURL(app, "claims", asked)
	got := h.decide(h.consent(to), "allow")
	made := h.exchange(app, got.Get("code"), nil)
	if claims := payload(t, made.text("id_token")); claims["family_name"] != "Lovelace" || claims["given_name"] != nil || claims["auth_time"] == nil {
		t.Errorf("ID token: %v", claims)
	}
	info := h.userinfo(made.text("access_token"))
	if info.text("given_name") != "Ada" || info.text("family_name") != "" || info.text("email") != "" {
		t.Errorf("userinfo: %s", info.raw)
	}
	h.signedIn(to) // what was allowed covers the claims
	for _, set := range [][]string{
		{"claims", `{"id_token":{"sub":{"value":"somebody"}}}`, "prompt", "none"},
		{"claims", `{"id_token":{"acr":{"essential":true,"values":["urn:none:such"]}}}`, "prompt", "none"},
	} {
		if got := h.response(h.authorizeURL(app, set...)); got.Get("error") == "" || got.Get("code") != "" {
			t.Errorf("%s: %v", set[1], got)
		}
	}
}
