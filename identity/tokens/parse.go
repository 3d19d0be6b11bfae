package tokens

import (
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/maypok86/otter/v2"

	"gatehouse/identity/sessions"
	"gatehouse/models"
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
// not change the claims. What they want to know besides, as soon as they know
// what the token says, is asked together with that.
func (m *Mint) ParseAccess(
	ctx context.Context, t store.Tenant, issuer, token string, besides ...func(*AccessClaims) *store.Question,
) (*AccessClaims, error) {
	c, err := m.verify(ctx, t, token)
	if err != nil {
		return nil, err
	}
	if c.Issuer != issuer || m.now().Unix() >= c.Expires {
		return nil, reason.New(reason.OAuthTokenInvalid)
	}
	b := backing{session: sessions.Ask(c.SID)}
	questions := []*store.Question{revocations(&b.revoked, c.JTI, ofClient(c.ClientID), everything)}
	if c.FamilyID != "" {
		b.life = lifeOf(c.FamilyID, &b.family)
		questions = append(questions, b.life)
	}
	if c.SID != "" {
		questions = append(questions, b.session.Question)
	}
	for _, ask := range besides {
		questions = append(questions, ask(c))
	}
	store.Ask(ctx, t, questions...)
	if err := questions[0].Err(); err != nil {
		return nil, err
	}
	return m.backed(ctx, t, c, b)
}

// backing is what an access token stems from.
type backing struct {
	revoked []models.RevokedToken
	life    *store.Question // nil: there is no family
	family  models.Family
	session *sessions.Asked // the one that the token names
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
func (m *Mint) backed(ctx context.Context, r store.Reader, c *AccessClaims, b backing) (*AccessClaims, error) {
	if slices.ContainsFunc(b.revoked, c.endedBy) {
		return nil, reason.New(reason.OAuthTokenInvalid)
	}
	if b.life == nil {
		return c, nil
	}
	if err := b.life.Err(); err != nil {
		if store.NotFound(err) {
			return nil, reason.New(reason.OAuthTokenInvalid)
		}
		return nil, err
	}
	f := b.family
	if !f.RevokedAt.IsZero() || !m.now().Before(f.ExpiresAt.Time) {
		return nil, reason.New(reason.OAuthTokenInvalid)
	}
	about := *c
	about.userID = f.UserID
	if f.SessionID != "" && f.SessionID == c.SID {
		_, err := m.sessions.Live(b.session)
		return &about, lives(err)
	}
	return &about, m.sessionLives(ctx, r, f.SessionID)
}

// sessionLives looks whether a session still holds; an empty one is not needed.
func (m *Mint) sessionLives(ctx context.Context, r store.Reader, id string) error {
	if id == "" {
		return nil
	}
	_, err := m.sessions.ByID(ctx, r, id)
	return lives(err)
}

func lives(err error) error {
	if err != nil && reason.From(err).Meaning().Kind != reason.Internal {
		return reason.Wrap(reason.OAuthTokenInvalid, err)
	}
	return err
}
