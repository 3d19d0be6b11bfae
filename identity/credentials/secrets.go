package credentials

import "crypto/hmac"

// Macer makes keyed hashes; *seal.Keyring is one.
type Macer interface {
	MAC(purpose string, fields ...[]byte) []byte
}

// HashSecret is the keyed hash under which a random secret of 256 bits is
// kept (R37). It is fast: such a secret cannot be guessed, and a slow hash
// would only slow the applications.
func HashSecret(k Macer, secret string) []byte { return k.MAC("application secret", []byte(secret)) }

// SecretMatches compares a presented secret with a kept hash in constant time
// (R126).
func SecretMatches(k Macer, secret string, hash []byte) bool {
	return secret != "" && hmac.Equal(HashSecret(k, secret), hash)
}
