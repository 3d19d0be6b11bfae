package oidc_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/identity/applications"
	"gatehouse/models"
	"gatehouse/oidc/clientauth"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// bank is a client as the FAPI 2.0 plans of the OpenID Foundation have it: it
// proves itself and signs its requests with a key of its own.
type bank struct {
	*registered
	h   *house
	key *ecdsa.PrivateKey
}

func (h *house) bank(name string, options models.ClientOptions) *bank {
	h.t.Helper()
	pair := ecPair(h.t, name)
	options.JWKS = asMap(h.t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{pair.public}})
	key, is := pair.private.(*ecdsa.PrivateKey)
	if !is {
		h.t.Fatal("no key")
	}
	return &bank{h.app(application{
		name: name, method: models.AuthPrivateKeyJWT, firstParty: true, scope: "openid profile", grants: "authorization_code refresh_token", alg: "PS256",
		options: options,
	}), h, key}
}

// says sends a form with a client assertion.
func (b *bank) says(path string, body url.Values) answer {
	b.h.t.Helper()
	maps.Copy(body, b.assertion())
	return b.h.send(path, [2]string{}, body.Encode())
}

func (b *bank) assertion() url.Values {
	b.h.t.Helper()
	return url.Values{
		"client_assertion_type": {clientauth.AssertionType},
		"client_assertion":      {signed(b.h.t, jose.ES256, b.key, b.ClientID, b.h.says(b.ClientID, nil))},
	}
}

// object signs a request without a type, as many clients do.
func (b *bank) object(set ...any) string {
	b.h.t.Helper()
	claims := b.h.objectClaims(b.registered, append([]any{"response_mode", "jwt"}, set...)...)
	return signedAs(b.h.t, b.key, b.ClientID, claims)
}

func signedAs(t *testing.T, key *ecdsa.PrivateKey, kid string, claims map[string]any) string {
	t.Helper()
	p := &pen{t: t}
	var err error
	p.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", kid))
	if err != nil {
		t.Fatal(err)
	}
	return p.sign(claims)
}

// FAPI 2.0 Message Signing: pushed and signed requests, signed answers, and what
// of it cannot be left out (R38, R39, R40, R49).
func TestFAPIMessageSigning_R49(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		b := h.bank("bank", models.ClientOptions{SecurityProfile: models.ProfileFAPI2Messages, AuthorizationSignedAlg: "PS256"})
		other := h.bank("other", models.ClientOptions{SecurityProfile: models.ProfileFAPI2Messages})
		h.proves = h.prover().proof
		got := b.says("/oauth2/par", url.Values{"request": {b.object()}})
		uri := got.text("request_uri")
		for range 2 { // a look does not use it up
			h.client.Jar = jar{}
			h.begun(h.bring(b.registered, uri))
		}
		h.refusedOwn(h.bring(other.registered, uri), "oauth.pushed_unknown")
		answered := h.response(h.bring(b.registered, uri, "state", "outer", "nonce", "outer"))
		claims := payload(t, answered.Get("response"))
		if len(answered) != 1 || claims["state"] != "st" || claims["iss"] != h.issuer || claims["aud"] != "bank" || claims["code"] == nil {
			t.Fatalf("%v: %v", answered, claims)
		}
		code, _ := claims["code"].(string)
		form := func(set ...string) url.Values {
			v := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {"https://rp.example/cb"}, "code_verifier": {verifier}}
			for i := 0; i < len(set); i += 2 {
				v.Set(set[i], set[i+1])
			}
			return v
		}
		h.send("/oauth2/token", [2]string{}, form("client_id", "bank").Encode()).expect(t, 401, "invalid_client")
		b.says("/oauth2/token", form("client_id", "other")).expect(t, 401, "invalid_client")
		other.says("/oauth2/token", form()).expect(t, 400, "invalid_grant")
		b.says("/oauth2/token", form("code_verifier", "")).expect(t, 400, "invalid_grant")
		proves := h.proves
		for name, by := range map[string]func(*http.Request) []string{"unbound": nil, "by another key": h.prover().proof} {
			want := map[bool]string{true: "invalid_request", false: "invalid_grant"}[by == nil]
			h.proves = by
			got := b.says("/oauth2/token", form())
			t.Run(name, func(t *testing.T) { got.expect(t, 400, want) })
		}
		h.proves = proves
		made := b.says("/oauth2/token", form())
		made.expect(t, 200, "")
		if id := payload(t, made.text("id_token")); id["nonce"] != "nn" || id["aud"] != "bank" {
			t.Errorf("%v", id)
		}
		h.clock.add(time.Second)
		b.says("/oauth2/token", form()).expect(t, 400, "invalid_grant")
		h.refusedOwn(h.bring(b.registered, uri), "oauth.pushed_used")
		h.bankRefused(t, b, other)
	})
}

