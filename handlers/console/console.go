package console

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/claimrules"
	"gatehouse/identity/credentials"
	"gatehouse/identity/logouts"
	"gatehouse/identity/resources"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tenants"
	"gatehouse/identity/throttle"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/internal/seal"
	"gatehouse/journeys"
	"gatehouse/models"
	"gatehouse/store"
)

// Options are what the console is made of.
type Options struct {
	DB           *store.DB
	K            *seal.Keyring
	Now          func() time.Time
	System       string // id of the system tenant
	Users        *users.Directory
	Sessions     *sessions.Keeper
	Passwords    *credentials.Passwords
	Tenants      *tenants.Directory
	Applications *applications.Registry
	Tokens       *tokens.Mint
	Access       *access.Desk
	Throttle     *throttle.Guard
	Journeys     *journeys.Engine
	Log          *audit.Log
	Logouts      *logouts.Teller
	Resources    *resources.Catalogue
	Rules        *claimrules.Book
	Previews     Previews
	// PublicURL is where browsers reach the server; Base gives a tenant's.
	PublicURL string
	Base      func(t *models.Tenant) string
	// LookUp finds the TXT records that prove a domain.
	LookUp tenants.TXT
	// Exempt are the addresses that per-address throttling spares.
	Exempt []netip.Prefix
}

// Console serves the console.
type Console struct{ Options }

// New returns the console.
func New(o Options) *Console {
	if o.Base == nil {
		o.Base = func(t *models.Tenant) string { return base(o.PublicURL, t) }
	}
	return &Console{o}
}

// base is where a tenant answers that has no domain of its own: the default
// tenant at the public URL itself.
func base(public string, t *models.Tenant) string {
	public = strings.TrimSuffix(public, "/")
	if t.Name == models.DefaultTenant {
		return public
	}
	return public + "/t/" + t.Name
}

// system is where administrators live.
func (c *Console) system() store.Tenant { return c.DB.Tenant(c.System) }

// colour is a tenant's brand colour, for telling tenants apart at a glance.
func (c *Console) colour(ctx context.Context, t *models.Tenant) string {
	b, err := c.Tenants.Branding(ctx, c.DB.Tenant(t.TenantID))
	if err != nil {
		return ""
	}
	return values(b.Tokens.V)["brand"]
}
