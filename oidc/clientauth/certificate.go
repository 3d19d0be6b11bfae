package clientauth

import (
	"context"

	"gatehouse/models"
	"gatehouse/reason"
)

// byCertificate reports whether a method proves a client by its certificate.
func byCertificate(method string) bool {
	return method == models.AuthTLS || method == models.AuthSelfSignedTLS
}

// checkCertificate proves the application by the certificate of its connection.
func (a *Authenticator) checkCertificate(ctx context.Context, app *models.Application, p Presented) error {
	if len(p.Certificates) == 0 {
		return reason.New(reason.OAuthClientAuth).On("certificate", reason.InputRequired, "")
	}
	good := false
	var err error
	if app.AuthMethod == models.AuthTLS {
		good = authorized(app, p, a.Now())
	} else {
		good, err = a.known(ctx, app, p.Certificates[0], a.Now())
	}
	if err == nil && !good {
		return reason.New(reason.OAuthClientAuth).On("certificate", reason.InputInvalid, "")
	}
	return err
}
