package keys

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/audit"
	"gatehouse/internal/caller"
	"gatehouse/internal/recent"
	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/store"
)

// The algorithms that a tenant can sign with (RFC 7518 §3.1).
const (
	ES256 = string(jose.ES256)
	RS256 = string(jose.RS256)
	PS256 = string(jose.PS256)
)

// Algorithms lists them, the default first.
func Algorithms() []string { return []string{ES256, RS256, PS256} }

// The times of a key's life.
const (
	// Notice is how long a key is published before it signs: longer than
	// anybody may cache the JWKS.
	Notice = 24 * time.Hour
	// Overlap is how long a replaced key stays published: longer than any
	// token that it signed lives.
	Overlap = 25 * time.Hour
)

// Options are what a Ring needs.
type Options struct {
	DB  *store.DB
	K   *seal.Keyring
	Now func() time.Time
}

// Ring holds the tenants' keys.
type Ring struct {
	db    *store.DB
	k     *seal.Keyring
	now   func() time.Time
	cache *recent.Cache[*set]
}

// NewRing builds the ring.
func NewRing(o Options) *Ring {
	return &Ring{db: o.DB, k: o.K, now: o.Now, cache: recent.New[*set](1024)}
}

// set is a tenant's keys, ready for use.
type set struct {
	signers map[string]*Signer // active, by algorithm
	public  jose.JSONWebKeySet
	byKID   map[string]*jose.JSONWebKey
}

// Signer returns the tenant's active key for the algorithm, and makes the
// first one.
func (r *Ring) Signer(ctx context.Context, t store.Tenant, alg string) (*Signer, error) {
	s, err := r.set(ctx, t)
	if err != nil {
		return nil, err
	}
	if signer := s.signers[alg]; signer != nil {
		return signer, nil
	}
	if err := r.begin(ctx, t, alg); err != nil {
		return nil, err
	}
	if s, err = r.load(ctx, t); err != nil {
		return nil, err
	}
	if signer := s.signers[alg]; signer != nil {
		return signer, nil
	}
	return nil, fmt.Errorf("keys: no active key for %s", alg)
}

// Public returns the keys that clients may meet (RFC 7517 §5): public parts
// alone. The first keys of the algorithms that need no choice are made if there
// are none, so that nobody meets a key that he could not have known.
func (r *Ring) Public(ctx context.Context, t store.Tenant) (jose.JSONWebKeySet, error) {
	for _, alg := range []string{ES256, RS256} {
		if _, err := r.Signer(ctx, t, alg); err != nil {
			return jose.JSONWebKeySet{}, err
		}
	}
	s, err := r.set(ctx, t)
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	return s.public, nil
}

func (r *Ring) set(ctx context.Context, t store.Tenant) (*set, error) {
	return r.cache.Get(ctx, recent.Key{Tenant: t.ID()}, func(ctx context.Context) (*set, error) { return r.load(ctx, t) })
}

func (r *Ring) load(ctx context.Context, t store.Tenant) (*set, error) {
	rows, err := published(ctx, t)
	if err != nil {
		return nil, err
	}
	s := &set{signers: map[string]*Signer{}, byKID: map[string]*jose.JSONWebKey{}}
	for i := range rows {
		if err := r.add(s, &rows[i]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (r *Ring) add(s *set, row *models.SigningKey) error {
	public, err := publicKey(row)
	if err != nil {
		return err
	}
	s.public.Keys = append(s.public.Keys, *public)
	s.byKID[row.ID] = public
	if row.State != models.KeyActive {
		return nil
	}
	s.signers[row.Alg], err = r.signer(row)
	return err
}

func publicKey(row *models.SigningKey) (*jose.JSONWebKey, error) {
	text, err := json.Marshal(row.Public.V)
	if err != nil {
		return nil, err
	}
	var public jose.JSONWebKey
	if err := public.UnmarshalJSON(text); err != nil {
		return nil, fmt.Errorf("keys: %s: %w", row.ID, err)
	}
	return &public, nil
}

func (r *Ring) signer(row *models.SigningKey) (*Signer, error) {
	der, err := r.k.Open(place(row), row.Private)
	if err != nil {
		return nil, fmt.Errorf("keys: the private key %s cannot be opened; was the master key changed? %w", row.ID, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("keys: %s: %w", row.ID, err)
	}
	key, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("keys: %s cannot sign", row.ID)
	}
	return newSigner(row.ID, row.Alg, key)
}

// place binds a private key to its row (R120).
func place(row *models.SigningKey) seal.Context {
	return seal.Context{Table: "signing_keys", Column: "private", Tenant: row.TenantID, Row: row.ID}
}

// begin makes the first key of an algorithm, active at once. When two nodes do
// so at once, the database lets one through and the other's is not needed.
func (r *Ring) begin(ctx context.Context, t store.Tenant, alg string) error {
	row, err := r.generate(t.ID(), alg)
	if err != nil {
		return err
	}
	row.State = models.KeyActive
	err = t.Write(ctx, func(tx *store.Tx) error { return r.insert(bySystem(ctx), tx, row) })
	if store.Taken(err) {
		r.cache.Drop(recent.Key{Tenant: t.ID()})
		return nil
	}
	return err
}

func (r *Ring) insert(ctx context.Context, tx *store.Tx, row *models.SigningKey) error {
	if err := insert(ctx, tx, row); err != nil {
		return err
	}
	return r.record(ctx, tx, audit.KeyCreated, row, "")
}

func (r *Ring) record(ctx context.Context, tx *store.Tx, action string, row *models.SigningKey, why string) error {
	tx.After(func() { r.cache.Drop(recent.Key{Tenant: row.TenantID}) })
	details := map[string]any{"alg": row.Alg, "state": row.State, "kid": row.ID}
	if why != "" {
		details["why"] = why
	}
	return audit.Append(ctx, tx, r.now(), audit.Event{
		Action: action, Target: audit.Target{Type: "key", ID: row.ID, Name: row.Alg}, Details: details,
	})
}

// bySystem is the server acting on its own behalf.
func bySystem(ctx context.Context) context.Context {
	info := caller.From(ctx)
	info.Actor = caller.Actor{Type: caller.ActorSystem, Name: "keys"}
	return caller.With(ctx, info)
}

// rsaBits is what RS256 keys have; fewer than 2048 are not allowed (RFC 7518
// §3.3).
const rsaBits = 2048

var errAlgorithm = errors.New("keys: the algorithm is not one of ours")

func (r *Ring) generate(tenantID, alg string) (*models.SigningKey, error) {
	var key crypto.Signer
	var err error
	switch alg {
	case ES256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case RS256, PS256:
		key, err = rsa.GenerateKey(rand.Reader, rsaBits)
	default:
		err = errAlgorithm
	}
	if err != nil {
		return nil, err
	}
	return r.wrap(tenantID, alg, key)
}

// wrap makes the row of a new key: its id is its thumbprint (RFC 7638).
func (r *Ring) wrap(tenantID, alg string, key crypto.Signer) (*models.SigningKey, error) {
	public := jose.JSONWebKey{Key: key.Public(), Algorithm: alg, Use: "sig"}
	thumb, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, err
	}
	public.KeyID = base64.RawURLEncoding.EncodeToString(thumb)
	text, err := public.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	row := &models.SigningKey{
		Owned: models.Owned{TenantID: tenantID}, ID: public.KeyID, Alg: alg,
		Public: models.AsJSON(members), CreatedAt: models.At(r.now()),
	}
	row.Private, err = r.k.Seal(place(row), der)
	return row, err
}
