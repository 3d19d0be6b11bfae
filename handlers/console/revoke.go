package console

import (
	"gatehouse/reason"
	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

// tenantAsk draws the page that asks before a deed ends what a tenant's users
// hold.
func (c *Console) tenantAsk(name string) func(*visit) error {
	return func(v *visit) error { return c.drawTenantAsk(v, name, ui.Form{}, nil) }
}

// drawTenantAsk says in numbers what the deed touches.
func (c *Console) drawTenantAsk(v *visit, name string, f ui.Form, err error) error {
	d := views.TenantDeed{Name: name, Form: f}
	var readErr error
	if d.Sessions, readErr = c.Sessions.Count(v.ctx, v.in, views.MostCounted); readErr != nil {
		return readErr
	}
	if d.Families, readErr = c.Tokens.Held(v.ctx, v.in, "", views.MostCounted); readErr != nil {
		return readErr
	}
	return v.showForm(views.TenantDeedPage(c.shell(v, v.t("console.tenant."+name), "settings"), d), err)
}

// tenantDeed does something to the tenant whose name was typed, and says so.
func (c *Console) tenantDeed(v *visit, name, said string, do func(why string) error) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if form.Get("confirm") != v.tenant.Name {
		f := v.mismatch()
		f.Values["why"] = form.Get("why")
		return c.drawTenantAsk(v, name, f, reason.New(reason.InputInvalid))
	}
	if err := do(form.Get("why")); err != nil {
		return err
	}
	return v.done(said, views.At(v.tenant, "settings"))
}

func (c *Console) tenantSuspend(v *visit) error {
	return c.tenantDeed(v, "suspend", "tenant.suspended", func(why string) error {
		_, err := c.Tenants.Suspend(v.ctx, v.in, why)
		return err
	})
}

func (c *Console) tenantRevoke(v *visit) error {
	return c.tenantDeed(v, "revoke", "tenant.revoked", func(why string) error {
		return c.Tenants.RevokeEverything(v.ctx, v.in, why)
	})
}

func (c *Console) applicationRevoke(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	id := v.param("application")
	if err := c.Applications.RevokeTokens(v.ctx, v.in, id, form.Get("why")); err != nil {
		return err
	}
	return v.done("application.revoked", views.At(v.tenant, "applications", id, "danger"))
}
