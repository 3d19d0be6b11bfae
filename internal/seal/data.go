package seal

import (
	"crypto/aes"
	"crypto/cipher"
)

// Context is where a sealed value is kept. It is authenticated with the value:
// moved to another table, column, tenant or row, the value no longer opens
// (R120). Values that belong to no tenant leave Tenant empty.
type Context struct {
	Table, Column, Tenant, Row string
}

// Seal encrypts plaintext for its place at rest with AES-256-GCM, under a key
// of the tenant, table and column. The result is one byte of key version, the
// nonce, the ciphertext and its tag.
func (k *Keyring) Seal(context Context, plaintext []byte) ([]byte, error) {
	aead, err := k.dataCipher(context)
	if err != nil {
		return nil, err
	}
	sealed := aead.Seal(nil, nil, plaintext, context.aad(keyVersion)) //nolint:gosec // this cipher makes its own random nonce
	return append([]byte{keyVersion}, sealed...), nil
}

// Open decrypts what Seal made for the same context; anything else is
// ErrInvalid.
func (k *Keyring) Open(context Context, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != keyVersion {
		return nil, ErrInvalid
	}
	aead, err := k.dataCipher(context)
	if err != nil {
		return nil, err
	}
	plaintext, err := aead.Open(nil, nil, sealed[1:], context.aad(sealed[0]))
	if err != nil {
		return nil, ErrInvalid
	}
	return plaintext, nil
}

// dataCipher has one key for each tenant and purpose, and puts its own random
// nonce before the ciphertext.
func (k *Keyring) dataCipher(context Context) (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.derive("data", context.Tenant, context.Table, context.Column))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (c Context) aad(version byte) []byte {
	return append(frame(c.Table, c.Column, c.Tenant, c.Row), version)
}
