package clientauth

import (
	"crypto/x509"
	"strings"

	"gatehouse/internal/secret"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
)

// Presented is what a client showed of itself.
type Presented struct {
	// Method is the token_endpoint_auth_method that was used.
	Method   string
	ClientID string
	Secret   secret.Text // empty with the method none
	// Assertion is a JWT that the client signed (RFC 7523 §2.2); empty: none.
	Assertion string
	// Issuer is the tenant's, for which an assertion must be made.
	Issuer string
	// Certificates are those of the connection, the client's own first; nil:
	// none (RFC 8705 §2).
	Certificates []*x509.Certificate
	// Authorities are those whose certificates the tenant believes, as PEM.
	Authorities string
}

// Read finds the one way in which a request authenticates its client. Two at
// once are refused (RFC 6749 §2.3): OAuthRequestInvalid; a way that is not
// supported is OAuthClientMethod, none at all or a broken one OAuthClientAuth.
func Read(authorization string, form strict.Values) (Presented, *reason.Error) {
	switch {
	case form.Has("client_assertion") || form.Has("client_assertion_type"):
		return assertion(authorization, form)
	case authorization != "":
		return basic(authorization, form)
	case form.Has("client_secret"):
		return post(form)
	}
	return public(form)
}

// Basic reports whether the request tried HTTP authentication, so that a
// refusal has to carry a challenge (RFC 6749 §5.2).
func Basic(authorization string) bool { return authorization != "" }

// shaped refuses names and secrets that no registration ever gave.
func shaped(p Presented) (Presented, *reason.Error) {
	if p.ClientID == "" {
		return p, reason.New(reason.OAuthClientAuth).On("client_id", reason.InputRequired, "")
	}
	if len(p.ClientID) > maxClientID || strings.IndexFunc(p.ClientID, unprintable) >= 0 {
		p.ClientID = ""
		return p, reason.New(reason.OAuthClientUnknown)
	}
	if p.Method != models.AuthNone && p.Secret.IsZero() && p.Assertion == "" {
		return p, reason.New(reason.OAuthClientAuth).On("client_secret", reason.InputRequired, "")
	}
	return p, nil
}

const maxClientID = 255

func unprintable(c rune) bool { return c < 0x20 || c > 0x7e }
