package oidc_test

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// prover makes proofs with one key (RFC 9449 §4.2).
type prover struct {
	h    *house
	key  pair
	last string
	// set changes what the next proofs say; nil values are left out.
	set map[string]any
	// header changes their header.
	header map[jose.HeaderKey]any
	nonce  string
	alg    jose.SignatureAlgorithm
	count  int
}

func (h *house) prover() *prover { return &prover{h: h, key: ecPair(h.t, ""), alg: jose.ES256} }

func (p *prover) jkt() string {
	sum, err := p.key.public.Thumbprint(crypto.SHA256)
	if err != nil {
		p.h.t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}

// proof is one for a request, as it should be but for what set and header say.
func (p *prover) proof(r *http.Request) []string {
	p.count++
	said := map[string]any{
		"jti": p.jkt() + strings.Repeat("x", p.count), "htm": r.Method, "htu": r.URL.Scheme + "://" + r.URL.Host + r.URL.Path, "iat": p.h.clock.Now().Unix(),
	}
	if p.nonce != "" {
		said["nonce"] = p.nonce
	}
	if _, token, ok := strings.Cut(r.Header.Get("Authorization"), "DPoP "); ok {
		sum := sha256.Sum256([]byte(token))
		said["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	for name, value := range p.set {
		if said[name] = value; value == nil {
			delete(said, name)
		}
	}
	options := &jose.SignerOptions{EmbedJWK: true}
	options = options.WithType("dpop+jwt")
	for name, value := range p.header {
		options = options.WithHeader(name, value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: p.alg, Key: p.key.private}, options)
	if err != nil {
		p.h.t.Fatal(err)
	}
	payload, err := json.Marshal(said)
	if err != nil {
		p.h.t.Fatal(err)
	}
	object, err := signer.Sign(payload)
	if err != nil {
		p.h.t.Fatal(err)
	}
	p.last, err = object.CompactSerialize()
	if err != nil {
		p.h.t.Fatal(err)
	}
	return []string{p.last}
}

// showsUserinfo asks userinfo with a token by a scheme.
func (h *house) showsUserinfo(scheme, token string) answer {
	h.t.Helper()
	r, err := http.NewRequest(http.MethodGet, h.issuer+"/oauth2/userinfo", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Authorization", scheme+" "+token)
	return h.ask(r)
}

// R41, RFC 9449 §5 to §7: what a client that proves a key gets is good for that
// key alone, and refresh tokens of a client without a proof of its own are, too.
func TestDPoP_R41(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		spa := h.app(application{name: "spa", method: models.AuthNone, firstParty: true, scope: "openid offline_access", grants: "authorization_code refresh_token"})
		ada, eve := h.prover(), h.prover()
		h.proves = ada.proof
		got := h.exchange(spa, h.signedIn(h.authorizeURL(spa, "dpop_jkt", ada.jkt())).Get("code"), nil)
		got.expect(t, 200, "")
		token := got.text("access_token")
		cnf, _ := payload(t, token)["cnf"].(map[string]any)
		if got.text("token_type") != "DPoP" || cnf["jkt"] != ada.jkt() {
			t.Errorf("%s %v", got.raw, cnf)
		}
		if a := h.showsUserinfo("DPoP", token); a.status != 200 || a.text("sub") == "" {
			t.Errorf("%d %s", a.status, a.raw)
		}
		used := ada.last
		for name, test := range map[string]struct {
			proves func(*http.Request) []string
			scheme string
			code   string
		}{
			"as bearer":      {ada.proof, "Bearer", "invalid_token"},
			"without proof":  {nil, "DPoP", "invalid_token"},
			"another key":    {eve.proof, "DPoP", "invalid_token"},
			"two proofs":     {func(r *http.Request) []string { return append(ada.proof(r), ada.proof(r)...) }, "DPoP", "invalid_dpop_proof"},
			"the same again": {func(*http.Request) []string { return []string{used} }, "DPoP", "invalid_dpop_proof"},
		} {
			h.proves = test.proves
			if a := h.showsUserinfo(test.scheme, token); a.status != 401 || a.text("error") != test.code || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "DPoP ") {
				t.Errorf("%s: %d %s %s", name, a.status, a.raw, a.header.Get("WWW-Authenticate"))
			}
		}
		h.proves = eve.proof
		h.refresh(spa, got.text("refresh_token")).expect(t, 400, "invalid_grant")
		h.proves = nil
		h.refresh(spa, got.text("refresh_token")).expect(t, 400, "invalid_grant")
		h.expectAttempt("token", "oauth.other_key")
		h.proves = ada.proof
		next := h.refresh(spa, got.text("refresh_token"))
		next.expect(t, 200, "")
		if next.text("token_type") != "DPoP" {
			t.Error(next.raw)
		}
	})
}

