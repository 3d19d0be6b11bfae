// Package replays owns the table replays: the proofs that others made and that
// may be used once, such as client assertions (RFC 7523 §3) and DPoP proofs (RFC
// 9449 §11.1). A proof is remembered until it would expire by itself; whoever
// comes second is told so, on whatever node (R38, R41).
//
// Called by packages clientauth and grants.
package replays
