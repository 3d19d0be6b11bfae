// Package registration reads and writes client metadata as applications send it
// when they register themselves: what a tenant's policy lets through becomes a
// registration of identity/applications, in our defaults or OpenID Connect's. It
// is pure: nothing is fetched or stored.
//
// Called by package oidc. Standards: RFC 7591 §2 and §3, RFC 7592, OpenID
// Connect Dynamic Client Registration 1.0.
package registration
