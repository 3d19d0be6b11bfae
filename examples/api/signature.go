package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// skew is how far the clocks may be apart.
const skew = 10 * time.Second

// bySignature checks JWT access tokens without asking anybody (RFC 9068
// section 4). The issuer's keys are fetched once, and again when a token names
// one that is new.
func bySignature(ctx context.Context, issuer string) (Check, error) {
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, err
	}
	var metadata struct {
		JWKS string `json:"jwks_uri"`
	}
	if err := provider.Claims(&metadata); err != nil {
		return nil, err
	}
	keys := oidc.NewRemoteKeySet(ctx, metadata.JWKS)
	return func(ctx context.Context, token string) (*Caller, error) {
		if err := isAccessToken(token); err != nil {
			return nil, err
		}
		payload, err := keys.VerifySignature(ctx, token)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errInvalid, err)
		}
		return inTime(payload)
	}, nil
}

// isAccessToken refuses ID tokens and everything else that the issuer signs
// with the same keys. Only algorithms with a public key will do.
func isAccessToken(token string) error {
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.PS256, jose.EdDSA})
	if err != nil {
		return fmt.Errorf("%w: %w", errInvalid, err)
	}
	typ, _ := signed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType].(string)
	if !strings.EqualFold(strings.TrimPrefix(typ, "application/"), "at+jwt") {
		return fmt.Errorf("%w: typ %q", errInvalid, typ)
	}
	return nil
}

func inTime(payload []byte) (*Caller, error) {
	var claims struct {
		Caller
		Expires int64 `json:"exp"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil, fmt.Errorf("%w: %w", errInvalid, err)
	}
	if time.Now().After(time.Unix(claims.Expires, 0).Add(skew)) {
		return nil, fmt.Errorf("%w: expired", errInvalid)
	}
	return &claims.Caller, nil
}
