package applications

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/models"
	"gatehouse/reason"
)

// Encryption is how an application wants an answer encrypted (RFC 7516); an
// empty Alg leaves it as it is, an empty Enc is A128CBC-HS256 (OpenID Connect
// Registration §2).
type Encryption struct{ Alg, Enc string }

// EncryptionAlgorithms are the values of alg that answers can be encrypted with
// (RFC 7518 §4.1). RSA1_5 and passwords are left out (security lesson L67).
func EncryptionAlgorithms() []string {
	return []string{"RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"}
}

// ContentEncryptions are the values of enc (RFC 7518 §5.1).
func ContentEncryptions() []string {
	return []string{"A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM"}
}

// Encrypt encrypts a token or JSON for the application, to the first of its
// keys that suits. It returns reason.OAuthKeys where there is none.
func (g *Registry) Encrypt(ctx context.Context, a *models.Application, how Encryption, text string) (string, error) {
	if how.Alg == "" {
		return text, nil
	}
	if how.Enc == "" {
		how.Enc = "A128CBC-HS256"
	}
	set, err := g.KeySet(ctx, a, "")
	if err != nil {
		return "", err
	}
	key, err := encryptionKey(set, how.Alg)
	if err != nil {
		return "", err
	}
	options := &jose.EncrypterOptions{}
	if strings.Count(text, ".") == 2 && !strings.HasPrefix(text, "{") { // a JWT within (RFC 7519 §5.2)
		options = options.WithContentType("JWT")
	}
	to := jose.Recipient{Algorithm: jose.KeyAlgorithm(how.Alg), Key: key.Key, KeyID: key.KeyID}
	encrypter, err := jose.NewEncrypter(jose.ContentEncryption(how.Enc), to, options)
	if err != nil {
		return "", reason.Wrap(reason.OAuthKeys, err)
	}
	sealed, err := encrypter.Encrypt([]byte(text))
	if err != nil {
		return "", reason.Wrap(reason.OAuthKeys, err)
	}
	return sealed.CompactSerialize()
}

func encryptionKey(set *jose.JSONWebKeySet, alg string) (*jose.JSONWebKey, error) {
	for i := range set.Keys {
		key := &set.Keys[i]
		if key.Use != "sig" && (key.Algorithm == "" || key.Algorithm == alg) && suits(key.Key, alg) {
			return key, nil
		}
	}
	return nil, reason.New(reason.OAuthKeys)
}

func suits(key any, alg string) bool {
	switch key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(alg, "RSA-")
	case *ecdsa.PublicKey:
		return strings.HasPrefix(alg, "ECDH-")
	}
	return false
}

// checkEncryptions: an enc says nothing without an alg.
func checkEncryptions(e *reason.Error, o models.ClientOptions) {
	for name, how := range map[string]Encryption{
		"id_token_encrypted_response":      {o.IDTokenEncryptedAlg, o.IDTokenEncryptedEnc},
		"userinfo_encrypted_response":      {o.UserinfoEncryptedAlg, o.UserinfoEncryptedEnc},
		"authorization_encrypted_response": {o.AuthorizationEncryptedAlg, o.AuthorizationEncryptedEnc},
		"introspection_encrypted_response": {o.IntrospectionEncryptedAlg, o.IntrospectionEncryptedEnc},
	} {
		if how.Alg != "" && !slices.Contains(EncryptionAlgorithms(), how.Alg) {
			e.On(name+"_alg", reason.InputUnknown, strings.Join(EncryptionAlgorithms(), ", "))
		}
		if how.Enc != "" && !slices.Contains(ContentEncryptions(), how.Enc) {
			e.On(name+"_enc", reason.InputUnknown, strings.Join(ContentEncryptions(), ", "))
		}
		if how.Enc != "" && how.Alg == "" {
			e.On(name+"_alg", reason.InputRequired, "")
		}
	}
}
