package oidc

import (
	"encoding/json"
	"slices"

	"gatehouse/identity/applications"
	"gatehouse/identity/resources"
	"gatehouse/models"
	"gatehouse/oidc/details"
)

// mostRemembered is how many details a consent remembers: whoever allowed more is
// asked again for the oldest.
const mostRemembered = 50

// shownDetails are authorization details as people read them.
func shownDetails(asked json.RawMessage, targets resources.Targets, given *models.Consent) []details.Shown {
	var before details.List
	if given != nil {
		before = details.Stored(given.Details.V)
	}
	known := targets.DetailTypes(nil)
	var all []details.Shown
	for _, d := range details.Stored(asked).Of(known) {
		s := d.Show(known[d.Type()])
		s.API, s.Granted = targets.Understands(d.Type()).DisplayName, details.List{d}.Covered(before)
		all = append(all, s)
	}
	return all
}

// union adds what is asked now to what was allowed before.
func union(given *models.Consent, scopes []string, asked json.RawMessage) applications.Allowed {
	list := details.Stored(asked)
	all := applications.Allowed{Scopes: scopes, DetailTypes: list.Types()}
	if given != nil {
		all.Scopes = slices.Clone(given.Scopes.V)
		for _, s := range scopes {
			if !slices.Contains(all.Scopes, s) {
				all.Scopes = append(all.Scopes, s)
			}
		}
		list = details.Stored(given.Details.V).Joined(list, mostRemembered)
	}
	all.Details = list.JSON()
	return all
}

// told are the facts of an event about what a user was asked for. Of details the
// types alone stand in the log, which outlives what they say of people.
func told(app *models.Application, scopes []string, asked json.RawMessage) map[string]any {
	all := map[string]any{"client_id": app.ClientID, "scopes": scopes}
	if types := details.Stored(asked).Types(); len(types) > 0 {
		all["authorization_details_types"] = types
	}
	return all
}
