package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// pen signs as an application does.
type pen struct {
	t      *testing.T
	signer jose.Signer
	public map[string]any // its JWKS
}

func newPen(t *testing.T, alg string, headers map[jose.HeaderKey]any) *pen {
	t.Helper()
	var key any
	var err error
	if strings.HasPrefix(alg, "ES") {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	private := jose.JSONWebKey{Key: key, KeyID: "k1", Algorithm: alg, Use: "sig"}
	p := &pen{t: t}
	options := &jose.SignerOptions{ExtraHeaders: headers}
	if p.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: private}, options); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{private.Public()}})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &p.public); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *pen) sign(claims map[string]any) string {
	p.t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		p.t.Fatal(err)
	}
	signed, err := p.signer.Sign(payload)
	if err != nil {
		p.t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

// objectClaims are those of a good request object, with some set otherwise.
func (h *house) objectClaims(a *registered, set ...any) map[string]any {
	now := h.clock.Now().Unix()
	claims := map[string]any{"iss": a.ClientID, "aud": h.issuer, "iat": now, "nbf": now, "exp": now + 300}
	for name := range pushed(a) {
		claims[name] = pushed(a).Get(name)
	}
	for i := 0; i < len(set); i += 2 {
		name, _ := set[i].(string)
		if claims[name] = set[i+1]; set[i+1] == nil {
			delete(claims, name)
		}
	}
	return claims
}

// by is a request that holds an object, and more.
func (h *house) by(a *registered, name, value string, more ...string) string {
	v := url.Values{"client_id": {a.ClientID}, name: {value}}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return h.issuer + "/oauth2/authorize?" + v.Encode()
}

var authzRequest = map[jose.HeaderKey]any{jose.HeaderType: "oauth-authz-req+jwt"}

// R40, RFC 9101, OpenID Connect Core §6.1: a signed request counts, and nothing
// beside it.
func TestRequestObject_R40(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		for _, alg := range []string{"ES256", "RS256", "PS256"} {
			p := newPen(t, alg, authzRequest)
			app := h.app(application{
				name: "rp-" + alg, method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code",
				options: models.ClientOptions{JWKS: p.public, RequestObjectSigningAlg: alg},
			})
			answer := h.signedIn(h.by(app, "request", p.sign(h.objectClaims(app)), "response_type", "code", "scope", "openid",
				"redirect_uri", "https://evil.example/cb", "state", "other", "prompt", "none"))
			if answer.Get("state") != "st" {
				t.Errorf("answer %v", answer)
			}
			h.exchange(app, answer.Get("code"), nil).expect(t, 200, "")
			got := h.post("/oauth2/par", app, url.Values{"request": {p.sign(h.objectClaims(app))}, "state": {"other"}})
			if answer := h.signedIn(h.bring(app, got.text("request_uri"))); answer.Get("state") != "st" {
				t.Errorf("pushed: %v", answer)
			}
		}
	})
}

