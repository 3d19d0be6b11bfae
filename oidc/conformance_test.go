package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/identity/applications"
	"gatehouse/identity/sessions"
	"gatehouse/identity/throttle"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// conforming is an application as a plan of the OpenID Foundation registers it.
func (h *house) conforming(name string) *registered {
	return h.legacy(name, models.ClientOptions{})
}

// plain is a request of the code flow without PKCE.
func (h *house) plain(a *registered, set ...string) string {
	return h.authorizeURL(a, append([]string{"code_challenge", "", "code_challenge_method", ""}, set...)...)
}

// redeemed are the tokens for a request without PKCE.
func (h *house) redeemed(a *registered, set ...string) answer {
	h.t.Helper()
	got := h.exchange(a, h.signedIn(h.plain(a, set...)).Get("code"), map[string]string{"code_verifier": ""})
	got.expect(h.t, 200, "")
	return got
}

// OpenID Connect Core §12.2: a refreshed ID token tells of the same sign-in, by
// a new iat and without the nonce.
func TestRefreshedIDToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.conforming("rp")
		first := h.redeemed(app, "scope", "openid offline_access")
		h.clock.add(time.Minute)
		again := h.refresh(app, first.text("refresh_token"))
		again.expect(t, 200, "")
		before, after := payload(t, first.text("id_token")), payload(t, again.text("id_token"))
		for _, name := range []string{"iss", "sub", "aud", "auth_time", "acr"} {
			if before[name] == nil || before[name] != after[name] {
				t.Errorf("%s: %v, then %v", name, before[name], after[name])
			}
		}
		// RFC 9068 §2.2.1: so do access tokens, however often they are renewed.
		one, two := payload(t, first.text("access_token")), payload(t, again.text("access_token"))
		for _, name := range []string{"iss", "sub", "client_id", "scope", "auth_time", "acr"} {
			if one[name] != two[name] {
				t.Errorf("access token, %s: %v, then %v", name, one[name], two[name])
			}
		}
		if one["jti"] == two["jti"] || one["iat"] == two["iat"] {
			t.Errorf("access tokens: %v, then %v", one, two)
		}
		if before["iat"] == after["iat"] || after["nonce"] != nil || after["azp"] != before["azp"] {
			t.Errorf("%v, then %v", before, after)
		}
		if first.text("access_token") == again.text("access_token") || again.body["token_type"] != "Bearer" || again.body["expires_in"] == nil {
			t.Errorf("%s", again.raw)
		}
	})
}

// RFC 6749 §6: a refresh may ask for less, and the next for all again.
func TestNarrowedRefreshKeepsTheGrant(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.conforming("rp")
	first := h.redeemed(app, "scope", "openid email offline_access")
	narrow := h.post("/oauth2/token", app, url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {first.text("refresh_token")}, "scope": {"openid"},
	})
	if narrow.text("scope") != "openid" || payload(t, narrow.text("access_token"))["scope"] != "openid" {
		t.Errorf("%s", narrow.raw)
	}
	if all := h.refresh(app, narrow.text("refresh_token")); all.text("scope") != "openid email offline_access" {
		t.Errorf("%s", all.raw)
	}
}

// RFC 7009 §2.1 and §2.2: who may revoke what, and what everybody is told.
func TestRevocation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app, other := h.conforming("rp"), h.conforming("other")
		revoke := func(a *registered, token string, set ...string) answer {
			v := url.Values{"token": {token}}
			for i := 0; i < len(set); i += 2 {
				v.Set(set[i], set[i+1])
			}
			return h.post("/oauth2/revoke", a, v)
		}
		made := h.redeemed(app, "scope", "openid offline_access")
		access, refresh := made.text("access_token"), made.text("refresh_token")
		for _, token := range []string{access, refresh, "unknown", made.text("id_token")} {
			got := revoke(other, token)
			if got.expect(t, 200, ""); got.raw != "" {
				t.Errorf("another client learns %s", got.raw)
			}
		}
		h.expectActive(app, access, true)
		h.expectActive(app, refresh, true)
		// A hint is a hint: a wrong or unknown one changes nothing.
		revoke(app, access, "token_type_hint", "refresh_token").expect(t, 200, "")
		h.expectActive(app, access, false)
		h.expectActive(app, refresh, true)
		fresh := h.refresh(app, refresh)
		revoke(app, fresh.text("refresh_token"), "token_type_hint", "pickled").expect(t, 200, "")
		h.expectActive(app, fresh.text("access_token"), false)
		h.refresh(app, fresh.text("refresh_token")).expect(t, 400, "invalid_grant")
		revoke(app, fresh.text("refresh_token")).expect(t, 200, "")
		revoke(app, "").expect(t, 400, "invalid_request")
		h.send("/oauth2/revoke", [2]string{app.ClientID, "wrong"}, "token=x").expect(t, 401, "invalid_client")
		h.send("/oauth2/revoke", [2]string{}, "token=x").expect(t, 401, "invalid_client")
	})
}

