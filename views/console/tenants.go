package console

import (
	"context"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// Tenants is the list of the tenants that the administrator may see.
type Tenants struct {
	List
	Rows []Tenant
}

// Tenant is a tenant in a list, with its brand colour.
type Tenant struct {
	Row    models.Tenant
	Colour string
	Base   string
}

// TenantSettings is the page with a tenant's settings and domains.
type TenantSettings struct {
	Form    ui.Form
	Stale   *Stale
	Base    string
	Domains []models.Domain
	// Record is the label before a host at which its challenge is looked for.
	Record string
	// DomainForm is the form for another domain.
	DomainForm ui.Form
	Builtin    bool // the deployment's own: it cannot be suspended
}

// MostCounted is where the console stops to count what a deed touches.
const MostCounted = 10000

// TenantDeed is a question before a deed, with what it touches: numbers up to
// MostCounted.
type TenantDeed struct {
	Name               string // suspend or revoke
	Form               ui.Form
	Sessions, Families int
}

// counted is how much a deed touches, or that it is more than was counted.
func counted(ctx context.Context, key string, n int) string {
	if n >= MostCounted {
		return ui.T(ctx, key+".more")
	}
	return ui.N(ctx, key, n)
}

// NewTenant asks for what a tenant needs.
type NewTenant struct {
	Form         ui.Form
	Action, Back string
}

func localeOptions() []ui.Option { return languages }

// stayChoices are whether browsers keep sessions; no choice is the first.
func stayChoices(ctx context.Context) []ui.Option {
	return oneOf(ctx, "console.stay.", models.StayChoices(), models.StayAlways)
}

// oneOf are the values of a setting by the words under the prefix; the one
// that holds where nothing was chosen stands for no choice.
func oneOf(ctx context.Context, prefix string, values []string, silent string) []ui.Option {
	var all []ui.Option
	for _, value := range values {
		o := ui.Option{Value: value, Label: ui.T(ctx, prefix+value)}
		if value == silent {
			o.Value = ""
		}
		all = append(all, o)
	}
	return all
}

// selfRegistrationChoices are where people may create accounts.
func selfRegistrationChoices(ctx context.Context) []ui.Option {
	return oneOf(ctx, "console.self_registration.", models.SelfRegistrationChoices(), models.SelfRegistrationOff)
}

// askChoices are whether people who do so are asked for something.
func askChoices(ctx context.Context, silent string) []ui.Option {
	return oneOf(ctx, "console.ask.", models.AskChoices(), silent)
}

// tokenFormats are what access tokens can look like; the key's text stands for
// no choice.
func tokenFormats(ctx context.Context, none string) []ui.Option {
	all := []ui.Option{{Value: "", Label: ui.T(ctx, none)}}
	for _, format := range models.TokenFormats() {
		all = append(all, ui.Option{Value: format, Label: ui.T(ctx, "console.token_format."+format)})
	}
	return all
}
