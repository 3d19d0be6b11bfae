// Package dpop judges proofs that a client holds a private key (RFC 9449), at
// the endpoints where tokens are bound to the key and at those that take bound
// tokens.
//
// Called by oidc and by the doors that take access tokens.
//
// Standards: RFC 9449, RFC 7638; security requirement R41.
package dpop
