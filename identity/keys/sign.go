package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// Signer signs with one active key. It makes the compact form itself, since all
// of it but payload and signature is the same for each key and type: a general
// library builds that anew with every token, for a third of what the signature
// costs.
type Signer struct {
	KID, Alg string
	key      crypto.Signer
	headers  map[string]string // encoded, with the dot behind them, by typ
}

// types are the values of typ that we sign (RFC 9068 §2.1, and JWT for ID
// tokens).
var types = []string{"at+jwt", "JWT", "logout+jwt", "token-introspection+jwt", "oauth-authz-resp+jwt"}

// header is the protected header of what we sign (RFC 7515 §4.1).
type header struct {
	Alg string `json:"alg"`
	KID string `json:"kid"`
	Typ string `json:"typ"`
}

func newSigner(kid, alg string, key crypto.Signer) (*Signer, error) {
	if !fits(alg, key) {
		return nil, fmt.Errorf("keys: a key for %s is a %T", alg, key)
	}
	s := &Signer{KID: kid, Alg: alg, key: key, headers: map[string]string{}}
	for _, typ := range types {
		text, err := json.Marshal(header{Alg: alg, KID: kid, Typ: typ})
		if err != nil {
			return nil, err
		}
		s.headers[typ] = base64.RawURLEncoding.EncodeToString(text) + "."
	}
	return s, nil
}

// fits reports whether a key is one for an algorithm (RFC 7518 §3.1).
func fits(alg string, key crypto.Signer) bool {
	switch key := key.(type) {
	case *ecdsa.PrivateKey:
		return alg == ES256 && key.Curve == elliptic.P256()
	case *rsa.PrivateKey:
		return alg == RS256 || alg == PS256
	}
	return false
}

// Sign returns the payload as a compact JWS of the type typ (RFC 7515 §7.1).
func (s *Signer) Sign(payload []byte, typ string) (string, error) {
	head, ok := s.headers[typ]
	if !ok {
		return "", fmt.Errorf("keys: tokens of type %q are not signed", typ)
	}
	enc := base64.RawURLEncoding
	token := make([]byte, 0, len(head)+enc.EncodedLen(len(payload))+1+enc.EncodedLen(rsaBits/8))
	token = enc.AppendEncode(append(token, head...), payload)
	sum := sha256.Sum256(token)
	signature, err := s.signature(sum[:])
	if err != nil {
		return "", err
	}
	return string(enc.AppendEncode(append(token, '.'), signature)), nil
}

// pss is what PS256 means (RFC 7518 §3.5).
var pss = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}

// signature is that of a SHA-256, which all our algorithms use (RFC 7518 §3.3 to
// §3.5).
func (s *Signer) signature(sum []byte) ([]byte, error) {
	switch key := s.key.(type) {
	case *ecdsa.PrivateKey:
		return fixed(key, sum)
	default:
		if s.Alg == PS256 {
			return key.Sign(rand.Reader, sum, pss)
		}
		return key.Sign(rand.Reader, sum, crypto.SHA256)
	}
}

// fixed is an ECDSA signature as two numbers of the curve's length (RFC 7518
// §3.4).
func fixed(key *ecdsa.PrivateKey, sum []byte) ([]byte, error) {
	r, s, err := ecdsa.Sign(rand.Reader, key, sum)
	if err != nil {
		return nil, err
	}
	size := (key.Params().BitSize + 7) / 8
	both := make([]byte, 2*size)
	r.FillBytes(both[:size])
	s.FillBytes(both[size:])
	return both, nil
}