// RFC 7662 §2.1 and §2.2: hints change nothing, and the answer says what a
// resource server needs.
func TestIntrospection(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.conforming("rp")
	made := h.redeemed(app, "scope", "openid email offline_access")
	ask := func(token, hint string) answer {
		got := h.post("/oauth2/introspect", app, url.Values{"token": {token}, "token_type_hint": {hint}})
		got.expect(t, 200, "")
		return got
	}
	for _, hint := range []string{"access_token", "refresh_token", "pickled"} {
		got := ask(made.text("access_token"), hint)
		want := map[string]any{
			"active": true, "scope": "openid email offline_access", "client_id": "rp", "token_type": "Bearer", "sub": h.user.ID, "iss": h.issuer,
		}
		for name, value := range want {
			if got.body[name] != value {
				t.Errorf("%s: %v, want %v", name, got.body[name], value)
			}
		}
		// RFC 9470 §6.2: an API sees how and when the user signed in, as in the token.
		if said := payload(t, made.text("access_token")); said["acr"] == nil || got.body["acr"] != said["acr"] ||
			said["auth_time"] == nil || got.body["auth_time"] != said["auth_time"] {
			t.Errorf("%s beside %v", got.raw, said)
		}
		if got.body["exp"] == nil || got.body["iat"] == nil || got.body["aud"] == nil || got.body["jti"] == nil {
			t.Errorf("%s", got.raw)
		}
		if active, _ := ask(made.text("refresh_token"), hint).body["active"].(bool); !active {
			t.Errorf("a refresh token with the hint %s", hint)
		}
	}
	h.clock.add(16 * time.Minute)
	if got := ask(made.text("access_token"), ""); strings.TrimSpace(got.raw) != `{"active":false}` {
		t.Errorf("over: %s", got.raw)
	}
}

// RFC 6749 §4.1.2, §10.5: half a minute later and after the code's own time, too,
// a second use ends what the first gave.
func TestCodeReusedLater_R26(t *testing.T) {
	for _, later := range []time.Duration{30 * time.Second, 2 * time.Minute} {
		h := newHouse(t, storetest.SQLite(t), "acme")
		app := h.conforming("rp")
		code := h.signedIn(h.plain(app)).Get("code")
		made := h.exchange(app, code, map[string]string{"code_verifier": ""})
		h.userinfo(made.text("access_token")).expect(t, 200, "")
		h.clock.add(later)
		h.exchange(app, code, map[string]string{"code_verifier": ""}).expect(t, 400, "invalid_grant")
		h.userinfo(made.text("access_token")).expect(t, 401, "invalid_token")
	}
}

// OpenID Connect Core §3.3.3.6: the two ID tokens of a hybrid flow name one user
// of one issuer.
func TestHybridIDTokensAgree(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.conforming("rp")
	for _, responseType := range []string{"id_token code", "token id_token code"} { // in any order
		front := h.signedIn(h.plain(app, "response_type", responseType))
		back := h.exchange(app, front.Get("code"), map[string]string{"code_verifier": ""})
		one, two := payload(t, front.Get("id_token")), payload(t, back.text("id_token"))
		for _, name := range []string{"iss", "sub", "aud", "nonce", "auth_time"} {
			if one[name] == nil || one[name] != two[name] {
				t.Errorf("%s, %s: %v and %v", responseType, name, one[name], two[name])
			}
		}
		if two["at_hash"] != half(back.text("access_token")) {
			t.Errorf("%s: at_hash %v", responseType, two["at_hash"])
		}
	}
}

