package oidc_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/models"
	"gatehouse/oidc/clientauth"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

type pair struct {
	private crypto.Signer
	public  jose.JSONWebKey
}

func ecPair(t *testing.T, kid string) pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return pair{key, jose.JSONWebKey{Key: key.Public(), KeyID: kid, Algorithm: "ES256", Use: "sig"}}
}

func signed(t *testing.T, alg jose.SignatureAlgorithm, key any, kid string, claims map[string]any) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithType("JWT")
	if kid != "" {
		options = options.WithHeader(jose.HeaderKey("kid"), kid)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	made, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := made.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var jtis atomic.Int64

// says is a good assertion of a client with some claims set otherwise; nil
// leaves one out.
func (h *house) says(clientID string, set map[string]any) map[string]any {
	now := h.clock.Now()
	claims := map[string]any{
		"iss": clientID, "sub": clientID, "aud": h.issuer, "jti": time.Duration(jtis.Add(1)).String(),
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	for name, value := range set {
		claims[name] = value
		if value == nil {
			delete(claims, name)
		}
	}
	return claims
}

func (h *house) byAssertion(assertion string, more url.Values) answer {
	body := url.Values{"grant_type": {"client_credentials"}, "client_assertion_type": {clientauth.AssertionType}, "client_assertion": {assertion}}
	for name, values := range more {
		body[name] = values
	}
	return h.send("/oauth2/token", [2]string{}, body.Encode())
}

// R38, L21, L22, L66: each thing that an assertion must be, by itself.
func TestPrivateKeyJWT_R38(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		one, other := ecPair(t, "one"), ecPair(t, "other")
		robot := func(name string, o models.ClientOptions) *registered {
			o.JWKS = asMap(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{one.public}})
			return h.app(application{name: name, kind: models.TypeService, method: models.AuthPrivateKeyJWT, scope: "reports", grants: "client_credentials", alg: "ES256", options: o})
		}
		app, bank := robot("robot", models.ClientOptions{}), robot("bank", models.ClientOptions{SecurityProfile: models.ProfileFAPI2})
		if app.secret != "" {
			t.Error("a client with a key of its own got a secret")
		}
		now := h.clock.Now()
		for name, test := range map[string]struct {
			client string
			set    map[string]any
			key    pair
			kid    string
			good   bool
		}{
			"good":                    {good: true},
			"without kid":             {kid: "-", good: true},
			"token endpoint":          {set: map[string]any{"aud": h.issuer + "/oauth2/token"}, good: true},
			"among others":            {set: map[string]any{"aud": []string{"https://else.example", h.issuer}}, good: true},
			"no iat":                  {set: map[string]any{"iat": nil}, good: true},
			"a little ahead":          {set: map[string]any{"iat": now.Add(8 * time.Second).Unix(), "nbf": now.Add(8 * time.Second).Unix()}, good: true},
			"another's key":           {key: other},
			"unknown kid":             {kid: "none"},
			"foreign audience":        {set: map[string]any{"aud": "https://else.example"}},
			"prefix of the audience":  {set: map[string]any{"aud": h.issuer + ".evil.example"}},
			"no audience":             {set: map[string]any{"aud": nil}},
			"another issuer":          {set: map[string]any{"iss": "bank"}},
			"no jti":                  {set: map[string]any{"jti": nil}},
			"no exp":                  {set: map[string]any{"exp": nil}},
			"over":                    {set: map[string]any{"exp": now.Unix()}},
			"too long":                {set: map[string]any{"exp": now.Add(2 * time.Hour).Unix()}},
			"from the future":         {set: map[string]any{"iat": now.Add(2 * time.Minute).Unix()}},
			"not yet":                 {set: map[string]any{"nbf": now.Add(2 * time.Minute).Unix()}},
			"FAPI":                    {client: "bank", good: true},
			"FAPI, token endpoint":    {client: "bank", set: map[string]any{"aud": h.issuer + "/oauth2/token"}},
			"FAPI, list of audiences": {client: "bank", set: map[string]any{"aud": []string{h.issuer}}},
			"FAPI, lives ten minutes": {client: "bank", set: map[string]any{"exp": now.Add(10 * time.Minute).Unix()}},
		} {
			if test.client == "" {
				test.client = "robot"
			}
			h.proves = h.prover().proof
			if test.key.private == nil {
				test.key = one
			}
			kid := map[string]string{"": "one", "-": "", "none": "none"}[test.kid]
			a := h.byAssertion(signed(t, jose.ES256, test.key.private, kid, h.says(test.client, test.set)), nil)
			if test.good != (a.status == 200) || !test.good && a.text("error") != "invalid_client" {
				t.Errorf("%s: %d %s", name, a.status, a.raw)
			}
		}
		h.assertionIsUsedOnce(t, one)
		_ = bank
	})
}

