package keys

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/store"
)

// maxToken bounds what is parsed at all, in bytes.
const maxToken = 16 << 10

// ErrToken says that a text is no token of this tenant and type.
var ErrToken = errors.New("keys: not a token of this tenant")

// forbidden are header members that would let a token choose its own key or
// meaning (security lesson L66).
var forbidden = []jose.HeaderKey{"jwk", "jku", "x5u", "x5c", "crit"}

// Verify returns the payload of a compact JWS that one of the tenant's keys
// signed as the type typ. The algorithm is the key's, never the token's; keys
// come from this tenant alone. It returns ErrToken.
func (r *Ring) Verify(ctx context.Context, t store.Tenant, token, typ string) (payload []byte, kid string, err error) {
	if len(token) > maxToken || strings.Count(token, ".") != 2 {
		return nil, "", ErrToken
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.PS256})
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrToken, err)
	}
	header := signed.Signatures[0].Protected
	if got, ok := header.ExtraHeaders[jose.HeaderType].(string); !ok || !strings.EqualFold(got, typ) {
		return nil, "", ErrToken
	}
	if header.JSONWebKey != nil {
		return nil, "", ErrToken
	}
	for _, name := range forbidden {
		if _, has := header.ExtraHeaders[name]; has {
			return nil, "", ErrToken
		}
	}
	s, err := r.set(ctx, t)
	if err != nil {
		return nil, "", err
	}
	key := s.byKID[header.KeyID]
	if key == nil || key.Algorithm != header.Algorithm {
		return nil, "", ErrToken
	}
	payload, err = signed.Verify(key)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrToken, err)
	}
	return payload, header.KeyID, nil
}
