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
// Standards: RFC 6749, 6750, 7009, 7636, 7662, 8252, 8414, 8707, 9068, 9101,
// 9126, 9207, OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0,
// OAuth 2.0 Multiple Response Types, Form Post Response Mode.
package oidc
