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
	checkBySignature = `provider, err := oidc.NewProvider(ctx, "{issuer}")
if err != nil {
	return err
}
tokens := provider.Verifier(&oidc.Config{ClientID: "{audience}"}) // aud of the API's tokens

token, err := tokens.Verify(ctx, bearer)
if err != nil {
	return err // answer 401
}
var said struct {
	Scope string ` + "`json:\"scope\"`" + `
}
if err := token.Claims(&said); err != nil {
	return err
} // answer 403 without the scope that the request needs`

	checkByIntrospection = `curl -u API_CLIENT_ID:API_CLIENT_SECRET {issuer}/oauth2/introspect \
  --data-urlencode "token=$TOKEN"`

	askAsApplication = `curl -u CLIENT_ID:CLIENT_SECRET {issuer}/oauth2/token \
  -d grant_type=client_credentials \
  --data-urlencode 'resource={audience}' \
  --data-urlencode 'scope={scope}'`
)
