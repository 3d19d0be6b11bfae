package applications

import (
	"encoding/json"
	"slices"

	"gatehouse/models"
)

// onBehalf is the metadata that an application gives itself, which takes nothing
// back that an administrator decided about it: his options, whether it needs
// PKCE, its origins, the life of its tokens, and whether it is one of the
// tenant's own. It returns reason.InputInvalid.
func (n New) onBehalf(a *models.Application, name string) (Metadata, error) {
	template, _ := TemplateOf(a.Type)
	m := template.over(n.Metadata)
	if m.DisplayName == "" {
		m.DisplayName = name
	}
	m.FirstParty, m.AccessTokenSeconds = a.FirstParty, a.AccessTokenSeconds
	if a.RequirePKCE {
		yes := true
		m.RequirePKCE = &yes
	}
	if derived := a.Type == models.TypeSPA && slices.Equal(a.AllowedOrigins.V, origins(a.RedirectURIs.V)); !derived {
		m.AllowedOrigins = a.AllowedOrigins.V
	}
	var err error
	if m.Options, err = chosenOver(a.Options.V, m.Options, n.Choices); err != nil {
		return m, err
	}
	return m, m.check(a.Type)
}

// chosenOver are the options as they were, but for those of the names, which are
// as they are chosen now.
func chosenOver(before, now models.ClientOptions, names []string) (models.ClientOptions, error) {
	var all, chosen map[string]json.RawMessage
	var o models.ClientOptions
	for from, into := range map[*models.ClientOptions]*map[string]json.RawMessage{&before: &all, &now: &chosen} {
		text, err := json.Marshal(from)
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			return o, err
		}
	}
	for _, name := range names {
		delete(all, name)
		if value, has := chosen[name]; has {
			all[name] = value
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		return o, err
	}
	return o, json.Unmarshal(text, &o)
}
