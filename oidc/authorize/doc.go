// Package authorize reads an authorization request as a list of small named
// checks, each with the section that it enforces, and says what the request
// still needs of a user: a sign-in, a consent, or nothing. It is pure: the
// application is given, and nothing is stored.
//
// Called by package oidc. Standards: RFC 6749 §3.1 and §4.1, RFC 7636, RFC
// 8252 §8.6, RFC 8707, RFC 9101, RFC 9126, RFC 9207, JARM, OpenID Connect Core §3.1.2, OAuth 2.0 Multiple
// Response Types, Form Post Response Mode.
package authorize
