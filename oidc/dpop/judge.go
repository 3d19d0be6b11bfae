package dpop

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"gatehouse/identity/replays"
	"gatehouse/internal/seal"
	"gatehouse/reason"
	"gatehouse/store"
)

// How old a proof may be, and how far ahead the clock of its maker (RFC 9449
// §11.1).
const (
	maxAge   = time.Minute
	maxAhead = 30 * time.Second
)

// Judge judges proofs.
type Judge struct {
	K       *seal.Keyring
	Replays *replays.Keep
	Now     func() time.Time
}

// Request is what a proof has to be made for.
type Request struct {
	Headers     []string // the DPoP headers that came
	Method      string
	URL         string // of the endpoint, as the tenant's issuer names it
	AccessToken string // that came along; empty: none is shown here
	// Algorithms are those that will do; nil: all of Algorithms.
	Algorithms []string
	// Nonces tells that only proofs with a nonce of ours will do (RFC 9449 §8).
	Nonces bool
}

// Prove returns the thumbprint (RFC 7638) of the key that the client proved to
// hold, or "" where it sent no proof. A proof is good once. It returns
// reason.OAuthDPoPProof, or reason.OAuthDPoPNonce where a fresh nonce would do.
func (j *Judge) Prove(ctx context.Context, t store.Tenant, r Request) (string, *reason.Error) {
	if len(r.Headers) == 0 {
		return "", nil
	}
	if len(r.Headers) > 1 { // RFC 9449 §4.3
		return "", reason.New(reason.OAuthDPoPProof)
	}
	p, err := read(r.Headers[0], r.Algorithms)
	if err != nil {
		return "", reason.Wrap(reason.OAuthDPoPProof, err)
	}
	if !j.fits(p, r) {
		return "", reason.New(reason.OAuthDPoPProof)
	}
	if p.Nonce == "" && r.Nonces || p.Nonce != "" && !j.known(t.ID(), p.Nonce) {
		return "", reason.New(reason.OAuthDPoPNonce)
	}
	return p.thumbprint, j.first(ctx, t, p)
}

// fits holds what a proof says to the request (RFC 9449 §4.3).
func (j *Judge) fits(p *proof, r Request) bool {
	age := j.Now().Sub(time.UnixMilli(int64(p.Issued * 1000)))
	return p.Method == r.Method && same(p.URL, r.URL) && age <= maxAge && age >= -maxAhead && p.Hash == tokenHash(r.AccessToken)
}

// first refuses a proof that came before (RFC 9449 §11.1).
func (j *Judge) first(ctx context.Context, t store.Tenant, p *proof) *reason.Error {
	until := time.UnixMilli(int64(p.Issued * 1000)).Add(maxAge)
	first, err := j.Replays.First(ctx, t, replays.DPoP, until, p.thumbprint, p.ID)
	if err != nil {
		return reason.From(err)
	}
	if !first {
		return reason.New(reason.OAuthDPoPProof)
	}
	return nil
}

// tokenHash is the ath claim for an access token (RFC 9449 §4.2).
func tokenHash(token string) string {
	if token == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
