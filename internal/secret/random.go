package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// Random makes a new secret: prefix followed by n bytes of crypto/rand in
// base64url without padding. A failing random source aborts the program
// (R127).
func Random(prefix string, n int) Text {
	b := make([]byte, n)
	_, _ = rand.Read(b) // crypto/rand.Read never returns an error: it aborts
	return New(prefix + base64.RawURLEncoding.EncodeToString(b))
}

// Fingerprint is the SHA-256 of the secret in base64url without padding: what
// is stored and looked up in place of a random secret (R126). It is no hash
// for passwords or for anything that a person chose.
func Fingerprint(t Text) string {
	sum := sha256.Sum256([]byte(t.Reveal()))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
