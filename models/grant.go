package models

import "encoding/json"

// GrantDetails are what few authorizations hold, beside the columns that all
// of them fill. It travels from the code to the family of tokens.
type GrantDetails struct {
	// Claims is the claims parameter (OpenID Connect Core §5.5).
	Claims json.RawMessage `json:"claims,omitempty"`
	// AuthorizationDetails are what the user allowed (RFC 9396 §2).
	AuthorizationDetails json.RawMessage `json:"authorization_details,omitempty"`
	// Resources are the audiences that were asked for (RFC 8707 §2).
	Resources []string `json:"resources,omitempty"`
	// JKT is the thumbprint of the DPoP key that tokens are bound to (RFC 9449
	// §6); empty: none.
	JKT string `json:"jkt,omitempty"`
	// CertificateThumbprint is that of the client certificate that tokens are
	// bound to (RFC 8705 §3.1); empty: none.
	CertificateThumbprint string `json:"x5t#S256,omitempty"`
	// Actor is the act claim of an exchanged token (RFC 8693 §4.1).
	Actor json.RawMessage `json:"act,omitempty"`
}