// R35: an application that proves itself and a key keeps its refresh token; with
// another key it gets tokens for that.
func TestBoundRefreshTokensStay_R35(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid offline_access", grants: "authorization_code refresh_token"})
		ada, other := h.prover(), h.prover()
		h.proves = ada.proof
		kept := h.exchange(app, h.signedIn(h.authorizeURL(app)).Get("code"), nil).text("refresh_token")
		for range 2 {
			got := h.refresh(app, kept)
			got.expect(t, 200, "")
			if got.text("refresh_token") != kept || got.text("token_type") != "DPoP" {
				t.Error(got.raw)
			}
			h.clock.add(time.Hour)
			h.proves = other.proof
		}
		h.proves = nil
		next := h.refresh(app, kept)
		next.expect(t, 200, "")
		if next.text("refresh_token") == kept || next.text("token_type") != "Bearer" {
			t.Error("an unbound refresh token stays")
		}
	})
}

// RFC 9449 §10: a code is good for the key that the request named, whoever it
// was that pushed it.
func TestDPoPBindsCodes_R26(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code"})
	ada, eve := h.prover(), h.prover()
	code := h.signedIn(h.authorizeURL(app, "dpop_jkt", ada.jkt())).Get("code")
	h.exchange(app, code, nil).expect(t, 400, "invalid_grant")
	h.proves = eve.proof
	h.exchange(app, code, nil).expect(t, 400, "invalid_grant")
	h.proves = ada.proof
	h.exchange(app, code, nil).expect(t, 200, "")
	uri := h.push(app)
	h.proves = eve.proof
	code = h.signedIn(h.bring(app, uri)).Get("code")
	h.exchange(app, code, nil).expect(t, 400, "invalid_grant")
	h.proves = ada.proof
	h.exchange(app, code, nil).expect(t, 200, "")
	h.post("/oauth2/par", app, pushed(app, "dpop_jkt", eve.jkt())).expect(t, 400, "invalid_dpop_proof")
	h.post("/oauth2/par", app, pushed(app, "dpop_jkt", "short")).expect(t, 400, "invalid_request")
}

