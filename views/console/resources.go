package console

import (
	"encoding/json"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// Resources is the list of a tenant's APIs.
type Resources struct{ Rows []models.Resource }

// Resource is one API, or one that is to be.
type Resource struct {
	Row  models.Resource // without an id: a new one
	Form ui.Form
}

func (v Resource) action(s Shell) string {
	if v.Row.ID == "" {
		return At(s.Tenant, "apis", "new")
	}
	return At(s.Tenant, "apis", v.Row.ID, "settings")
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
