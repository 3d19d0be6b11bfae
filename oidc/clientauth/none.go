package clientauth

import (
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
)

// public reads the name of a client that has no secret (RFC 6749 §3.2.1).
func public(form strict.Values) (Presented, *reason.Error) {
	return shaped(Presented{Method: models.AuthNone, ClientID: form.Get("client_id")})
}
