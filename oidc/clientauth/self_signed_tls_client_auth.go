package clientauth

import (
	"context"
	"crypto"
	"crypto/x509"
	"time"

	"gatehouse/models"
)

// known proves self_signed_tls_client_auth (RFC 8705 §2.2): the certificate, or
// its key, is one of those in the application's own key set.
func (a *Authenticator) known(ctx context.Context, app *models.Application, c *x509.Certificate, now time.Time) (bool, error) {
	if now.Before(c.NotBefore) || now.After(c.NotAfter) {
		return false, nil
	}
	set, err := a.Applications.KeySet(ctx, app, "")
	if err != nil {
		return false, err
	}
	for i := range set.Keys {
		key := &set.Keys[i]
		if len(key.Certificates) > 0 && key.Certificates[0].Equal(c) {
			return true, nil
		}
		own, ok := key.Key.(interface{ Equal(crypto.PublicKey) bool })
		if len(key.Certificates) == 0 && ok && own.Equal(c.PublicKey) {
			return true, nil
		}
	}
	return false, nil
}
