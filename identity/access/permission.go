package access

import "slices"

// Permission is one thing that an actor may do in a tenant.
type Permission string

// The permissions.
const (
	TenantsRead         Permission = "tenants:read"
	TenantsWrite        Permission = "tenants:write"
	UsersRead           Permission = "users:read"
	UsersWrite          Permission = "users:write"
	UsersSupport        Permission = "users:support" // unlock, end sessions, clear throttles
	ApplicationsRead    Permission = "applications:read"
	ApplicationsWrite   Permission = "applications:write"
	BrandingRead        Permission = "branding:read"
	BrandingWrite       Permission = "branding:write"
	SessionsRead        Permission = "sessions:read"
	SessionsWrite       Permission = "sessions:write"
	EventsRead          Permission = "events:read"
	AttemptsRead        Permission = "attempts:read"
	AdministratorsRead  Permission = "administrators:read"
	AdministratorsWrite Permission = "administrators:write"
	APIClientsRead      Permission = "api_clients:read"
	APIClientsWrite     Permission = "api_clients:write"
	KeysRead            Permission = "keys:read"
	KeysWrite           Permission = "keys:write"
	ConfigRead          Permission = "config:read"
	ConfigWrite         Permission = "config:write"
	SystemRead          Permission = "system:read" // the state of the deployment
)

var reading = []Permission{
	TenantsRead, UsersRead, ApplicationsRead, BrandingRead, SessionsRead, EventsRead, AttemptsRead,
	APIClientsRead, KeysRead, ConfigRead,
}

var all = append(slices.Clone(reading),
	TenantsWrite, UsersWrite, UsersSupport, ApplicationsWrite, BrandingWrite, SessionsWrite,
	AdministratorsRead, AdministratorsWrite, APIClientsWrite, KeysWrite, ConfigWrite, SystemRead,
)

// Permissions lists all permissions.
func Permissions() []Permission { return slices.Clone(all) }

// Known reports whether there is such a permission.
func Known(p Permission) bool { return slices.Contains(all, p) }

// Role is a named set of permissions.
type Role string

// The roles.
const (
	Owner       Role = "owner"        // everything, everywhere
	TenantAdmin Role = "tenant_admin" // everything within a tenant but its administrators
	Support     Role = "support"      // helps users: sees, unlocks, ends sessions
	Auditor     Role = "auditor"      // sees, changes nothing
)

var roles = map[Role][]Permission{
	Owner: all,
	TenantAdmin: append(slices.Clone(reading),
		TenantsWrite, UsersWrite, UsersSupport, ApplicationsWrite, BrandingWrite, SessionsWrite,
		APIClientsWrite, KeysWrite, ConfigWrite,
	),
	Support: {
		TenantsRead, UsersRead, UsersSupport, ApplicationsRead, BrandingRead, SessionsRead, SessionsWrite,
		EventsRead, AttemptsRead,
	},
	Auditor: append(slices.Clone(reading), AdministratorsRead, SystemRead),
}

// Roles lists the roles, the mightiest first.
func Roles() []Role { return []Role{Owner, TenantAdmin, Support, Auditor} }

// Permissions lists what the role allows; an unknown role allows nothing (R7).
func (r Role) Permissions() []Permission { return slices.Clone(roles[r]) }

// Known reports whether there is such a role.
func (r Role) Known() bool { return len(roles[r]) > 0 }
