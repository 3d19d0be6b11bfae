// Package grants turns proofs into tokens: one file for each grant_type, and
// one judge, MayIssue, that every grant and every authorization asks anew
// whether this user, application, session and scope may still have tokens
// (R36).
//
// Standards: RFC 6749 §4.1.3, §4.3, §4.4, §6, RFC 7523 §2.1, RFC 7636 §4.6,
// RFC 8628, RFC 8693, RFC 8707, RFC 9068, RFC 9396, OpenID Connect Core §3.1.3
// and §12, OpenID Connect CIBA.
package grants
