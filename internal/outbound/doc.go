// Package outbound owns the one HTTP client with which the server calls
// addresses that others chose: jwks_uri, back-channel logout, webhooks,
// discovery and metadata of identity providers (R100, R101). A name is
// resolved once for each connection, every address it has must be public or
// listed in GATEHOUSE_OUTBOUND_ALLOW, and the connection goes to that very
// address. No other room builds an http.Client for such calls.
//
// Standards: the IANA special-purpose address registries for IPv4 and IPv6
// (RFC 6890).
package outbound
