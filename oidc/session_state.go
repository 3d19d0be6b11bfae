package oidc

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
)

// sessionState is the session_state of an authorization response (OpenID
// Connect Session Management 1.0 §3.2): a salted digest of the client, the
// origin that will ask, and the browser's state. Empty for what is no OpenID
// Connect request, and for applications that are not web pages.
func sessionState(r *authorize.Request, app *models.Application, b Browser) string {
	origin := authorize.Origin(r.RedirectURI)
	if !r.Wants(authorize.ScopeOpenID) || !strings.HasPrefix(origin, "http") {
		return ""
	}
	salt := secret.Random("", 12).Reveal()
	sum := sha256.Sum256([]byte(strings.Join([]string{app.ClientID, origin, b.Bundle().State(), salt}, " ")))
	return base64.RawURLEncoding.EncodeToString(sum[:]) + "." + salt
}
