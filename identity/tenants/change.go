package tenants

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Change is what becomes of a tenant. Version is the one that was read.
type Change struct {
	Version       int64
	DisplayName   string
	DefaultLocale string
	Settings      models.TenantSettings
}

// Update changes a tenant's names and settings. It returns
// reason.InputInvalid, reason.VersionStale when somebody was faster, or
// reason.AccessGrant where it changes whose certificates are believed and the
// tenant has an API client that may do more than the caller.
func (d *Directory) Update(ctx context.Context, w store.Writer, c Change) (*models.Tenant, error) {
	if err := access.Require(ctx, w.ID(), access.TenantsWrite); err != nil {
		return nil, err
	}
	e := reason.New(reason.InputInvalid)
	checkCommon(e, c.DisplayName, c.DefaultLocale, c.Settings)
	if err := orNil(e); err != nil {
		return nil, err
	}
	var t *models.Tenant
	err := w.Write(ctx, func(tx *store.Tx) error {
		before, err := Fresh(ctx, tx)
		if err != nil {
			return err
		}
		if before.Name == models.SystemTenant && cmp.Or(c.Settings.SelfRegistration, models.SelfRegistrationOff) != models.SelfRegistrationOff { // R9
			return reason.New(reason.InputInvalid).On("settings/self_registration", reason.InputInvalid, models.SelfRegistrationOff)
		}
		if before.Settings.V.ClientAuthorities != c.Settings.ClientAuthorities {
			if err := access.MayVouch(ctx, tx); err != nil {
				return err
			}
		}
		t, err = d.change(ctx, tx, audit.TenantUpdated, c.Version, nil, func(t *models.Tenant) {
			t.DisplayName, t.DefaultLocale, t.Settings = c.DisplayName, c.DefaultLocale, models.AsJSON(c.Settings)
		})
		return err
	})
	return t, err
}

// Suspend keeps the tenant's users and applications out: sessions and refresh
// families end in the same transaction (R66). The system tenant cannot be
// suspended.
func (d *Directory) Suspend(ctx context.Context, w store.Writer, why string) (*models.Tenant, error) {
	if err := access.RequireEverywhere(ctx, access.TenantsWrite); err != nil {
		return nil, err
	}
	var suspended *models.Tenant
	err := w.Write(ctx, func(tx *store.Tx) error {
		t, err := Fresh(ctx, tx)
		if err != nil {
			return err
		}
		if t.Name == models.SystemTenant {
			return reason.New(reason.AccessDenied)
		}
		details, err := d.endAll(ctx, tx, "tenant_suspended", why)
		if err != nil {
			return err
		}
		suspended, err = d.change(ctx, tx, audit.TenantSuspended, t.Version, details,
			func(t *models.Tenant) { t.Status = models.TenantSuspended })
		return err
	})
	return suspended, err
}

// RevokeEverything signs all of the tenant's users out and ends all tokens, those
// of applications too, in one transaction. Everybody can sign in anew.
func (d *Directory) RevokeEverything(ctx context.Context, w store.Writer, why string) error {
	if err := access.Require(ctx, w.ID(), access.TenantsWrite); err != nil {
		return err
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		t, err := Fresh(ctx, tx)
		if err != nil {
			return err
		}
		details, err := d.endAll(ctx, tx, "revoked", why)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, d.now(), audit.Event{Action: audit.TenantRevoked, Target: target(t), Details: details})
	})
}

// endAll ends what the tenant's users and applications hold; the details tell
// how much that was, and why.
func (d *Directory) endAll(ctx context.Context, tx *store.Tx, cause, why string) (map[string]any, error) {
	details := map[string]any{"why": why}
	for _, name := range slices.Sorted(maps.Keys(d.enders)) {
		n, err := d.enders[name](ctx, tx, cause)
		if err != nil {
			return nil, err
		}
		details[name] = n
	}
	return details, nil
}

// Activate lets a suspended tenant's users in again.
func (d *Directory) Activate(ctx context.Context, w store.Writer) (*models.Tenant, error) {
	if err := access.RequireEverywhere(ctx, access.TenantsWrite); err != nil {
		return nil, err
	}
	return d.change(ctx, w, audit.TenantActivated, 0, nil, func(t *models.Tenant) { t.Status = models.TenantActive })
}

// change applies a change to the tenant as it stands, if it is still of the
// version; 0 is any version.
func (d *Directory) change(
	ctx context.Context, w store.Writer, action string, version int64, details map[string]any, apply func(*models.Tenant),
) (*models.Tenant, error) {
	var t *models.Tenant
	err := w.Write(ctx, func(tx *store.Tx) error {
		var err error
		if t, err = Fresh(ctx, tx); err != nil {
			return err
		}
		if version != 0 && t.Version != version {
			return reason.New(reason.VersionStale)
		}
		before, read := facts(t), t.Version
		apply(t)
		t.Version, t.UpdatedAt = read+1, models.At(d.now())
		if err := update(ctx, tx, t, read); err != nil {
			return err
		}
		d.forget(tx, t)
		return audit.Append(ctx, tx, d.now(), audit.Event{
			Action: action, Target: target(t), Details: details, Before: before, After: facts(t),
		})
	})
	return t, err
}

func target(t *models.Tenant) audit.Target {
	return audit.Target{Type: "tenant", ID: t.TenantID, Name: t.Name}
}

// facts are what an event compares of a tenant.
func facts(t *models.Tenant) map[string]any {
	return map[string]any{
		"name": t.Name, "display_name": t.DisplayName, "default_locale": t.DefaultLocale,
		"status": t.Status, "settings": t.Settings.V,
	}
}

func between(least, top int) string { return strconv.Itoa(least) + " – " + strconv.Itoa(top) }
