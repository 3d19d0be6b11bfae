// Package strict reads foreign bytes: JSON bodies (R102), forms and queries
// (R103, R23). What two readers could understand in two ways is refused:
// repeated names, names in another case, unknown names, broken UTF-8, broken
// escapes. The doors read every request with it; nothing else parses a
// request's body or query.
//
// Standards: RFC 8259, RFC 6901, RFC 6749 §3.1, the URL standard's
// application/x-www-form-urlencoded.
package strict
