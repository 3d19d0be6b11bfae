// Package claims says what an application learns about a user: the claims that
// its scopes stand for, and those that it asks for one by one.
//
// Called by packages oidc, authorize and grants. Standards: OpenID Connect Core
// §5.
package claims