// RFC 9449 §4.3: what a proof has to be like.
func TestDPoPProofs_R41(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	robot := h.app(application{name: "robot", kind: models.TypeService, method: models.AuthBasic, scope: "reports", grants: "client_credentials"})
	own := func() answer { return h.post("/oauth2/token", robot, url.Values{"grant_type": {"client_credentials"}}) }
	now := h.clock.Now()
	for name, test := range map[string]struct {
		set    map[string]any
		header map[jose.HeaderKey]any
		good   bool
	}{
		"good":                     {good: true},
		"a while ago":              {set: map[string]any{"iat": now.Add(-50 * time.Second).Unix()}, good: true},
		"a little ahead":           {set: map[string]any{"iat": now.Add(10 * time.Second).Unix()}, good: true},
		"with a query":             {set: map[string]any{"htu": h.issuer + "/oauth2/token?a=b#c"}, good: true},
		"another method":           {set: map[string]any{"htm": "GET"}},
		"another endpoint":         {set: map[string]any{"htu": h.issuer + "/oauth2/par"}},
		"another host":             {set: map[string]any{"htu": "https://evil.example/oauth2/token"}},
		"no method":                {set: map[string]any{"htm": nil}},
		"no address":               {set: map[string]any{"htu": nil}},
		"no time":                  {set: map[string]any{"iat": nil}},
		"no id":                    {set: map[string]any{"jti": nil}},
		"long ago":                 {set: map[string]any{"iat": now.Add(-2 * time.Minute).Unix()}},
		"far ahead":                {set: map[string]any{"iat": now.Add(2 * time.Minute).Unix()}},
		"for a token":              {set: map[string]any{"ath": "x"}},
		"of another type":          {header: map[jose.HeaderKey]any{"typ": "JWT"}},
		"a key by reference":       {header: map[jose.HeaderKey]any{"jku": "https://evil.example/jwks"}},
		"with a private key":       {header: map[jose.HeaderKey]any{"jwk": map[string]string{"kty": "oct", "k": "AAAA"}}},
		"with a nonce not of ours": {set: map[string]any{"nonce": "made up"}},
	} {
		p := h.prover()
		p.set, p.header, h.proves = test.set, test.header, p.proof
		got := own()
		switch {
		case test.good:
			got.expect(t, 200, "")
		case test.set["nonce"] != nil:
			got.expect(t, 400, "use_dpop_nonce")
		default:
			got.expect(t, 400, "invalid_dpop_proof")
		}
		if test.good {
			h.proves = func(*http.Request) []string { return []string{p.last} }
			own().expect(t, 400, "invalid_dpop_proof")
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// RFC 9449 §8: where the tenant wants nonces, a client without one is told, and
// the nonce it is told is good for a while.
func TestDPoPNonces_R41(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	h.row.Settings.V.DPoPNonces = true
	spa := h.app(application{name: "spa", method: models.AuthNone, firstParty: true, scope: "openid", grants: "authorization_code"})
	ada := h.prover()
	h.proves = ada.proof
	code := h.signedIn(h.authorizeURL(spa)).Get("code")
	told := h.exchange(spa, code, nil)
	told.expect(t, 400, "use_dpop_nonce")
	if ada.nonce = told.header.Get("DPoP-Nonce"); ada.nonce == "" {
		t.Fatal("no nonce")
	}
	got := h.exchange(spa, code, nil)
	got.expect(t, 200, "")
	token := got.text("access_token")
	if a := h.showsUserinfo("DPoP", token); a.status != 200 {
		t.Errorf("%d %s", a.status, a.raw)
	}
	ada.nonce = ""
	if a := h.showsUserinfo("DPoP", token); a.status != 401 || a.header.Get("DPoP-Nonce") == "" || !strings.Contains(a.header.Get("WWW-Authenticate"), `error="use_dpop_nonce"`) {
		t.Errorf("%d %s %s", a.status, a.raw, a.header)
	}
	ada.nonce = told.header.Get("DPoP-Nonce")
	h.clock.add(7 * time.Minute)
	if a := h.showsUserinfo("DPoP", token); a.status != 401 {
		t.Errorf("an old nonce: %d", a.status)
	}
}

// RFC 9449 §8: a client whose nonce is not taken learns one that is, also where
// the tenant wants none and where requests are pushed. Neither leaves an attempt.
func TestDPoPNonceIsTold_R41(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code"})
	ada := h.prover()
	h.proves = ada.proof
	token := h.exchange(app, h.signedIn(h.authorizeURL(app)).Get("code"), nil).text("access_token")
	for name, ask := range map[string]func() answer{
		"token":    func() answer { return h.exchange(app, h.signedIn(h.authorizeURL(app)).Get("code"), nil) },
		"pushed":   func() answer { return h.post("/oauth2/par", app, pushed(app)) },
		"userinfo": func() answer { return h.showsUserinfo("DPoP", token) },
	} {
		ada.nonce = "stale"
		told := ask()
		if ada.nonce = told.header.Get("DPoP-Nonce"); told.text("error") != "use_dpop_nonce" || ada.nonce == "" {
			t.Errorf("%s: %d %s, nonce %q", name, told.status, told.raw, ada.nonce)
		}
		if again := ask(); again.status >= 300 {
			t.Errorf("%s, with the nonce: %d %s", name, again.status, again.raw)
		}
	}
	for _, kind := range []string{"token", "authorize"} {
		if h.attempts(kind, "oauth.dpop_nonce") != 0 {
			t.Errorf("%s: an attempt", kind)
		}
	}
}

// RFC 9449 §5.2, R49: whose tokens have to be bound gets no others.
func TestUnboundIsRefused_R49(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	for name, o := range map[string]models.ClientOptions{"chosen": {DPoPBound: true}, "fapi": {SecurityProfile: models.ProfileFAPI2}} {
		app := h.app(h.keyed(application{name: name, kind: models.TypeService, scope: "reports", grants: "client_credentials", options: o}))
		h.proves = nil
		h.post("/oauth2/token", app, url.Values{"grant_type": {"client_credentials"}}).expect(t, 400, "invalid_request")
		h.expectAttempt("token", "oauth.unbound")
		h.proves = h.prover().proof
		got := h.post("/oauth2/token", app, url.Values{"grant_type": {"client_credentials"}})
		got.expect(t, 200, "")
		h.proves = nil
		if a := h.post("/oauth2/introspect", app, url.Values{"token": {got.text("access_token")}}); a.text("token_type") != "DPoP" || !strings.Contains(a.raw, `"cnf":{"jkt":"`) {
			t.Error(a.raw)
		}
	}
}