// bankRefused: what the plans send to see it refused.
func (h *house) bankRefused(t *testing.T, b, other *bank) {
	t.Helper()
	now := h.clock.Now().Unix()
	for name, object := range map[string]string{
		"without exp":          b.object("exp", nil),
		"without nbf":          b.object("nbf", nil),
		"over":                 b.object("exp", now-1),
		"for too long":         b.object("exp", now+4200),
		"begun too long ago":   b.object("nbf", now-4200),
		"for somebody else":    b.object("aud", "https://other.example"),
		"signed by the other":  signedAs(t, other.key, "bank", h.objectClaims(b.registered)),
		"the other's":          other.object(),
		"with a reference":     b.object("request_uri", "urn:ietf:params:oauth:request_uri:x"),
		"unsigned":             "eyJhbGciOiJub25lIn0.e30.",
		"with a changed state": b.object()[:40] + "x" + b.object()[41:],
	} {
		got := b.says("/oauth2/par", url.Values{"request": {object}})
		t.Run(name, func(t *testing.T) { got.expect(t, 400, "invalid_request_object") })
	}
	for want, set := range map[string][]any{
		"invalid_request": {"redirect_uri", "https://rp.example/other"}, "unauthorized_client": {"response_type", "code id_token"},
	} {
		b.says("/oauth2/par", url.Values{"request": {b.object(set...)}}).expect(t, 400, want)
	}
	for name, set := range map[string][]any{
		"no redirect_uri": {"redirect_uri", nil}, "no challenge": {"code_challenge", nil, "code_challenge_method", nil},
		"plain": {"code_challenge_method", "plain"},
	} {
		got := b.says("/oauth2/par", url.Values{"request": {b.object(set...)}})
		t.Run(name, func(t *testing.T) { got.expect(t, 400, "invalid_request") })
	}
	plain := pushed(b.registered)
	plain.Del("client_id")
	b.says("/oauth2/par", plain).expect(t, 400, "invalid_request")
	if got := h.response(h.authorizeURL(b.registered)); got.Get("error") == "" || got.Has("code") {
		t.Errorf("without pushing: %v", got)
	}
	for _, set := range [][]any{{"aud", []string{h.issuer, "https://other.example"}}, {"nbf", now + 8}, {"state", nil}, {"nonce", nil}} {
		if got := b.says("/oauth2/par", url.Values{"request": {b.object(set...)}}); got.status != 201 {
			t.Errorf("%v: %d %s", set, got.status, got.raw)
		}
	}
}

// R49, FAPI 2.0 Security Profile §5.4.1: RS256 signs nothing, neither the
// client's proofs nor what we make.
func TestNoRS256UnderFAPI_R49(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	options := models.ClientOptions{SecurityProfile: models.ProfileFAPI2, AccessTokenAlg: "RS256"}
	b := h.bank("bank", options)
	p := h.prover()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p.key, p.alg = pair{private: key, public: jose.JSONWebKey{Key: key.Public()}}, jose.PS256
	h.proves = p.proof
	answered := h.response(h.bring(b.registered, b.says("/oauth2/par", pushed(b.registered, "response_mode", "jwt")).text("request_uri"))).Get("response")
	code, _ := payload(t, answered)["code"].(string)
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {"https://rp.example/cb"}, "code_verifier": {verifier}}
	p.alg = jose.RS256
	b.says("/oauth2/par", pushed(b.registered)).expect(t, 400, "invalid_dpop_proof")
	b.says("/oauth2/token", form).expect(t, 400, "invalid_dpop_proof")
	p.alg = jose.PS256
	got := b.says("/oauth2/token", form)
	got.expect(t, 200, "")
	token, made := got.text("access_token"), map[string]string{"answer": answered, "ID token": got.text("id_token"), "access token": got.text("access_token")}
	for alg, status := range map[jose.SignatureAlgorithm]int{jose.PS256: 200, jose.RS256: 401} {
		p.alg = alg
		if a := h.showsUserinfo("DPoP", token); a.status != status {
			t.Errorf("%s: %d %s", alg, a.status, a.raw)
		}
	}
	for name, text := range made {
		if _, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.PS256}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// R49, RFC 8705 §2: what is said about an application has to fit together.
func TestMetadataFitsTheProfile_R49(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	fapi := models.ClientOptions{SecurityProfile: models.ProfileFAPI2}
	key := asMap(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{ecPair(t, "one").public}})
	for field, m := range map[string]applications.Metadata{
		"token_endpoint_auth_method":   {AuthMethod: models.AuthBasic, IDTokenAlg: "PS256", Options: fapi},
		"id_token_signed_response_alg": {AuthMethod: models.AuthPrivateKeyJWT, Options: models.ClientOptions{SecurityProfile: models.ProfileFAPI2, JWKS: key}},
		"tls_client_auth_subject_dn":   {AuthMethod: models.AuthTLS},
		"tls_client_auth_san_ip":       {AuthMethod: models.AuthTLS, Options: models.ClientOptions{TLSSanIP: "bank.example"}},
		"jwks_uri":                     {AuthMethod: models.AuthSelfSignedTLS},
	} {
		m.DisplayName, m.GrantTypes = field, []string{models.GrantClientCredentials}
		_, _, err := h.apps.Create(h.operator(), h.tenant, applications.New{Type: models.TypeService, ClientID: strings.ReplaceAll(field, "_", "-"), Metadata: m})
		if e := reason.From(err); err == nil || len(e.Fields) != 1 || e.Fields[0].Pointer != field {
			t.Errorf("%s: %+v", field, err)
		}
	}
}
