// Package clientauth finds out which application speaks at the token,
// introspection and revocation endpoints: one file for each
// token_endpoint_auth_method, and one Authenticator that holds every client to
// the one method it is registered for (R37).
//
// Called by package oidc. Standards: RFC 6749 §2.3 and §3.2.1, RFC 7591 §2,
// RFC 7617.
package clientauth