// R40: what is refused. The application hears of it where the request names a
// redirect URI of its own beside the object.
func TestRequestObjectRefused_R40(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	good, stranger := newPen(t, "ES256", authzRequest), newPen(t, "ES256", authzRequest)
	app := h.app(application{
		name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code",
		options: models.ClientOptions{JWKS: good.public},
	})
	claims := h.objectClaims(app)
	whole := good.sign(claims)
	body, _ := json.Marshal(claims)
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(body) + "."
	for name, object := range map[string]string{
		"unsigned":       none,
		"cut":            whole[:len(whole)-4],
		"stranger's":     stranger.sign(claims),
		"brings its key": newPen(t, "ES256", map[jose.HeaderKey]any{"jku": "https://evil.example/jwks"}).sign(claims),
		"no JWT":         "x",
		"encrypted":      "a.b.c.d.e",
		"audience":       good.sign(h.objectClaims(app, "aud", "https://other.example")),
		"expired":        good.sign(h.objectClaims(app, "exp", h.clock.Now().Unix()-1)),
		"other type":     good.sign(h.objectClaims(app, "response_type", "token")),
	} {
		t.Run(name, func(t *testing.T) {
			got := h.response(h.by(app, "request", object, "response_type", "code", "redirect_uri", "https://rp.example/cb", "state", "outer"))
			if got.Get("error") != "invalid_request_object" || got.Get("state") != "outer" || got.Get("code") != "" {
				t.Errorf("%v", got)
			}
			h.refusedOwn(h.by(app, "request", object, "response_type", "code"), "oauth.request_object")
			h.post("/oauth2/par", app, url.Values{"request": {object}, "response_type": {"code"}}).expect(t, 400, "invalid_request_object")
		})
	}
	// The redirect URI within is no better than one outside.
	h.refusedOwn(h.by(app, "request", good.sign(h.objectClaims(app, "redirect_uri", "https://evil.example/cb"))), "oauth.redirect_uri")
	h.refusedOwn(h.by(app, "request", whole, "request_uri", "https://rp.example/r"), "oauth.request_invalid")
	h.refusedOwn(h.by(app, "request", whole)+"&request="+whole, "oauth.parameter_repeated")
	keyless := h.app(application{name: "keyless", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code"})
	object := good.sign(h.objectClaims(keyless))
	h.refusedOwn(h.by(keyless, "request", object), "oauth.client_keys")
	// RFC 9101 §6.2: whose signature cannot be verified, whatever for.
	if got := h.response(h.by(keyless, "request", object, "redirect_uri", "https://rp.example/cb")); got.Get("error") != "invalid_request_object" {
		t.Errorf("%v", got)
	}
	h.post("/oauth2/par", keyless, url.Values{"request": {object}}).expect(t, 400, "invalid_request_object")
}

// RFC 9101 §10.5, R49: who has to sign cannot ask unsigned, and with RS256 only
// where FAPI does not hold.
func TestRequestObjectRequired_R49(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	es, rs := newPen(t, "ES256", authzRequest), newPen(t, "RS256", authzRequest)
	signs := h.app(application{
		name: "signs", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code",
		options: models.ClientOptions{JWKS: es.public, RequireSignedRequestObject: true},
	})
	if got := h.response(h.authorizeURL(signs)); got.Get("error") != "invalid_request" {
		t.Errorf("%v", got)
	}
	h.signedIn(h.by(signs, "request", es.sign(h.objectClaims(signs))))
	both := map[string]any{"keys": append(es.public["keys"].([]any), rs.public["keys"].([]any)...)}
	fapi := h.app(h.keyed(application{
		name: "fapi", firstParty: true, scope: "openid", grants: "authorization_code",
		options: models.ClientOptions{JWKS: both, SecurityProfile: models.ProfileFAPI2Messages},
	}))
	h.post("/oauth2/par", fapi, pushed(fapi)).expect(t, 400, "invalid_request")
	h.post("/oauth2/par", fapi, url.Values{"request": {rs.sign(h.objectClaims(fapi))}}).expect(t, 400, "invalid_request_object")
	got := h.post("/oauth2/par", fapi, url.Values{"request": {es.sign(h.objectClaims(fapi))}})
	h.signedIn(h.bring(fapi, got.text("request_uri")))
}

// R40, R101, OpenID Connect Core §6.2: by reference, from registered places
// alone.
func TestRequestURI_R40(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	p := newPen(t, "ES256", authzRequest)
	var object string
	served := 0
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served++
		if r.URL.Path != "/object" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/oauth-authz-req+jwt")
		_, _ = io.WriteString(w, object)
	}))
	t.Cleanup(files.Close)
	app := h.app(application{
		name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code",
		options: models.ClientOptions{JWKS: p.public, RequestURIs: []string{files.URL + "/object", files.URL + "/gone"}},
	})
	object = p.sign(h.objectClaims(app))
	sum := sha256.Sum256([]byte(object))
	for _, uri := range []string{files.URL + "/object", files.URL + "/object#" + base64.RawURLEncoding.EncodeToString(sum[:])} {
		if got := h.signedIn(h.by(app, "request_uri", uri)); got.Get("state") != "st" {
			t.Errorf("%v", got)
		}
	}
	before := served
	h.refusedOwn(h.by(app, "request_uri", files.URL+"/other"), "oauth.request_uri_unknown")
	h.refusedOwn(h.by(app, "request_uri", files.URL+"/object?x"), "oauth.request_uri_unknown")
	if served != before {
		t.Error("a place that nobody registered was called")
	}
	sum[0]++
	h.refusedOwn(h.by(app, "request_uri", files.URL+"/object#"+base64.RawURLEncoding.EncodeToString(sum[:])), "oauth.request_uri_fetch")
	if got := h.response(h.by(app, "request_uri", files.URL+"/gone", "redirect_uri", "https://rp.example/cb")); got.Get("error") != "invalid_request_uri" {
		t.Errorf("%v", got)
	}
}
