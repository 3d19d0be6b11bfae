package console

import (
	"strings"
	"time"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// ResourceOverview is an API's own page.
type ResourceOverview struct {
	Row    models.Resource
	Base   string // the tenant's issuer
	Server string // name of the API's own application; empty: none
	Askers []Asker
	More   bool // there are more grants than were counted
	Events Events
}

// Asker is an application that asks for an API.
type Asker struct {
	ID, Name      string
	Grants, Users int // in force, and whose they are
	Last          time.Time
	Lapsed        bool // it may no longer ask
}

// ResourceDeed asks before an API is deleted, and says what goes with it.
type ResourceDeed struct {
	Row                  models.Resource
	Form                 ui.Form
	Applications, Grants int
	More                 bool
}

// filled puts the real values into a snippet.
func (v ResourceOverview) filled(text string) string {
	return strings.NewReplacer("{issuer}", v.Base, "{audience}", v.Row.Identifier, "{scope}", strings.Join(v.Row.ScopeNames(), " ")).Replace(text)
}

// The ways of an API to check what it is shown, and of an application to ask for it.
const (
	checkBySignature = `package api

import (
	"context"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
)

// verifier is made once: it keeps the issuer's keys.
func verifier(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	provider, err := oidc.NewProvider(ctx, "{issuer}")
	if err != nil {
		return nil, err
	}
	return provider.Verifier(&oidc.Config{ClientID: "{audience}"}), nil // aud of the API's tokens
}

// scopes are those of a token; an error is answered with 401, and a token without
// the scope that the request needs with 403.
func scopes(ctx context.Context, tokens *oidc.IDTokenVerifier, bearer string) ([]string, error) {
	token, err := tokens.Verify(ctx, bearer)
	if err != nil {
		return nil, err
	}
	var said struct {
		Scope string ` + "`json:\"scope\"`" + `
	}
	err = token.Claims(&said)
	return strings.Fields(said.Scope), err
}`

	checkByIntrospection = `curl -u API_CLIENT_ID:API_CLIENT_SECRET {issuer}/oauth2/introspect \
  --data-urlencode "token=$TOKEN"`

	askAsApplication = `curl -u CLIENT_ID:CLIENT_SECRET {issuer}/oauth2/token \
  -d grant_type=client_credentials \
  --data-urlencode 'resource={audience}' \
  --data-urlencode 'scope={scope}'`
)
