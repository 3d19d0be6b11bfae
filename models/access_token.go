package models

import (
	"encoding/json"
	"slices"
)

// What access tokens look like.
const (
	FormatJWT    = "jwt"    // signed, so that APIs can read them by themselves (RFC 9068)
	FormatOpaque = "opaque" // nothing but a key to what this server keeps
)

// TokenFormats are the values of access_token_format.
func TokenFormats() []string { return []string{FormatJWT, FormatOpaque} }

// IsTokenFormat reports whether s is a format, or empty for no choice.
func IsTokenFormat(s string) bool { return s == "" || slices.Contains(TokenFormats(), s) }

// AccessToken is an opaque access token: found by the SHA-256 of its text, it
// says what a signed one would. It goes with its family, whose end has an event.
//
// Owner: identity/tokens.
type AccessToken struct {
	Owned
	Hash      []byte `gorm:"primaryKey"`
	JTI       string `gorm:"column:jti"`
	ClientID  string
	FamilyID  string                // empty: no user stands behind it
	Claims    JSON[json.RawMessage] // sub, scope, aud, cnf, act and the others
	CreatedAt Time
	ExpiresAt Time
}

// TableName names the table.
func (AccessToken) TableName() string { return "access_tokens" }
