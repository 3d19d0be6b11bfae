package dpop

import (
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// typ tells proofs from every other JWT (RFC 9449 §4.2).
const typ = "dpop+jwt"

// The bounds of a proof.
const (
	maxProof = 8 << 10 // bytes
	maxID    = 256
	minRSA   = 2048 / 8 // bytes
)

// Algorithms are those that proofs may be signed with.
func Algorithms() []string { return []string{"ES256", "ES384", "PS256", "EdDSA", "RS256"} }

var errProof = errors.New("dpop: proof refused")

// proof is what a DPoP proof says (RFC 9449 §4.2).
type proof struct {
	ID     string  `json:"jti"`
	Method string  `json:"htm"`
	URL    string  `json:"htu"`
	Issued float64 `json:"iat"` // seconds since the epoch
	Hash   string  `json:"ath"`
	Nonce  string  `json:"nonce"`

	thumbprint string
}

// read parses a proof and verifies it with the key that it brings along.
func read(text string, allowed []string) (*proof, error) {
	if len(text) > maxProof {
		return nil, errProof
	}
	if allowed == nil {
		allowed = Algorithms()
	}
	var algorithms []jose.SignatureAlgorithm
	for _, alg := range allowed {
		algorithms = append(algorithms, jose.SignatureAlgorithm(alg))
	}
	signed, err := jose.ParseSignedCompact(text, algorithms)
	if err != nil {
		return nil, errors.Join(errProof, err)
	}
	key, err := keyOf(signed.Signatures[0].Protected)
	if err != nil {
		return nil, err
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return nil, errors.Join(errProof, err)
	}
	p := &proof{}
	if err := json.Unmarshal(payload, p); err != nil || p.ID == "" || len(p.ID) > maxID || p.Issued <= 0 {
		return nil, errors.Join(errProof, err)
	}
	sum, err := key.Thumbprint(crypto.SHA256)
	p.thumbprint = base64.RawURLEncoding.EncodeToString(sum)
	return p, err
}

// keyOf is the public key in the header of a proof, which may name its key in
// no other way (L66).
func keyOf(h jose.Header) (*jose.JSONWebKey, error) {
	if said, _ := h.ExtraHeaders[jose.HeaderType].(string); said != typ {
		return nil, errProof
	}
	for _, name := range []jose.HeaderKey{"jku", "x5u", "x5c", "crit"} {
		if _, has := h.ExtraHeaders[name]; has {
			return nil, errProof
		}
	}
	key := h.JSONWebKey
	if key == nil || !key.Valid() || !key.IsPublic() {
		return nil, errProof
	}
	if k, ok := key.Key.(*rsa.PublicKey); ok && k.Size() < minRSA {
		return nil, errProof
	}
	return key, nil
}

// same compares the addresses of two endpoints, without query and fragment (RFC
// 9449 §4.3, RFC 3986 §6.2).
func same(said, ours string) bool {
	a, err := url.Parse(said)
	if err != nil || a.User != nil {
		return false
	}
	b, err := url.Parse(ours)
	return err == nil && strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(bare(a), bare(b)) && a.EscapedPath() == b.EscapedPath()
}

// bare is the host of an address, without the port that its scheme implies.
func bare(u *url.URL) string {
	if port := u.Port(); port == "443" && u.Scheme == "https" || port == "80" && u.Scheme == "http" {
		return u.Hostname()
	}
	return u.Host
}
