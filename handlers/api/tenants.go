package api

import (
	"time"

	"gatehouse/identity/access"
	"gatehouse/identity/tenants"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

func (a *API) tenantRoutes() []route {
	return []route{
		{"GET", "/tenants", access.TenantsRead, (*call).tenants},
		{"POST", "/tenants", access.TenantsWrite, (*call).tenantCreate},
		{"GET", "/tenant", access.TenantsRead, (*call).tenant},
		{"PATCH", "/tenant", access.TenantsWrite, (*call).tenantChange},
		{"POST", "/tenant/revoke", access.TenantsWrite, (*call).tenantRevoke},
		{"POST", "/tenants/:tenant/suspend", access.TenantsWrite, (*call).tenantSuspend},
		{"POST", "/tenants/:tenant/activate", access.TenantsWrite, (*call).tenantActivate},
		{"GET", "/tenants/:tenant", access.TenantsRead, (*call).tenantOf},
		{"GET", "/branding", access.BrandingRead, (*call).branding},
		{"PUT", "/branding", access.BrandingWrite, (*call).brandingSet},
	}
}

type tenantView struct {
	ID            string                `json:"id"`
	Name          string                `json:"name"`
	DisplayName   string                `json:"display_name"`
	DefaultLocale string                `json:"default_locale"`
	Status        models.TenantStatus   `json:"status"`
	Settings      models.TenantSettings `json:"settings"`
	CreatedAt     time.Time             `json:"created_at"`
	UpdatedAt     time.Time             `json:"updated_at"`
}

func viewTenant(t *models.Tenant) tenantView {
	return tenantView{
		t.TenantID, t.Name, t.DisplayName, t.DefaultLocale, t.Status, t.Settings.V, t.CreatedAt.Time, t.UpdatedAt.Time,
	}
}

func (c *call) tenants() error {
	if err := c.unowned(); err != nil {
		return err
	}
	p, q, err := c.paging()
	if err != nil {
		return err
	}
	found, err := c.Tenants.List(c.ctx(), tenants.Filter{Query: q("q"), Status: models.TenantStatus(q("status"))}, p)
	if err != nil {
		return err
	}
	return listed(c, found, viewTenant)
}

type tenantInput struct {
	Name          string                `json:"name"`
	DisplayName   string                `json:"display_name"`
	DefaultLocale string                `json:"default_locale"`
	Settings      models.TenantSettings `json:"settings"`
}

func (c *call) tenantCreate() error {
	if err := c.unowned(); err != nil {
		return err
	}
	var in tenantInput
	if err := c.JSON(&in, 0); err != nil {
		return err
	}
	return c.onceIn(c.DB.System("create a tenant"), c.Body(), func(tx *store.Tx) (any, *store.Tx, error) {
		t, err := c.Tenants.CreateIn(c.ctx(), tx.For(store.NewID()), tenants.New{
			Name: in.Name, DisplayName: in.DisplayName, DefaultLocale: in.DefaultLocale, Settings: in.Settings,
		})
		if err != nil {
			return nil, nil, err
		}
		return viewTenant(t), tx.For(c.Tenant.TenantID), nil
	})
}

// other is the tenant that the path names. To those who may not see it, it does
// not exist (R5).
func (c *call) other() (*models.Tenant, error) {
	if err := c.unowned(); err != nil {
		return nil, err
	}
	t, err := c.Tenants.ByName(c.ctx(), c.Param("tenant"))
	if err != nil {
		return nil, err
	}
	if err := access.Require(c.ctx(), t.TenantID, access.TenantsRead); err != nil {
		return nil, reason.Wrap(reason.TenantUnknown, err)
	}
	return t, nil
}

func (c *call) tenantOf() error {
	t, err := c.other()
	if err != nil {
		return err
	}
	return c.versioned(t.Version, viewTenant(t))
}

func (c *call) tenantSuspend() error {
	t, err := c.other()
	if err != nil {
		return err
	}
	var in reasonInput
	if err := c.optional(&in); err != nil {
		return err
	}
	_, err = c.Tenants.Suspend(c.ctx(), c.DB.Tenant(t.TenantID), in.Reason)
	return c.done(err)
}

func (c *call) tenantActivate() error {
	t, err := c.other()
	if err != nil {
		return err
	}
	_, err = c.Tenants.Activate(c.ctx(), c.DB.Tenant(t.TenantID))
	return c.done(err)
}

func (c *call) tenantRevoke() error {
	var in reasonInput
	if err := c.optional(&in); err != nil {
		return err
	}
	return c.done(c.Tenants.RevokeEverything(c.ctx(), c.Store, in.Reason))
}

// reasonInput says why something is done, for the record.
type reasonInput struct {
	Reason string `json:"reason"`
}

// optional reads a body that may be missing.
func (c *call) optional(into any) error {
	if len(c.Body()) == 0 {
		return nil
	}
	return c.JSON(into, 0)
}

func (c *call) tenant() error {
	t, err := tenants.Fresh(c.ctx(), c.Store)
	if err != nil {
		return err
	}
	return c.versioned(t.Version, viewTenant(t))
}

type tenantPatch struct {
	DisplayName   *string                `json:"display_name"`
	DefaultLocale *string                `json:"default_locale"`
	Settings      *models.TenantSettings `json:"settings"`
}

func (c *call) tenantChange() error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	var in tenantPatch
	if err := c.JSON(&in, 0); err != nil {
		return err
	}
	t, err := tenants.Fresh(c.ctx(), c.Store)
	if err != nil {
		return err
	}
	change := tenants.Change{
		Version: version, DisplayName: or(in.DisplayName, t.DisplayName), DefaultLocale: or(in.DefaultLocale, t.DefaultLocale),
		Settings: or(in.Settings, t.Settings.V),
	}
	if t, err = c.Tenants.Update(c.ctx(), c.Store, change); err != nil {
		return err
	}
	return c.versioned(t.Version, viewTenant(t))
}

func or[T any](p *T, other T) T {
	if p == nil {
		return other
	}
	return *p
}

type brandingView struct {
	Tokens map[string]string `json:"tokens"`
	LogoID string            `json:"logo_id,omitempty"`
}

func (c *call) branding() error {
	b, err := tenants.FreshBranding(c.ctx(), c.Store)
	if err != nil {
		return err
	}
	return c.versioned(b.Version, brandingView{b.Tokens.V, b.LogoID})
}

type brandingInput struct {
	Tokens map[string]string `json:"tokens"`
}

func (c *call) brandingSet() error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	var in brandingInput
	if err := c.JSON(&in, 0); err != nil {
		return err
	}
	b, err := c.Tenants.SetBranding(c.ctx(), c.Store, tenants.BrandingChange{Version: version, Tokens: in.Tokens})
	if err != nil {
		return err
	}
	return c.versioned(b.Version, brandingView{b.Tokens.V, b.LogoID})
}
