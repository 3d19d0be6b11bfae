package clientauth

import (
	"gatehouse/internal/secret"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
)

// post reads client_secret_post: name and secret in the body (RFC 6749 §2.3.1).
func post(form strict.Values) (Presented, *reason.Error) {
	return shaped(Presented{
		Method:   models.AuthPost,
		ClientID: form.Get("client_id"),
		Secret:   secret.New(form.Get("client_secret")),
	})
}
