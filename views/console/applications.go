package console

import (
	"context"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// Applications is the list of a tenant's applications.
type Applications struct {
	List
	Rows []models.Application
}

// Template is one card of the gallery.
type Template struct {
	Type models.ApplicationType
	Icon string
}

// templates are the cards of the gallery, in order.
var templates = []Template{
	{models.TypeWeb, "server"},
	{models.TypeSPA, "browser"},
	{models.TypeNative, "device-mobile"},
	{models.TypeService, "robot"},
	{models.TypeDevice, "device-tv"},
}

// NewApplication asks for what an application of a type needs.
type NewApplication struct {
	Type models.ApplicationType // empty: the gallery
	Form ui.Form
	// Action is where the form goes and Back where it can be left.
	Action, Back string
}

// redirects reports whether applications of the type come back by redirect.
func redirects(t models.ApplicationType) bool {
	return t != models.TypeService && t != models.TypeDevice
}

// Application is what every tab of an application's page shows at its head.
type Application struct {
	Row    models.Application
	Tab    string
	Base   string // the tenant's issuer
	Secret string // a new secret, shown this once
}

var applicationTabs = []struct{ Name, Icon string }{
	{"overview", "rocket"}, {"settings", "settings"}, {"protocol", "adjustments"}, {"secrets", "key"}, {"api", "api"}, {"logouts", "logout"}, {"activity", "timeline-event"}, {"danger", "alert-triangle"},
}

func (a Application) tabs(ctx context.Context, t *models.Tenant) []ui.Tab {
	var tabs []ui.Tab
	for i, tab := range applicationTabs {
		if tab.Name == "secrets" && !a.Row.KeepsSecret() || tab.Name == "api" && a.Row.Type != models.TypeService ||
			tab.Name == "logouts" && !redirects(a.Row.Type) {
			continue
		}
		at := At(t, "applications", a.Row.ID, tab.Name)
		if i == 0 {
			at = At(t, "applications", a.Row.ID)
		}
		tabs = append(tabs, ui.Tab{Label: ui.T(ctx, "console.application.tab."+tab.Name), URL: at, Icon: tab.Icon, Active: tab.Name == a.Tab})
	}
	return tabs
}

// Overview is the first tab: how to connect, whether it works, and what was
// refused of late.
type Overview struct {
	Application
	Framework string
	TryURL    string // starts a real sign-in; empty: this type signs nobody in
	TryDevice bool   // the request of a device can be tried
	Signed    bool   // somebody has signed in through it
	Waiting   bool   // the page looks again by itself for the first sign-in
	Refused   []Refused
	// Profile is the security profile that the application is held against, and
	// Findings is what came of it.
	Profile  string
	Findings []Score
}

// Score is one rule of a security profile, met or not.
type Score struct {
	Rule      string
	Met, Must bool
	Setting   string // the tab on which it is changed
}

func (v Overview) met() int {
	n := 0
	for _, f := range v.Findings {
		if f.Met {
			n++
		}
	}
	return n
}

func (v Overview) scoreColour() string {
	tone := "success"
	for _, f := range v.Findings {
		switch {
		case !f.Met && f.Must:
			return "danger"
		case !f.Met:
			tone = "warning"
		}
	}
	return tone
}

// Refused is a request of the application that was refused, beside what is
// registered.
type Refused struct {
	AttemptCard
	Sent       string
	Registered []string
	// Redirect is what one click would add to the redirect URIs.
	Redirect string
}

// ApplicationForm is the settings tab.
type ApplicationForm struct {
	Application
	Form  ui.Form
	Stale *Stale
}

// Secrets is the tab with the secrets.
type Secrets struct {
	Application
	Rows []models.Secret
	Full bool // there is no room for another
}

func authMethods(ctx context.Context) []ui.Option {
	var all []ui.Option
	for _, m := range []string{models.AuthBasic, models.AuthPost, models.AuthPrivateKeyJWT, models.AuthSecretJWT, models.AuthTLS, models.AuthSelfSignedTLS, models.AuthNone} {
		all = append(all, ui.Option{Value: m, Label: ui.T(ctx, "console.auth_method."+m)})
	}
	return all
}

func algorithms() []ui.Option {
	return []ui.Option{{Value: "ES256", Label: "ES256"}, {Value: "RS256", Label: "RS256"}, {Value: "PS256", Label: "PS256"}}
}

// grantOptions are the grant types with those chosen that the form holds under
// grant.<type>.
func grantOptions(ctx context.Context, f ui.Form) []ui.Option {
	var all []ui.Option
	for _, g := range models.GrantTypes() {
		all = append(all, ui.Option{Value: g, Label: ui.T(ctx, grantKey(g)), Chosen: f.Ticked("grant." + g)})
	}
	return all
}

// responseOptions are the response types beside code, which comes with its grant.
func responseOptions(f ui.Form) []ui.Option {
	var all []ui.Option
	for _, t := range models.ResponseTypes() {
		if t != "code" {
			all = append(all, ui.Option{Value: t, Label: t, Chosen: f.Ticked("response." + t)})
		}
	}
	return all
}

func redirectHint(t models.ApplicationType) string {
	if t == models.TypeNative {
		return "com.example.app:/callback"
	}
	return "https://app.example/callback"
}
