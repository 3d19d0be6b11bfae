// Package applications owns a tenant's applications, which OAuth calls clients:
// their metadata (RFC 7591), their secrets, and what users allowed them.
//
// Redirect URIs are checked when they are registered (security requirement R21)
// and compared byte for byte when they are used (R20). A secret is random or an
// operator's; of either only a keyed hash is kept, two at most, so that a new
// one can be rolled out before the old one goes (R37).
package applications
