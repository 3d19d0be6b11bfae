package clientauth

import (
	"encoding/base64"
	"net/url"
	"strings"

	"gatehouse/internal/secret"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
)

// basic reads client_secret_basic: HTTP Basic whose two halves are form-encoded
// each (RFC 6749 §2.3.1). The body may repeat the client's name, as some
// libraries do, but not differ from it.
func basic(authorization string, form strict.Values) (Presented, *reason.Error) {
	p := Presented{Method: models.AuthBasic}
	scheme, encoded, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return p, reason.New(reason.OAuthClientMethod).On("Authorization", reason.InputUnknown, "")
	}
	id, key, ok := halves(strings.TrimSpace(encoded))
	if !ok {
		return p, reason.New(reason.OAuthClientAuth).On("Authorization", reason.InputFormat, "")
	}
	p.ClientID, p.Secret = id, secret.New(key)
	if form.Has("client_secret") {
		return p, reason.New(reason.OAuthRequestInvalid).On("client_secret", reason.InputInvalid, "")
	}
	if form.Has("client_id") && form.Get("client_id") != id {
		return p, reason.New(reason.OAuthRequestInvalid).On("client_id", reason.InputInvalid, "")
	}
	return shaped(p)
}

func halves(encoded string) (string, string, bool) {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", false
	}
	left, right, found := strings.Cut(string(raw), ":")
	if !found {
		return "", "", false
	}
	id, err := url.QueryUnescape(left)
	if err != nil {
		return "", "", false
	}
	key, err := url.QueryUnescape(right)
	return id, key, err == nil
}
