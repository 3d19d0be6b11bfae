package oidc

import (
	"context"
	"encoding/json"
	"time"
)

// keySetLife is how long a marshalled key set is served before it is looked at
// again: a key that is revoked leaves within it.
const keySetLife = time.Second

// JWKS answers the tenant's public signing keys (RFC 7517 §5).
func (p *Provider) JWKS(ctx context.Context, t Tenant) Document {
	body, ok := p.keySets.get(t.Store.ID(), p.Now())
	if !ok {
		set, err := p.Keys.Public(ctx, t.Store)
		if err != nil {
			return p.failure(err)
		}
		if body, err = json.Marshal(set); err != nil {
			return p.failure(err)
		}
		p.keySets.put(t.Store.ID(), body, p.Now().Add(keySetLife))
	}
	return Document{Status: 200, Body: body, ContentType: "application/jwk-set+json", CacheSeconds: jwksSeconds}
}
