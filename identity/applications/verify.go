package applications

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/models"
)

// SignatureAlgorithms are the values of alg that applications may sign with.
func SignatureAlgorithms() []string { return []string{"ES256", "RS256", "PS256", "EdDSA"} }

// FAPIAlgorithms are those that FAPI 2.0 allows them (Security Profile §5.4.1).
func FAPIAlgorithms() []string { return []string{"ES256", "PS256", "EdDSA"} }

// ErrSignature tells that a token was not signed as it should be.
var ErrSignature = errors.New("applications: not a token that the application signed")

// Signed is a JWT that an application signed.
type Signed struct {
	Type    string // typ; empty: none
	Alg     string
	Payload []byte
}

// OfType reports whether the typ of a JWT names one of the types, or none where
// "" is among them (RFC 7515 §4.1.9, RFC 8725 §3.11). Types are written in lower
// case, without application/.
func OfType(typ string, types ...string) bool {
	return slices.Contains(types, strings.TrimPrefix(strings.ToLower(typ), "application/"))
}

// foreignKeys are headers by which a token would bring its own key (L66).
var foreignKeys = []jose.HeaderKey{"jku", "x5u", "x5c"}

// maxSigned is how long a token may be, in bytes (L67).
const maxSigned = 20 << 10

// Verify checks that the application signed a JWT with one of its own keys and
// one of the algorithms. It returns ErrSignature, or reason.OAuthKeys where the
// keys could not be had.
func (g *Registry) Verify(ctx context.Context, a *models.Application, token string, algorithms []string) (*Signed, error) {
	parsed, err := parseSigned(token, algorithms)
	if err != nil {
		return nil, err
	}
	set, err := g.KeySet(ctx, a, parsed.Signatures[0].Protected.KeyID)
	if err != nil {
		return nil, err
	}
	return verified(parsed, set)
}

// VerifyStatement checks that a software statement (RFC 7591 §2.3) was signed
// with one of the keys. It returns ErrSignature.
func VerifyStatement(keys map[string]any, token string) (*Signed, error) {
	parsed, err := parseSigned(token, SignatureAlgorithms())
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(keys)
	if err != nil {
		return nil, errors.Join(ErrSignature, err)
	}
	set, err := ParseKeySet(text)
	if err != nil {
		return nil, errors.Join(ErrSignature, err)
	}
	return verified(parsed, set)
}

func parseSigned(token string, algorithms []string) (*jose.JSONWebSignature, error) {
	if len(token) > maxSigned || strings.Count(token, ".") != 2 {
		return nil, ErrSignature
	}
	allowed := make([]jose.SignatureAlgorithm, len(algorithms))
	for i, alg := range algorithms {
		allowed[i] = jose.SignatureAlgorithm(alg)
	}
	parsed, err := jose.ParseSignedCompact(token, allowed)
	if err != nil {
		return nil, errors.Join(ErrSignature, err)
	}
	if bringsKey(parsed.Signatures[0].Protected) {
		return nil, ErrSignature
	}
	return parsed, nil
}

func verified(parsed *jose.JSONWebSignature, set *jose.JSONWebKeySet) (*Signed, error) {
	header := parsed.Signatures[0].Protected
	for i := range set.Keys {
		if !meant(&set.Keys[i], header) {
			continue
		}
		if payload, err := parsed.Verify(&set.Keys[i]); err == nil {
			typ, _ := header.ExtraHeaders[jose.HeaderType].(string)
			return &Signed{Type: typ, Alg: header.Algorithm, Payload: payload}, nil
		}
	}
	return nil, ErrSignature
}

func bringsKey(header jose.Header) bool {
	for _, name := range foreignKeys {
		if _, has := header.ExtraHeaders[name]; has {
			return true
		}
	}
	return header.JSONWebKey != nil
}

// meant reports whether a key is the one that a header speaks of, or may be
// where it names none.
func meant(key *jose.JSONWebKey, header jose.Header) bool {
	return (header.KeyID == "" || key.KeyID == header.KeyID) && key.Use != "enc" && (key.Algorithm == "" || key.Algorithm == header.Algorithm)
}
