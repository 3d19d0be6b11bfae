package console

import (
	"context"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// Root is where the console answers.
const Root = "/console"

// The languages of the console, in their own words.
var languages = []ui.Option{
	{Value: "en", Label: "English"}, {Value: "de", Label: "Deutsch"}, {Value: "ar", Label: "العربية"},
}

// Shell is what surrounds every page: navigation, search, the tenant, me.
type Shell struct {
	Title   string // a text, not a key
	Section string // the part of the navigation that is shown as current
	Tenant  *models.Tenant
	Colour  string // the tenant's brand colour
	Me      Me
	// May holds the permissions held in the tenant, and those held anywhere
	// on pages without a tenant.
	May   map[string]bool
	Flash Flash
	// Query is what stands in the search field.
	Query string
	Theme string // light, dark, empty: as the device wants
}

// Me is the administrator who looks.
type Me struct{ Name, Email, Roles string }

// Flash is the answer to the deed that led here.
type Flash struct{ Tone, Text string }

// At is the address of a page of the tenant; without one, of the deployment.
func At(t *models.Tenant, parts ...string) string {
	all := []string{"console"}
	if t != nil {
		all = append(all, "t", t.Name)
	}
	return ui.Path(append(all, parts...)...)
}

// link is one entry of the navigation.
type link struct{ Section, Icon, URL, Permission string }

func (s Shell) tenantLinks() []link {
	if s.Tenant == nil {
		return nil
	}
	return s.allowed([]link{
		{"dashboard", "layout-dashboard", At(s.Tenant), ""},
		{"users", "users", At(s.Tenant, "users"), "users:read"},
		{"applications", "apps", At(s.Tenant, "applications"), "applications:read"},
		{"apis", "server", At(s.Tenant, "apis"), "applications:read"},
		{"claims", "id-badge", At(s.Tenant, "claims"), "applications:read"},
		{"attempts", "login", At(s.Tenant, "attempts"), "attempts:read"},
		{"branding", "palette", At(s.Tenant, "branding"), "branding:read"},
		{"audit", "timeline-event", At(s.Tenant, "audit"), "events:read"},
		{"clients", "api", At(s.Tenant, "clients"), "api_clients:read"},
		{"settings", "settings", At(s.Tenant, "settings"), "tenants:read"},
	})
}

func (s Shell) deploymentLinks() []link {
	return s.allowed([]link{
		{"tenants", "building", At(nil, "tenants"), ""},
		{"administrators", "shield-lock", At(nil, "administrators"), "administrators:read"},
	})
}

func (s Shell) allowed(all []link) []link {
	var some []link
	for _, l := range all {
		if l.Permission == "" || s.May[l.Permission] {
			some = append(some, l)
		}
	}
	return some
}

func documentTitle(ctx context.Context, s Shell) string {
	title := s.Title
	if s.Tenant != nil {
		title += " · " + s.Tenant.DisplayName
	}
	return title + " · " + ui.T(ctx, "console.name")
}

func styles(ctx context.Context) string {
	if ui.RTL(ctx) {
		return "tabler.rtl.css"
	}
	return "tabler.css"
}

func theme(s string) string {
	if s == "dark" {
		return "dark"
	}
	return "light"
}

func initial(name string) string {
	for _, r := range name {
		return string(r)
	}
	return "?"
}

var themes = []ui.Option{{Value: "light", Label: "sun"}, {Value: "dark", Label: "moon"}, {Value: "auto", Label: "device-desktop"}}

func pressed(yes bool) string {
	if yes {
		return "true"
	}
	return "false"
}

func flashIcon(tone string) string {
	switch tone {
	case "success":
		return "circle-check"
	case "danger":
		return "alert-circle"
	default:
		return "info-circle"
	}
}