// JARM §2.2: signed, then encrypted to the client's key; refusals too.
func TestSealedResponses(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	app := h.legacy("rp", models.ClientOptions{
		JWKS:                   asMap(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "ec", Use: "enc"}}}),
		AuthorizationSignedAlg: "PS256", AuthorizationEncryptedAlg: "ECDH-ES+A256KW", AuthorizationEncryptedEnc: "A256GCM",
	})
	h.signedIn(h.plain(app))
	for want, set := range map[string][]string{"code": {}, "error": {"prompt", "none login"}} {
		got := h.response(h.plain(app, append(set, "response_mode", "jwt")...)).Get("response")
		claims := payload(t, opened(t, got, jose.ECDH_ES_A256KW, jose.A256GCM, key))
		if claims["iss"] != h.issuer || claims["aud"] != "rp" || claims["state"] != "st" || claims[want] == nil {
			t.Errorf("%v", claims)
		}
	}
}

// OpenID Connect Core §3.1.2.1: max_age and prompt=login ask anew where they
// must, and auth_time tells.
func TestSignInAge(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.conforming("rp")
	signedInAt := func(set ...string) any { return payload(t, h.redeemed(app, set...).text("id_token"))["auth_time"] }
	first := signedInAt()
	h.clock.add(2 * time.Second)
	if again := signedInAt("max_age", "10000"); again != first || h.signIns != 1 {
		t.Errorf("max_age=10000: %v, then %v", first, again)
	}
	if again := signedInAt("max_age", "1"); again == first || h.signIns != 2 {
		t.Errorf("max_age=1: %v, then %v", first, again)
	}
	for i, set := range [][]string{{"prompt", "login"}, {"max_age", "0"}} {
		h.clock.add(2 * time.Second)
		if again := signedInAt(set...); again == first || h.signIns != 3+i {
			t.Errorf("%v: %v", set, again)
		}
	}
}

// OpenID Connect Core §3.1.2.1: an ID token as hint holds after its time, and
// only for its own client and user.
func TestIDTokenHint(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app, other := h.conforming("rp"), h.conforming("other")
	hint := h.redeemed(app).text("id_token")
	h.clock.add(2 * time.Hour)
	if got := h.response(h.plain(app, "prompt", "none", "id_token_hint", hint)); got.Get("code") == "" {
		t.Errorf("%v", got)
	}
	if got := h.response(h.plain(other, "prompt", "none", "id_token_hint", hint)); got.Get("error") != "invalid_request" {
		t.Errorf("another client's: %v", got)
	}
	eve, err := h.people.Create(h.operator(), h.tenant, users.New{Profile: users.Profile{Username: "eve"}})
	if err != nil {
		t.Fatal(err)
	}
	h.user = eve
	h.redeemed(app, "prompt", "login") // somebody else now
	if got := h.response(h.plain(app, "prompt", "none", "id_token_hint", hint)); got.Get("error") != "login_required" || got.Has("code") {
		t.Errorf("another user's: %v", got)
	}
}

