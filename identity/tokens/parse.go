package tokens

import (
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/maypok86/otter/v2"

	"gatehouse/reason"
	"gatehouse/store"
)

// verifiedTokens remembers what tokens say whose signature was verified, or that
// were found: that costs more than every other check together. What can change
// is never remembered.
type verifiedTokens struct {
	c *otter.Cache[verifiedKey, *AccessClaims]
}

type verifiedKey struct {
	tenant string
	hash   [sha256.Size]byte
}

const (
	rememberedTokens = 16384
	rememberedFor    = time.Minute // and so the longest that a revoked key is believed
)

func newVerifiedTokens() *verifiedTokens {
	return &verifiedTokens{otter.Must(&otter.Options[verifiedKey, *AccessClaims]{
		MaximumSize: rememberedTokens, ExpiryCalculator: otter.ExpiryWriting[verifiedKey, *AccessClaims](rememberedFor),
	})}
}

// ParseAccess returns the claims of an access token that this tenant issued and
// that still holds: in time, not revoked, its family and its session alive. It
// returns reason.OAuthTokenInvalid, whatever of that is not so. Callers must
// not change the claims.
func (m *Mint) ParseAccess(ctx context.Context, t store.Tenant, issuer, token string) (*AccessClaims, error) {
	c, err := m.verify(ctx, t, token)
	if err != nil {
		return nil, err
	}
	invalid := reason.New(reason.OAuthTokenInvalid)
	if c.Issuer != issuer || m.now().Unix() >= c.Expires {
		return nil, invalid
	}
	rows, err := revocations(ctx, t, c.JTI, ofClient(c.ClientID), everything)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(rows, c.endedBy) {
		return nil, invalid
	}
	return m.backed(ctx, t, c)
}

func (m *Mint) verify(ctx context.Context, t store.Tenant, token string) (*AccessClaims, error) {
	key := verifiedKey{t.ID(), sha256.Sum256([]byte(token))}
	if c, ok := m.verified.c.GetIfPresent(key); ok {
		return c, nil
	}
	payload, err := m.claims(ctx, t, token)
	if err != nil {
		return nil, err
	}
	c, err := readAccess(payload)
	if err != nil {
		return nil, reason.Wrap(reason.OAuthTokenInvalid, err)
	}
	m.verified.c.Set(key, c)
	return c, nil
}

// backed looks whether what the token stems from still stands, and whom it is
// about.
func (m *Mint) backed(ctx context.Context, r store.Reader, c *AccessClaims) (*AccessClaims, error) {
	if c.FamilyID == "" {
		return c, nil
	}
	f, err := lifeOf(ctx, r, c.FamilyID)
	if err != nil {
		if store.NotFound(err) {
			return nil, reason.New(reason.OAuthTokenInvalid)
		}
		return nil, err
	}
	if !f.RevokedAt.IsZero() || !m.now().Before(f.ExpiresAt.Time) {
		return nil, reason.New(reason.OAuthTokenInvalid)
	}
	about := *c
	about.userID = f.UserID
	return &about, m.sessionLives(ctx, r, f.SessionID)
}

// sessionLives looks whether a session still holds; an empty one is not needed.
func (m *Mint) sessionLives(ctx context.Context, r store.Reader, id string) error {
	if id == "" {
		return nil
	}
	_, err := m.sessions.ByID(ctx, r, id)
	if err != nil && reason.From(err).Meaning().Kind != reason.Internal {
		return reason.Wrap(reason.OAuthTokenInvalid, err)
	}
	return err
}
