// Package clientauth finds out which application speaks wherever one
// speaks for itself: one file for each
// token_endpoint_auth_method, and one Authenticator that holds every client to
// the one method it is registered for (R37).
//
// Called by package oidc and by handlers/api. Standards: RFC 6749 §2.3 and
// §3.2.1, RFC 7523 §2.2 and §3, RFC 7591 §2, RFC 7617, RFC 8705 §2.
package clientauth
