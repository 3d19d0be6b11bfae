package console

import (
	"encoding/json"
	"strings"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// Resources is the list of a tenant's APIs.
type Resources struct{ Rows []models.Resource }

// Resource is one API, or one that is to be.
type Resource struct {
	Row  models.Resource // without an id: a new one
	Form ui.Form
	// Identifier and Base are for the words that show how to ask for it.
	Base string
}

func (v Resource) action(s Shell) string {
	if v.Row.ID == "" {
		return At(s.Tenant, "apis", "new")
	}
	return At(s.Tenant, "apis", v.Row.ID)
}

// detailsExample shows the form of types of authorization details.
const detailsExample = `[{"type": "payment", "words": {"en": "Make a payment"}, "actions": ["initiate"],
  "fields": [{"name": "amount", "kind": "number", "required": true, "words": {"en": "Amount"}}]}]`

// DetailTypesText is the description of types as people edit it; empty where there
// are none.
func DetailTypesText(types []models.DetailType) string {
	if len(types) == 0 {
		return ""
	}
	text, err := json.MarshalIndent(types, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}

// snippet asks for a token as an application would.
func (v Resource) snippet() string {
	return "curl -u CLIENT_ID:CLIENT_SECRET " + v.Base + "/oauth2/token \\\n  -d grant_type=client_credentials \\\n  --data-urlencode 'resource=" +
		v.Row.Identifier + "' \\\n  --data-urlencode 'scope=" + strings.Join(v.Row.ScopeNames(), " ") + "'"
}