// OpenID Connect Core §5.1, §5.3.2 and §5.4: the claims of each scope, in their
// types, and no others.
func TestClaimsOfScopes(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	full := users.ProfileOf(h.user)
	full.PhoneNumber, full.PhoneVerified = "+4930123456", true
	full.Claims.Address = &models.Address{StreetAddress: "12 St James Square", Locality: "London", Country: "GB"}
	full.Claims.Nickname, full.Claims.MiddleName, full.Claims.Gender, full.Claims.Birthdate = "Ada", "Augusta", "female", "1815-12-10"
	full.Claims.Profile, full.Claims.Picture, full.Claims.Website = "https://ada.example/", "https://ada.example/a.png", "https://ada.example/w"
	full.Claims.Zoneinfo, full.Claims.Locale, full.Claims.PreferredUsername = "Europe/London", "en-GB", "ada"
	row, err := h.people.Update(h.operator(), h.tenant, h.user.ID, users.Change{Version: h.user.Version, Profile: full})
	if err != nil {
		t.Fatal(err)
	}
	h.user = row
	app := h.conforming("rp")
	h.changeScope(app, "openid profile email phone address")
	h.clock.add(2 * time.Second)
	of := map[string][]string{
		"profile": {
			"name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website",
			"gender", "birthdate", "zoneinfo", "locale", "updated_at",
		},
		"email": {"email", "email_verified"}, "phone": {"phone_number", "phone_number_verified"}, "address": {"address"},
	}
	for _, scope := range []string{"openid", "profile openid", "openid email", "openid phone", "address openid", "openid profile email phone address"} {
		got := h.userinfo(h.redeemed(app, "scope", scope).text("access_token"))
		got.expect(t, 200, "")
		for name, claims := range of {
			for _, claim := range claims {
				if has := got.body[claim] != nil; has != slices.Contains(strings.Fields(scope), name) {
					t.Errorf("%s: %s is given: %v", scope, claim, has)
				}
			}
		}
		for name, value := range got.body {
			_, text := value.(string)
			_, number := value.(float64)
			_, flag := value.(bool)
			_, object := value.(map[string]any)
			if ok := map[string]bool{"updated_at": number, "email_verified": flag, "phone_number_verified": flag, "address": object}; !text && !ok[name] {
				t.Errorf("%s is %v", name, value)
			}
		}
		if got.body["sub"] != h.user.ID {
			t.Errorf("sub %v", got.body["sub"])
		}
	}
}

// OpenID Connect Core §3.1.2.1: what is voluntary or unknown stops nobody, in
// any order and by any flow.
func TestVoluntaryParameters(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.conforming("rp")
	for _, set := range [][]string{
		{"display", "page"},
		{"display", "popup"},
		{"display", "touch"},
		{"display", "wap"},
		{"display", "of another time"},
		{"ui_locales", "se"},
		{"claims_locales", "se"},
		{"login_hint", "buffy@example.com"},
		{"acr_values", "1 2"},
		{"extra", "foobar"},
		{"nonce", ""},
		{"state", ""},
		{"scope", "profile openid"},
		{"prompt", "consent"},
		{"claims", `{"userinfo":{"name":{"essential":true}}}`},
		{"code_challenge", challenge, "code_challenge_method", "S256"},
		{"state", strings.Repeat("s", 1000)},
		{"nonce", strings.Repeat("n", 1000)},
	} {
		if set[0] == "prompt" {
			h.decide(h.consent(h.plain(app, set...)), "allow")
			continue
		}
		got := h.signedIn(h.plain(app, set...))
		if set[0] == "state" && got.Get("state") != set[1] || got.Get("iss") != h.issuer {
			t.Errorf("%v: %v", set, got)
		}
		verified := map[string]string{"code_verifier": ""}
		if set[0] == "code_challenge" {
			verified = nil
		}
		made := h.exchange(app, got.Get("code"), verified)
		made.expect(t, 200, "")
		if claims := payload(t, made.text("id_token")); claims["acr"] == nil || (claims["nonce"] == nil) != (set[0] == "nonce" && set[1] == "") {
			t.Errorf("%v: %v", set, claims)
		}
		if info := h.userinfo(made.text("access_token")); (info.text("name") != "") != (set[0] == "claims" || set[0] == "scope") {
			t.Errorf("%v: %s", set, info.raw)
		}
	}
}

