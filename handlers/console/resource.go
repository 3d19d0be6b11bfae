package console

import (
	"slices"

	"gatehouse/audit"
	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

// resource is an API's own page: who asks for it, how it checks tokens, and what
// happened to it.
func (c *Console) resource(v *visit) error {
	row, err := c.Resources.ByID(v.ctx, v.in, v.param("resource"))
	if err != nil {
		return err
	}
	page := views.ResourceOverview{Row: *row, Base: c.Base(v.tenant)}
	if page.Server, err = c.applicationName(v, row.ServerID); err != nil {
		return err
	}
	if page.Askers, page.More, err = c.askers(v, row); err != nil {
		return err
	}
	if page.Events, err = c.timeline(v, audit.Filter{TargetID: row.ID}); err != nil {
		return err
	}
	return v.show(views.ResourceOverviewPage(c.shell(v, row.DisplayName, "apis"), page))
}

// askers are the applications that hold grants for the API, and those that may ask
// for it. More tells that not all grants were counted.
func (c *Console) askers(v *visit, row *models.Resource) ([]views.Asker, bool, error) {
	uses, more, err := c.Tokens.UseOf(v.ctx, v.in, row.Identifier)
	if err != nil {
		return nil, false, err
	}
	var all []views.Asker
	for _, u := range uses {
		all = append(all, views.Asker{
			ID: u.ApplicationID, Grants: u.Families, Users: u.Users, Last: u.Last,
			Lapsed: row.Disabled || !row.Everybody && !slices.Contains(row.Applications.V, u.ApplicationID),
		})
	}
	for _, id := range row.Applications.V {
		if !slices.ContainsFunc(all, func(a views.Asker) bool { return a.ID == id }) {
			all = append(all, views.Asker{ID: id})
		}
	}
	for i := range all {
		if all[i].Name, err = c.applicationName(v, all[i].ID); err != nil {
			return nil, false, err
		}
	}
	return all, more, nil
}

func (c *Console) resourceAsk(v *visit) error { return c.drawResourceAsk(v, ui.Form{}, nil) }

// drawResourceAsk says in numbers what goes with the API.
func (c *Console) drawResourceAsk(v *visit, f ui.Form, err error) error {
	row, readErr := c.Resources.ByID(v.ctx, v.in, v.param("resource"))
	if readErr != nil {
		return readErr
	}
	askers, more, readErr := c.askers(v, row)
	if readErr != nil {
		return readErr
	}
	d := views.ResourceDeed{Row: *row, Form: f, More: more}
	for _, a := range askers {
		d.Grants += a.Grants
		if a.Grants > 0 {
			d.Applications++
		}
	}
	return v.showForm(views.ResourceDeedPage(c.shell(v, v.t("console.resource.delete"), "apis"), d), err)
}

func (c *Console) resourceDelete(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	row, err := c.Resources.ByID(v.ctx, v.in, v.param("resource"))
	if err != nil {
		return err
	}
	if form.Get("confirm") != row.Name {
		return c.drawResourceAsk(v, v.mismatch(), reason.New(reason.InputInvalid))
	}
	if err := c.Resources.Delete(v.ctx, v.in, row.ID); err != nil {
		return err
	}
	return v.done("resource.deleted", views.At(v.tenant, "apis"))
}
