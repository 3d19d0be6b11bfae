// Package claimrules owns the table claim_rules: what tokens and userinfo say
// beyond the standard claims, each by an expression (expr-lang) over what is
// known of the user, the application and the request.
//
// The language is confined so that no expression takes long or grows large, and
// a rule that fails is left out: it never keeps anybody from signing in. What
// rules write is never read for rights here (security requirement R11), and the
// claims that Gatehouse or its clients decide by cannot be written.
//
// Called by the doors, manifest and oidc. Standards: RFC 7519 §4, OpenID Connect
// Core §5.1.2, RFC 9068 §2.2.
package claimrules