func (h *house) assertionIsUsedOnce(t *testing.T, one pair) {
	t.Helper()
	assertion := signed(t, jose.ES256, one.private, "one", h.says("robot", nil))
	if a := h.byAssertion(assertion, nil); a.status != 200 {
		t.Fatal(a.raw)
	}
	h.byAssertion(assertion, nil).expect(t, 401, "invalid_client")
	fresh := signed(t, jose.ES256, one.private, "one", h.says("robot", nil))
	h.byAssertion(fresh, url.Values{"client_secret": {"x"}}).expect(t, 400, "invalid_request")
	h.byAssertion(fresh, url.Values{"client_id": {"bank"}}).expect(t, 401, "invalid_client")
	h.byAssertion(fresh, url.Values{"client_assertion_type": {"urn:else"}}).expect(t, 401, "invalid_client")
	h.byAssertion("a.b.c", nil).expect(t, 401, "invalid_client")
	h.send("/oauth2/token", [2]string{}, "grant_type=client_credentials&client_id=robot&client_secret=x").expect(t, 401, "invalid_client")
	// What a token says of its own key counts for nothing.
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	h.byAssertion(signed(t, jose.RS256, weak, "one", h.says("robot", nil)), nil).expect(t, 401, "invalid_client")
	h.byAssertion(signed(t, jose.HS256, []byte("0123456789abcdef0123456789abcdef"), "one", h.says("robot", nil)), nil).expect(t, 401, "invalid_client")
}

// FAPI 2.0 Security Profile §5.3.2.1 and §5.4: what its clients may not do.
func TestAssertionsUnderFAPI_R38(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	h.app(application{
		name: "bank", kind: models.TypeService, method: models.AuthPrivateKeyJWT, scope: "reports", grants: "client_credentials", alg: "PS256",
		options: models.ClientOptions{
			SecurityProfile: models.ProfileFAPI2,
			JWKS:            asMap(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "rsa", Use: "sig"}}}),
		},
	})
	now := h.clock.Now()
	h.proves = h.prover().proof
	for name, test := range map[string]struct {
		alg  jose.SignatureAlgorithm
		set  map[string]any
		good bool
	}{
		"PS256":            {alg: jose.PS256, good: true},
		"eight seconds":    {alg: jose.PS256, set: map[string]any{"iat": now.Add(8 * time.Second).Unix(), "nbf": now.Add(8 * time.Second).Unix()}, good: true},
		"over a minute":    {alg: jose.PS256, set: map[string]any{"iat": now.Add(62 * time.Second).Unix(), "nbf": now.Add(62 * time.Second).Unix()}},
		"RS256":            {alg: jose.RS256},
		"no subject":       {alg: jose.PS256, set: map[string]any{"sub": nil}},
		"another subject":  {alg: jose.PS256, set: map[string]any{"sub": "robot"}},
		"over for long":    {alg: jose.PS256, set: map[string]any{"exp": now.Add(-5 * time.Minute).Unix()}},
		"the PAR endpoint": {alg: jose.PS256, set: map[string]any{"aud": h.issuer + "/oauth2/par"}},
		"in a list":        {alg: jose.PS256, set: map[string]any{"aud": []string{h.issuer, h.issuer + "/oauth2/par"}}},
	} {
		a := h.byAssertion(signed(t, test.alg, key, "rsa", h.says("bank", test.set)), nil)
		if test.good != (a.status == 200) || !test.good && (a.status != 401 || a.text("error") != "invalid_client" || a.text("access_token") != "") {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	h.send("/oauth2/token", [2]string{}, "grant_type=client_credentials&client_id=bank").expect(t, 401, "invalid_client")
}

// OpenID Connect Core §9: the shared secret signs; it is never in the request.
func TestClientSecretJWT(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.app(application{name: "robot", kind: models.TypeService, method: models.AuthSecretJWT, scope: "reports", grants: "client_credentials", alg: "ES256"})
		assertion := signed(t, jose.HS256, []byte(app.secret), "", h.says("robot", nil))
		if a := h.byAssertion(assertion, nil); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.raw)
		}
		h.byAssertion(assertion, nil).expect(t, 401, "invalid_client")
		h.byAssertion(signed(t, jose.HS256, []byte("not the secret of the robot at all"), "", h.says("robot", nil)), nil).expect(t, 401, "invalid_client")
		h.send("/oauth2/token", [2]string{"robot", app.secret}, "grant_type=client_credentials").expect(t, 401, "invalid_client")
	})
}

// R101: keys behind an address are fetched, kept, asked for again when one is
// missing, and outlive the address for a while.
func TestKeysByReference_R101(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	one, two := ecPair(t, "one"), ecPair(t, "two")
	var set atomic.Pointer[jose.JSONWebKeySet]
	var asked atomic.Int64
	set.Store(&jose.JSONWebKeySet{Keys: []jose.JSONWebKey{one.public}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(set.Load())
	}))
	h.app(application{
		name: "robot", kind: models.TypeService, method: models.AuthPrivateKeyJWT, scope: "reports", grants: "client_credentials", alg: "ES256",
		options: models.ClientOptions{JWKSURI: server.URL + "/jwks"},
	})
	with := func(p pair) answer {
		return h.byAssertion(signed(t, jose.ES256, p.private, p.public.KeyID, h.says("robot", nil)), nil)
	}
	for range 3 {
		if a := with(one); a.status != 200 {
			t.Fatal(a.raw)
		}
	}
	with(two).expect(t, 401, "invalid_client")
	if asked.Load() != 1 {
		t.Errorf("asked %d times within a minute", asked.Load())
	}
	set.Store(&jose.JSONWebKeySet{Keys: []jose.JSONWebKey{one.public, two.public}})
	h.clock.add(61 * time.Second)
	if a := with(two); a.status != 200 {
		t.Errorf("a new key: %s", a.raw)
	}
	server.Close()
	h.clock.add(time.Hour)
	if a := with(two); a.status != 200 || asked.Load() != 2 {
		t.Errorf("kept keys: %s, asked %d", a.raw, asked.Load())
	}
}
