// Package tokens owns authorization codes, pushed authorization requests,
// families of refresh tokens and the revocation of access tokens.
//
// A code carries what it stands for and is used once, by the unique name that
// its family has of it (security requirement R26; docs/decisions/0012). A
// refresh token is computed from its family's secret and generation, never
// stored (R35; docs/decisions/0003). Access tokens and ID tokens are signed and
// leave no row, except for opaque access tokens, of which the row is all. An
// access token holds only as long as its family and its session do, which every
// check looks up, so that revocation is seen at once.
package tokens