// RFC 6750 §2 and §3.1: one way to show a token, and which challenge answers.
func TestBearerProof(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.conforming("rp")
	token := h.redeemed(app).text("access_token")
	for name, test := range map[string]struct {
		method, header, body string
		status               int
		err                  string
	}{
		"header":            {"GET", "Bearer " + token, "", 200, ""},
		"scheme in lower":   {"GET", "bearer " + token, "", 200, ""},
		"header of a POST":  {"POST", "Bearer " + token, "", 200, ""},
		"body":              {"POST", "", "access_token=" + token, 200, ""},
		"body of a GET":     {"GET", "", "access_token=" + token, 401, ""},
		"both":              {"POST", "Bearer " + token, "access_token=" + token, 400, "invalid_request"},
		"twice in the body": {"POST", "", "access_token=" + token + "&access_token=" + token, 400, "invalid_request"},
		"another scheme":    {"GET", "Basic " + token, "", 401, "invalid_token"},
		"nothing":           {"GET", "", "", 401, ""},
		"damaged":           {"GET", "Bearer x" + token, "", 401, "invalid_token"},
	} {
		r, err := http.NewRequest(test.method, h.issuer+"/oauth2/userinfo", strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if test.header != "" {
			r.Header.Set("Authorization", test.header)
		}
		got := h.ask(r)
		challenge := got.header.Get("WWW-Authenticate")
		if got.status != test.status || got.text("error") != test.err || strings.HasPrefix(challenge, "Bearer ") != (test.status != 200) {
			t.Errorf("%s: %d %s, %q", name, got.status, got.raw, challenge)
		}
		if strings.Contains(challenge, "error=") != (test.err != "") || test.err != "" && !strings.Contains(challenge, `error="`+test.err+`"`) {
			t.Errorf("%s: %q", name, challenge)
		}
	}
}

// RFC 6749 §4.1.2, §3.1.2: the query of a redirect URI stays, for answers and
// refusals.
func TestQueryOfARedirectURIStays(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	h.row.Settings.V.Registration = models.RegistrationOpen
	app := h.made(h.registers("POST", "", "", metadata(nil)))
	const to = "https://rp.example/cb?foo=bar"
	h.decide(h.consent(h.authorizeURL(app, "redirect_uri", to)), "allow")
	for _, set := range [][]string{{}, {"prompt", "none login"}} {
		got := h.response(h.authorizeURL(app, append([]string{"redirect_uri", to}, set...)...))
		if got.Get("foo") != "bar" || got.Get("state") != "st" || got.Has("code") != (len(set) == 0) {
			t.Errorf("%v: %v", set, got)
		}
	}
	for _, uri := range []string{to + "&more=x", "https://rp.example/cb?foo=baz", "https://rp.example/cb?foo=bar#x"} {
		h.refusedOwn(h.authorizeURL(app, "redirect_uri", uri), "oauth.redirect_uri")
	}
}

// RFC 6749 §4.1.2.1 and §5.2: every error that a reason becomes stands in the
// registry of OAuth Extensions Errors, or in that of client registration.
func TestErrorsAreRegistered(t *testing.T) {
	known := strings.Fields(`invalid_request unauthorized_client access_denied unsupported_response_type invalid_scope server_error
		temporarily_unavailable invalid_client invalid_grant unsupported_grant_type invalid_token insufficient_scope
		unsupported_token_type interaction_required login_required account_selection_required consent_required invalid_request_uri
		invalid_request_object request_not_supported request_uri_not_supported registration_not_supported need_info request_denied
		request_submitted authorization_pending slow_down expired_token invalid_target unsupported_pop_key incompatible_ace_profiles
		invalid_authorization_details invalid_dpop_proof use_dpop_nonce insufficient_user_authentication
		unmet_authentication_requirements unknown_user_id expired_login_hint_token missing_user_code invalid_user_code
		invalid_binding_message transaction_failed invalid_redirect_uri invalid_client_metadata invalid_software_statement
		unapproved_software_statement`)
	for _, code := range reason.Codes() {
		if oauth := reason.Of(code).OAuth; oauth != "" && !slices.Contains(known, oauth) {
			t.Errorf("%s becomes %q", code, oauth)
		}
	}
}

// RFC 9068 §2.1: RS256 for APIs that know nothing else, by every grant.
func TestAccessTokensByRS256(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.conforming("rp")
	h.change(app, func(m *applications.Metadata) {
		m.Options.AccessTokenAlg = "RS256"
		m.GrantTypes = append(m.GrantTypes, models.GrantClientCredentials, models.GrantTokenExchange)
		m.Scope += " reports"
	})
	h.clock.add(2 * time.Second)
	made := h.redeemed(app)
	own := h.post("/oauth2/token", app, url.Values{"grant_type": {"client_credentials"}, "scope": {"reports"}})
	for grant, got := range map[string]answer{
		"code": made, "refresh": h.refresh(app, made.text("refresh_token")), "own": own, "exchange": h.swap(app, made.text("access_token")),
	} {
		token, err := jose.ParseSignedCompact(got.text("access_token"), []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			t.Fatalf("%s: %v %s", grant, err, got.raw)
		}
		if typ := token.Signatures[0].Protected.ExtraHeaders[jose.HeaderType]; typ != "at+jwt" {
			t.Errorf("%s: typ %v", grant, typ)
		}
		h.expectActive(app, got.text("access_token"), true)
	}
	h.userinfo(made.text("access_token")).expect(t, 200, "")
}

// OpenID Connect Session Management 1.0 §2 and §3.2: each answer for OpenID
// Connect tells a state of its own, without a space; it is bound to client,
// origin and session.
func TestSessionState(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.conforming("rp")
	h.changeScope(app, "openid profile")
	h.clock.add(2 * time.Second)
	state := func(session string, said string) string {
		_, salt, _ := strings.Cut(said, ".")
		sum := sha256.Sum256([]byte("rp https://rp.example " + sessions.State(session) + " " + salt))
		return base64.RawURLEncoding.EncodeToString(sum[:]) + "." + salt
	}
	seen := map[string]bool{}
	for _, responseType := range []string{"code", "code id_token", "id_token"} {
		said := h.response(h.plain(app, "response_type", responseType)).Get("session_state")
		if said == "" || strings.Contains(said, " ") || seen[said] || said != state(h.ownBrowser().Session, said) || said == state("another", said) {
			t.Errorf("%s: %q", responseType, said)
		}
		seen[said] = true
	}
	if got := h.signedIn(h.plain(app, "scope", "profile")); got.Has("session_state") {
		t.Errorf("plain OAuth: %v", got)
	}
}

// RFC 6749 §4.1.2.1: what is too much for the moment may be tried again, and is
// no refusal by anybody.
func TestTooMuchForNow(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	const at = "https://rp.example/object"
	app := h.legacy("rp", models.ClientOptions{RequestURIs: []string{at}})
	for range throttle.RequestURI.Limit {
		if err := h.provider.Throttle.Spend(t.Context(), h.tenant, throttle.RequestURI, app.ID); err != nil {
			t.Fatal(err)
		}
	}
	got := h.response(h.by(app, "request_uri", at, "redirect_uri", "https://rp.example/cb", "response_type", "code", "state", "st"))
	if got.Get("error") != "temporarily_unavailable" || got.Get("state") != "st" {
		t.Errorf("%v", got)
	}
}

// RFC 9396 §5: whoever narrows his request by details that nobody knows here
// must not get more than he asked for, wherever he asks.
func TestDetailsAreRefused(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code " + models.GrantCIBA})
	details := `[{"type":"payment_initiation","actions":["initiate"]}]`
	h.post("/oauth2/par", app, pushed(app, "authorization_details", details)).expect(t, 400, "invalid_authorization_details")
	h.post("/oauth2/bc-authorize", app, url.Values{"scope": {"openid"}, "login_hint": {"ada"}, "authorization_details": {details}}).
		expect(t, 400, "invalid_authorization_details")
	b := h.bank("bank", models.ClientOptions{})
	b.says("/oauth2/par", url.Values{"request": {b.object("authorization_details", []any{map[string]any{"type": "payment_initiation"}})}}).
		expect(t, 400, "invalid_authorization_details")
	code := h.signedIn(h.authorizeURL(app)).Get("code")
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {"https://rp.example/cb"}, "code_verifier": {verifier}}
	form.Set("authorization_details", details)
	h.post("/oauth2/token", app, form).expect(t, 400, "invalid_authorization_details")
	form.Del("authorization_details")
	h.post("/oauth2/token", app, form).expect(t, 200, "")
}
