package tokens

import (
	"context"
	"crypto/sha256"
	"time"

	"gatehouse/identity/keys"
	"gatehouse/identity/sessions"
	"gatehouse/internal/seal"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// CodeLife is how long a code can be used (R26).
const CodeLife = 60 * time.Second

// codePrefix marks codes, so that a leaked one is recognised for what it is.
const codePrefix = "gtc_"

// randomBytes is the entropy of codes and of family secrets.
const randomBytes = 32

// Options are what a Mint needs.
type Options struct {
	Keys     *keys.Ring
	K        *seal.Keyring
	Sessions *sessions.Keeper
	Now      func() time.Time
}

// Mint makes and takes tokens.
type Mint struct {
	keys     *keys.Ring
	k        *seal.Keyring
	sessions *sessions.Keeper
	now      func() time.Time
	verified *verifiedTokens
}

// NewMint builds the mint.
func NewMint(o Options) *Mint {
	return &Mint{keys: o.Keys, k: o.K, sessions: o.Sessions, now: o.Now, verified: newVerifiedTokens()}
}

// NewCode stores what was authorized and returns the code for it (RFC 6749
// §4.1.2). The hash and the times of the row are set here.
func (m *Mint) NewCode(ctx context.Context, tx *store.Tx, c models.Code) (string, error) {
	text := secret.Random(codePrefix, randomBytes).Reveal()
	c.Hash = hash(text)
	c.CreatedAt, c.ExpiresAt = models.At(m.now()), models.At(m.now().Add(CodeLife))
	return text, insertCode(ctx, tx, &c)
}

// UseCode takes a code, once. It returns reason.OAuthCodeUnknown,
// reason.OAuthCodeExpired or reason.OAuthCodeReused; after the last, the caller
// ends what the code gave by RevokeCode, in a transaction that commits.
func (m *Mint) UseCode(ctx context.Context, tx *store.Tx, code string) (*models.Code, error) {
	c, err := useCode(ctx, tx, hash(code), models.At(m.now()))
	if !store.NotFound(err) {
		return c, err
	}
	c, err = codeByHash(ctx, tx, hash(code))
	switch {
	case store.NotFound(err):
		return nil, m.spent(ctx, tx, code)
	case err != nil:
		return nil, err
	case c.UsedAt.IsZero() && !m.now().Before(c.ExpiresAt.Time):
		return nil, reason.New(reason.OAuthCodeExpired)
	}
	return nil, reason.New(reason.OAuthCodeReused)
}

// spent tells a code that was swept after its use from one that never was.
func (m *Mint) spent(ctx context.Context, r store.Reader, code string) error {
	used, err := codeGaveFamily(ctx, r, hash(code))
	switch {
	case err != nil:
		return err
	case used:
		return reason.New(reason.OAuthCodeReused)
	}
	return reason.New(reason.OAuthCodeUnknown)
}

// CodeHash is what a code is known by in the store.
func CodeHash(code string) []byte { return hash(code) }

func hash(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}
