package console

import (
	"context"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// Administrators lists who may use the console, with their roles.
type Administrators struct {
	Rows []Administrator
	// Form adds one; Tenants are names to choose from while typing.
	Form  ui.Form
	Roles []string // those that may be given
	Mine  string   // id of the administrator who looks
	// Minimum is the number of characters that a password needs.
	Minimum int
}

// Administrator is a user of the system tenant with his roles.
type Administrator struct {
	User  models.User
	Roles []Role
}

// Role is a role that somebody holds.
type Role struct {
	ID, Name string
	Tenant   string // display name; empty: everywhere
}

// APIAccess is the tab of a service application that lets it use the
// management API.
type APIAccess struct {
	Application
	Form        ui.Form
	Exists      bool
	Client      models.APIClient
	Owner       string
	Permissions []ui.Option
}

// Clients lists the API clients of a tenant.
type Clients struct {
	Rows []Client
}

// Client is an API client with the words that its row lacks.
type Client struct {
	Row   models.APIClient
	Owner string
}

func roleOptions(ctx context.Context, roles []string) []ui.Option {
	all := make([]ui.Option, 0, len(roles))
	for _, r := range roles {
		all = append(all, ui.Option{Value: r, Label: ui.T(ctx, "console.role."+r) + " – " + ui.T(ctx, "console.role."+r+".help")})
	}
	return all
}

func apiSaveKey(v APIAccess) string {
	if v.Exists {
		return "console.save"
	}
	return "console.client.allow"
}
