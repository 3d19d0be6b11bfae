// Package seal owns the master key and everything made from it: derived keys
// for one purpose each (R121), authentication codes, encryption of columns at
// rest (R120) and sealed tokens that travel in URLs and cookies (R4). Rooms
// get a *Keyring from cmd/gatehouse and name a purpose; none sees the master
// key.
//
// Standards: HKDF (RFC 5869), HMAC (RFC 2104), AES-256-GCM (NIST SP 800-38D),
// XChaCha20-Poly1305, DEFLATE (RFC 1951).
package seal
