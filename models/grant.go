package models

import "encoding/json"

// Confirmation is what a token is bound to: only whoever holds the key can use
// it (RFC 7800 §3.1). The zero value is a token that anybody can use.
type Confirmation struct {
	// JKT is the thumbprint of a DPoP key (RFC 9449 §6).
	JKT string `json:"jkt,omitempty"`
	// X5T is that of a client certificate (RFC 8705 §3.1).
	X5T string `json:"x5t#S256,omitempty"`
}

// None reports whether nothing is bound.
func (c Confirmation) None() bool { return c == Confirmation{} }

// GrantDetails are what few authorizations hold, beside the columns that all
// of them fill. It travels from the code to the family of tokens.
type GrantDetails struct {
	// Claims is the claims parameter (OpenID Connect Core §5.5).
	Claims json.RawMessage `json:"claims,omitempty"`
	// AuthorizationDetails are what the user allowed (RFC 9396 §2).
	AuthorizationDetails json.RawMessage `json:"authorization_details,omitempty"`
	// Resources are the audiences that were asked for (RFC 8707 §2).
	Resources []string `json:"resources,omitempty"`
	// Confirmation is what the code, and the refresh tokens of an application
	// without a proof of its own, are bound to.
	Confirmation
	// Actor is the act claim of an exchanged token (RFC 8693 §4.1).
	Actor json.RawMessage `json:"act,omitempty"`
}
