package applications

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/outbound"
	"gatehouse/models"
	"gatehouse/reason"
)

// Fetcher calls addresses that applications registered; *outbound.Client does,
// under the rules of R100.
type Fetcher interface {
	Do(ctx context.Context, r outbound.Request) (*outbound.Response, error)
}

// How long fetched keys are believed, and how soon they are asked for again when
// a key is missing or they could not be had.
const (
	keySetLife  = 5 * time.Minute
	keySetRetry = time.Minute
	maxKeys     = 64
	maxKeySets  = 4096
	minRSABits  = 2048
)

var errKeySet = errors.New("applications: not a JSON Web Key Set of public keys")

// KeySet are the application's public keys: those that it registered, or those
// behind its jwks_uri, fetched anew when they are old or the wanted kid is not
// among them; kid may be empty. Keys that were fetched before outlive a failed
// fetch. It returns reason.OAuthKeys where there are none.
func (g *Registry) KeySet(ctx context.Context, a *models.Application, kid string) (*jose.JSONWebKeySet, error) {
	o := a.Options.V
	if o.JWKSURI != "" {
		return g.keySets.get(ctx, g.fetch, o.JWKSURI, kid, g.now())
	}
	text, err := json.Marshal(o.JWKS)
	if err != nil || len(o.JWKS) == 0 {
		return nil, reason.Wrap(reason.OAuthKeys, err)
	}
	set, err := ParseKeySet(text)
	if err != nil {
		return nil, reason.Wrap(reason.OAuthKeys, err)
	}
	return set, nil
}

// ParseKeySet reads the public keys of a set (RFC 7517 §5); those of kinds that
// we do not know, or too weak, are left out. Private or symmetric ones spoil it:
// whoever published them has to know.
func ParseKeySet(text []byte) (*jose.JSONWebKeySet, error) {
	var raw struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &raw); err != nil || len(raw.Keys) == 0 || len(raw.Keys) > maxKeys {
		return nil, errKeySet
	}
	set := &jose.JSONWebKeySet{}
	for _, one := range raw.Keys {
		var key jose.JSONWebKey
		if err := key.UnmarshalJSON(one); err != nil {
			continue
		}
		if !key.IsPublic() {
			return nil, errKeySet
		}
		if weak, is := key.Key.(*rsa.PublicKey); is && weak.N.BitLen() < minRSABits {
			continue
		}
		set.Keys = append(set.Keys, key)
	}
	if len(set.Keys) == 0 {
		return nil, errKeySet
	}
	return set, nil
}

// keySets are fetched keys by address. They are bounded by being emptied.
type keySets struct {
	mu  sync.Mutex
	all map[string]*fetched
}

// fetched is what came from one address. Its lock makes one of many ask.
type fetched struct {
	mu         sync.Mutex
	set        *jose.JSONWebKeySet
	got, tried time.Time
}

func (k *keySets) at(uri string) *fetched {
	k.mu.Lock()
	defer k.mu.Unlock()
	if f := k.all[uri]; f != nil {
		return f
	}
	if k.all == nil || len(k.all) >= maxKeySets {
		k.all = map[string]*fetched{}
	}
	f := &fetched{}
	k.all[uri] = f
	return f
}

func (k *keySets) get(ctx context.Context, fetch Fetcher, uri, kid string, now time.Time) (*jose.JSONWebKeySet, error) {
	f := k.at(uri)
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.set == nil || now.Sub(f.got) >= keySetLife
	missing := f.set != nil && kid != "" && len(f.set.Key(kid)) == 0
	if !old && !missing || now.Sub(f.tried) < keySetRetry {
		return f.answer(nil)
	}
	f.tried = now
	set, err := load(ctx, fetch, uri)
	if err == nil {
		f.set, f.got = set, now
	}
	return f.answer(err)
}

func (f *fetched) answer(err error) (*jose.JSONWebKeySet, error) {
	if f.set == nil {
		return nil, reason.Wrap(reason.OAuthKeys, err)
	}
	return f.set, nil
}

func load(ctx context.Context, fetch Fetcher, uri string) (*jose.JSONWebKeySet, error) {
	if fetch == nil {
		return nil, errKeySet
	}
	answer, err := fetch.Do(ctx, outbound.Request{URL: uri, Types: []string{"application/json", "application/jwk-set+json"}})
	if err != nil {
		return nil, err
	}
	if answer.Status != http.StatusOK {
		return nil, errKeySet
	}
	return ParseKeySet(answer.Body)
}
