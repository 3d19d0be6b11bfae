package tokens

import (
	"crypto/sha256"
	"time"

	"gatehouse/identity/keys"
	"gatehouse/identity/sessions"
	"gatehouse/internal/seal"
)

// randomBytes is the entropy of family secrets.
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

func hash(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}
