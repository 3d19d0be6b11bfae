package applications

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"gatehouse/internal/outbound"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
)

// RequestObject fetches a request object from where the application said that
// it would be (OpenID Connect Core §6.2, R40): nobody else may send us anywhere.
// A fragment may hold the hash of the text. It returns reason.OAuthRequestURI
// for an application that registered no place, OAuthRequestURIUnknown for
// another place, OAuthRequestURIFetch where nothing fitting was found.
func (g *Registry) RequestObject(ctx context.Context, a *models.Application, uri string) (string, error) {
	at, fragment, _ := strings.Cut(uri, "#")
	switch known := a.Options.V.RequestURIs; {
	case len(known) == 0 || g.fetch == nil:
		return "", reason.New(reason.OAuthRequestURI)
	case !registeredAt(known, uri, at):
		return "", reason.New(reason.OAuthRequestURIUnknown)
	}
	answer, err := g.fetch.Do(ctx, outbound.Request{URL: at})
	if err != nil {
		return "", reason.Wrap(reason.OAuthRequestURIFetch, err)
	}
	if answer.Status != http.StatusOK || len(answer.Body) > strict.MaxTokenValue || !hashed(fragment, answer.Body) {
		return "", reason.New(reason.OAuthRequestURIFetch)
	}
	return strings.TrimSpace(string(answer.Body)), nil
}

// registeredAt compares as a whole, or without fragment where none was
// registered: that names the text, not the place.
func registeredAt(uris []string, uri, at string) bool {
	for _, known := range uris {
		place, fragment, _ := strings.Cut(known, "#")
		if known == uri || fragment == "" && place == at {
			return true
		}
	}
	return false
}

// hashed reports whether a fragment agrees with the text; one that is no
// SHA-256 says nothing about it.
func hashed(fragment string, text []byte) bool {
	want, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(fragment, "="))
	if err != nil || len(want) != sha256.Size {
		return true
	}
	sum := sha256.Sum256(text)
	return string(sum[:]) == string(want)
}
