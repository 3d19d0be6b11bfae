package oidc_test

import (
	"crypto/ecdsa"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/models"
	"gatehouse/oidc/clientauth"
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
	body.Set("client_assertion_type", clientauth.AssertionType)
	body.Set("client_assertion", signed(b.h.t, jose.ES256, b.key, b.ClientID, b.h.says(b.ClientID, nil)))
	return b.h.send(path, [2]string{}, body.Encode())
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
