package models

// Code is what an authorization code stands for (RFC 6749 §4.1.2), which carries
// it itself. The table held the codes of former versions.
//
// Owner: identity/tokens.
type Code struct {
	Owned
	Hash          []byte `gorm:"primaryKey"`
	ApplicationID string
	UserID        string
	SessionID     string
	RedirectURI   string `gorm:"column:redirect_uri"`
	Scope         string
	Nonce         string
	Challenge     string // code_challenge, S256; empty: none was given
	Resource      string
	AuthTime      Time
	AMR           JSON[[]string] `gorm:"column:amr"`
	ACR           string         `gorm:"column:acr"`
	ClaimsLocales string
	Details       JSON[GrantDetails]
	CreatedAt     Time
	ExpiresAt     Time
	UsedAt        Time
}

// TableName names the table.
func (Code) TableName() string { return "codes" }

// Family is all tokens that stem from one authorization. Its refresh token is
// not stored: it is computed from the family's secret and generation.
//
// Owner: identity/tokens.
type Family struct {
	Owned
	Recorded      `gorm:"-"`
	ID            string `gorm:"primaryKey"`
	ApplicationID string
	UserID        string
	SessionID     string // empty: outlives the session (offline_access)
	CodeHash      []byte // of what gave it; former versions ask for it
	// Redeemed names the code that was used by its SHA-256; nil: none was. It
	// is unique, so that a code is used once.
	Redeemed     []byte
	Secret       []byte
	Generation   int64
	RotatedAt    Time
	Scope        string
	Resource     string
	AuthTime     Time
	AMR          JSON[[]string] `gorm:"column:amr"`
	ACR          string         `gorm:"column:acr"`
	Details      JSON[GrantDetails]
	CreatedAt    Time
	IdleSeconds  int
	ExpiresAt    Time // absolute
	RevokedAt    Time
	RevokeReason string
}

// TableName names the table.
func (Family) TableName() string { return "token_families" }

// RevokedToken is the jti of an access token that was revoked before its end, or
// stands for all tokens of an application or of the tenant that were issued up
// to a moment.
//
// Owner: identity/tokens.
type RevokedToken struct {
	Owned
	JTI          string `gorm:"primaryKey;column:jti"`
	IssuedBefore Time   // zero: the one token
	ExpiresAt    Time
}

// TableName names the table.
func (RevokedToken) TableName() string { return "revoked_tokens" }

// KeyState is the place of a signing key in its life (security requirement
// R123).
type KeyState string

// The states of a signing key.
const (
	KeyNext     KeyState = "next"     // published, not yet signing
	KeyActive   KeyState = "active"   // signing
	KeyRetiring KeyState = "retiring" // published until the last token expires
	KeyRevoked  KeyState = "revoked"
)

// SigningKey is a tenant's key for one algorithm. Private is sealed.
//
// Owner: identity/keys.
type SigningKey struct {
	Owned
	Recorded   `gorm:"-"`
	ID         string `gorm:"primaryKey"` // kid
	Alg        string
	State      KeyState
	Public     JSON[map[string]any] // JWK
	Private    []byte
	CreatedAt  Time
	ActivateAt Time // when a next key begins to sign
	RetiredAt  Time
	ExpiresAt  Time // when a retiring key leaves the JWKS
}

// TableName names the table.
func (SigningKey) TableName() string { return "signing_keys" }

// DeadFamily is a family that was over long ago, for its removal: that needs no
// event, since its end had one.
//
// Owner: identity/tokens.
type DeadFamily struct {
	Owned
	ID        string `gorm:"primaryKey"`
	ExpiresAt Time
}

// TableName names the table.
func (DeadFamily) TableName() string { return "token_families" }
