package oidc_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/models"
	"gatehouse/store/storetest"
)

// R41, RFC 9449 §4.2, §4.3: proofs that no library would make, and what of a
// proof does not count.
func TestDPoPProofsByHand_R41(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	robot := h.app(application{name: "robot", kind: models.TypeService, method: models.AuthBasic, scope: "reports", grants: "client_credentials"})
	mine, other := ecPair(t, ""), ecPair(t, "")
	private := jose.JSONWebKey{Key: mine.private}
	endpoint := h.issuer + "/oauth2/token"
	for name, test := range map[string]struct {
		header, set map[string]any // nil values are left out
		signs       pair
		change      func(string) string
		good        bool
	}{
		"good":                         {good: true},
		"its address in capitals":      {set: map[string]any{"htu": "HTTP" + strings.TrimPrefix(endpoint, "http")}, good: true},
		"with more than is known":      {header: map[string]any{"tx": 1}, set: map[string]any{"tx": "x"}, good: true},
		"with times that do not count": {set: map[string]any{"nbf": h.clock.Now().Unix(), "exp": h.clock.Now().Add(5 * time.Minute).Unix()}, good: true},
		"another address":              {set: map[string]any{"htu": endpoint + "x"}},
		"no type":                      {header: map[string]any{"typ": nil}},
		"no algorithm":                 {header: map[string]any{"alg": nil}},
		"none":                         {header: map[string]any{"alg": "none"}},
		"another algorithm":            {header: map[string]any{"alg": "HS256"}},
		"no key":                       {header: map[string]any{"jwk": nil}},
		"the private key":              {header: map[string]any{"jwk": private}},
		"signed by another":            {signs: other},
		"a critical header":            {header: map[string]any{"crit": []string{"tx"}, "tx": 1}},
		"unsigned":                     {change: func(p string) string { return p[:strings.LastIndexByte(p, '.')+1] }},
		"without a part":               {change: func(p string) string { return p[:strings.LastIndexByte(p, '.')] }},
		"no JWT":                       {change: func(string) string { return "x" }},
		"empty":                        {change: func(string) string { return "" }},
		"two in one header":            {change: func(p string) string { return p + ", " + p }},
		"said twice":                   {set: map[string]any{"htm": []string{"POST"}}},
	} {
		if test.signs.private == nil {
			test.signs = mine
		}
		h.proves = func(*http.Request) []string {
			header := map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": mine.public}
			said := map[string]any{"jti": name, "htm": "POST", "htu": endpoint, "iat": h.clock.Now().Unix()}
			proof := byHand(t, test.signs, overlaid(header, test.header), overlaid(said, test.set))
			if test.change != nil {
				proof = test.change(proof)
			}
			return []string{proof}
		}
		got := h.post("/oauth2/token", robot, url.Values{"grant_type": {"client_credentials"}})
		t.Run(name, func(t *testing.T) {
			if test.good {
				got.expect(t, 200, "")
				return
			}
			got.expect(t, 400, "invalid_dpop_proof")
		})
	}
}

// overlaid is a map with another on top; its nil values are left out.
func overlaid(m, on map[string]any) map[string]any {
	maps.Copy(m, on)
	maps.DeleteFunc(m, func(_ string, value any) bool { return value == nil })
	return m
}

// byHand makes a JWS by ES256, whatever its header says.
func byHand(t *testing.T, by pair, header, claims map[string]any) string {
	t.Helper()
	key, is := by.private.(*ecdsa.PrivateKey)
	if !is {
		t.Fatal("no key")
	}
	var parts []string
	for _, part := range []map[string]any{header, claims} {
		text, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(text))
	}
	text := strings.Join(parts, ".")
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}
