package models

// RoleAssignment gives an administrator a role, in one tenant or in all. It is
// owned by the system tenant, so that no tenant's own interfaces can reach it
// (security requirement R9).
//
// Owner: identity/access.
type RoleAssignment struct {
	Owned
	Recorded     `gorm:"-"`
	ID           string `gorm:"primaryKey"`
	UserID       string // a user of the system tenant
	Role         string
	TargetTenant string // tenant id; empty: every tenant
	CreatedAt    Time
	CreatedBy    string
}

// TableName names the table.
func (RoleAssignment) TableName() string { return "role_assignments" }

// APIClient lets a service application use the management API, never beyond
// the rights of its owner.
//
// Owner: identity/access.
type APIClient struct {
	Owned
	Recorded      `gorm:"-"`
	ApplicationID string `gorm:"primaryKey"`
	Name          string
	OwnerUserID   string         // a user of the system tenant; empty: the deployment itself (apply)
	Tenants       JSON[[]string] // tenant ids; empty: its own tenant
	Permissions   JSON[[]string]
	Addresses     JSON[[]string] // CIDRs; empty: any
	RatePerMinute int
	ExpiresAt     Time
	LastUsedAt    Time
	Version       int64
	CreatedAt     Time
	UpdatedAt     Time
}

// TableName names the table.
func (APIClient) TableName() string { return "api_clients" }

// SetupLink is the one-time link that creates the first administrator; owned
// by the system tenant.
//
// Owner: identity/access.
type SetupLink struct {
	Owned
	Hash      []byte `gorm:"primaryKey"`
	ExpiresAt Time
	UsedAt    Time
}

// TableName names the table.
func (SetupLink) TableName() string { return "setup_links" }
