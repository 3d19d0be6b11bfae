// Package oidc is the OAuth 2 and OpenID Connect provider: metadata, keys,
// authorization requests and consent, tokens, user information, introspection,
// revocation and logout. It decides; it knows neither HTTP framework nor SQL.
// handlers/protocol brings requests to it and carries its answers away;
// handlers/hosted shows the consent and sign-out pages that it describes.
//
// Whoever signs in does so in a journey: Authorize checks the request, seals it
// into an authId and starts the journey; the browser comes back to Resume with
// a session, and everything is decided anew.
//
// Standards: those of docs/conformance, which names the test of each
// requirement; every file cites the sections that it follows.
package oidc
