package api_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/identity/tokens"
	"gatehouse/models"
)

// R41, RFC 9449 §7 and §9: a token that is bound to a key is good with a proof of
// it alone, and what is wrong with a proof is named.
func TestBoundTokens_R41(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "ops", everything)
		p, issuer := newProver(t), h.url+"/t/acme"
		mint := func(jkt string) string {
			token, err := h.mint.AccessToken(t.Context(), h.acme, tokens.Access{
				Issuer: issuer, Subject: "client:ops", ClientID: "ops", Audience: []string{issuer + "/api/v1"}, Scope: "users:read",
				Lifetime: time.Minute, Bound: models.Confirmation{JKT: jkt},
			})
			must(t, err)
			return token
		}
		bound := mint(p.jkt)
		good := p.proof(t, "GET", issuer+"/api/v1/users", bound, nil)
		for _, c := range []struct {
			name, scheme, token, proof string
			status                     int
			says                       string
		}{
			{"with a proof", "DPoP", bound, good, 200, ""},
			{"the same again", "DPoP", bound, good, 401, `error="invalid_dpop_proof"`},
			{"no proof", "DPoP", bound, "", 401, `DPoP algs="ES256`},
			{"as bearer", "Bearer", bound, "", 401, `/api/v1", DPoP`},
			{"for another address", "DPoP", bound, p.proof(t, "GET", issuer+"/api/v1/roles", bound, nil), 401, `error="invalid_dpop_proof"`},
			{"for another method", "DPoP", bound, p.proof(t, "POST", issuer+"/api/v1/users", bound, nil), 401, `error="invalid_dpop_proof"`},
			{"without the token", "DPoP", bound, p.proof(t, "GET", issuer+"/api/v1/users", "", nil), 401, `error="invalid_dpop_proof"`},
			{"an old nonce", "DPoP", bound, p.proof(t, "GET", issuer+"/api/v1/users", bound, map[string]any{"nonce": "x"}), 401, `error="use_dpop_nonce"`},
			{"of another key", "DPoP", bound, newProver(t).proof(t, "GET", issuer+"/api/v1/users", bound, nil), 401, `/api/v1", DPoP`},
			{"a token that is not bound", "DPoP", mint(""), p.proof(t, "GET", issuer+"/api/v1/users", mint(""), nil), 401, `/api/v1", DPoP`},
		} {
			q := request{tenant: "acme", method: "GET", path: "/users", header: map[string]string{"Authorization": c.scheme + " " + c.token}}
			if c.proof != "" {
				q.header["DPoP"] = c.proof
			}
			a := h.do(q)
			if a.status != c.status || !strings.Contains(a.header.Get("WWW-Authenticate"), c.says) {
				t.Errorf("%s: %d %s %s", c.name, a.status, a.body, a.header.Get("WWW-Authenticate"))
			}
			if nonce := a.header.Get("DPoP-Nonce"); (nonce != "") != strings.Contains(c.says, "nonce") {
				t.Errorf("%s: nonce %q", c.name, nonce)
			}
		}
	})
}

// RFC 6750 §2: nobody proves himself twice in one request.
func TestAuthorizationComesOnce_R41(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "ops", everything)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/t/acme/api/v1/users", nil)
		must(t, err)
		for _, c := range []struct{ times, status int }{{1, 200}, {2, 401}} {
			r.SetBasicAuth("ops", secret)
			r.Header["Authorization"] = slices.Repeat(r.Header["Authorization"], c.times)
			res, err := http.DefaultClient.Do(r)
			must(t, err)
			must(t, res.Body.Close())
			if res.StatusCode != c.status {
				t.Errorf("%d times: %d", c.times, res.StatusCode)
			}
		}
	})
}

// prover makes proofs with one key (RFC 9449 §4.2).
type prover struct {
	signer jose.Signer
	jkt    string
	count  int
}

func newProver(t *testing.T) *prover {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"))
	must(t, err)
	sum, err := (&jose.JSONWebKey{Key: key.Public()}).Thumbprint(crypto.SHA256)
	must(t, err)
	return &prover{signer: signer, jkt: base64.RawURLEncoding.EncodeToString(sum)}
}

func (p *prover) proof(t *testing.T, method, address, token string, more map[string]any) string {
	t.Helper()
	p.count++
	said := map[string]any{"jti": "proof " + strconv.Itoa(p.count), "htm": method, "htu": address, "iat": time.Now().Unix()}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		said["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	maps.Copy(said, more)
	payload, err := json.Marshal(said)
	must(t, err)
	signed, err := p.signer.Sign(payload)
	must(t, err)
	text, err := signed.CompactSerialize()
	must(t, err)
	return text
}
