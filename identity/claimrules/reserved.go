package claimrules

import (
	"slices"
	"strings"

	"gatehouse/models"
)

// reserved are the claims by which we or applications decide: of JWTs, of ID,
// access and logout tokens, and those of ours (RFC 7519 §4.1, OpenID Connect
// Core §2, RFC 9068 §2.2, RFC 8693 §4, RFC 8417 §2.2, RFC 9701 §5).
var reserved = []string{
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "typ", "alg", "kid", "crit", "zip", "enc",
	"nonce", "azp", "at_hash", "c_hash", "s_hash", "rt_hash", "auth_time", "acr", "amr", "sid", "sub_jwk", "sub_id",
	"client_id", "scope", "cnf", "act", "may_act", "events", "toe", "txn", "auth_req_id", "authorization_details",
	"token_introspection", "active", "token_type", "_claim_names", "_claim_sources",
	"email_verified", "phone_number_verified", "updated_at",
}

// reservedPrefixes begin further ones.
var reservedPrefixes = []string{"gh_", "urn:openid:", "urn:ietf:"}

// vouched stand beside a word of ours that they were verified, wherever users'
// claims are told.
var vouched = []string{"email", "phone_number"}

// isReserved reports whether no rule may write the claim to one of the targets.
// Readers of JSON may take no notice of case, ours among them.
func isReserved(claim string, targets []string) bool {
	name := strings.ToLower(claim)
	return slices.Contains(reserved, name) ||
		slices.ContainsFunc(reservedPrefixes, func(p string) bool { return strings.HasPrefix(name, p) }) ||
		slices.Contains(vouched, name) && slices.ContainsFunc(targets, func(t string) bool { return t != models.ClaimsOfAccessToken })
}
