package console

import (
	"strings"
	"time"

	"gatehouse/identity/access"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

func (c *Console) clients(v *visit) error {
	rows, err := c.Access.Clients(v.ctx, v.in)
	if err != nil {
		return err
	}
	page := views.Clients{}
	for i := range rows {
		page.Rows = append(page.Rows, views.Client{Row: rows[i], Owner: c.owner(v, rows[i].OwnerUserID)})
	}
	return v.show(views.ClientsPage(c.shell(v, v.t("console.nav.clients"), "clients"), page))
}

// owner names the administrator whose rights bound a client; empty: the
// deployment itself.
func (c *Console) owner(v *visit, id string) string {
	if id == "" {
		return ""
	}
	u, err := c.Users.ByID(v.ctx, c.system(), id)
	if err != nil {
		return id
	}
	return u.DisplayName()
}

func (c *Console) applicationAPI(v *visit) error {
	page, err := c.apiAccess(v)
	if err != nil {
		return err
	}
	return c.drawAPI(v, page, nil)
}

func (c *Console) drawAPI(v *visit, page views.APIAccess, err error) error {
	return v.showForm(views.ApplicationAPI(c.applicationShell(v, page.Application), page), err)
}

// apiAccess is what the application may do with the management API now.
func (c *Console) apiAccess(v *visit) (views.APIAccess, error) {
	a, err := c.application(v, "api")
	if err != nil {
		return views.APIAccess{}, err
	}
	page := views.APIAccess{Application: a, Form: ui.Form{Values: map[string]string{}}}
	row, err := c.Access.ClientByID(v.ctx, v.in, a.Row.ID)
	switch {
	case reason.Has(err, reason.RequestNotFound):
	case err != nil:
		return page, err
	default:
		page.Exists, page.Client, page.Owner = true, row, c.owner(v, row.OwnerUserID)
		page.Form = c.clientForm(v, &row)
	}
	page.Permissions = permissionOptions(v, page.Client.Permissions.V)
	return page, nil
}

func (c *Console) clientForm(v *visit, row *models.APIClient) ui.Form {
	names := make([]string, 0, len(row.Tenants.V))
	for _, id := range row.Tenants.V {
		if t, err := c.Tenants.ByID(v.ctx, id); err == nil {
			names = append(names, t.Name)
		}
	}
	f := ui.Form{Values: map[string]string{
		"version": ui.Plain(row.Version), "tenants": strings.Join(names, " "), "addresses": joined(row.Addresses.V), "rate": digits(row.RatePerMinute),
	}}
	if !row.ExpiresAt.IsZero() {
		f.Values["expires"] = row.ExpiresAt.Format(time.DateOnly)
	}
	return f
}

// permissionOptions are the permissions that the administrator could give.
func permissionOptions(v *visit, given []string) []ui.Option {
	var all []ui.Option
	for _, p := range access.Permissions() {
		if v.mayDo(p) || contains(given, string(p)) {
			all = append(all, ui.Option{Value: string(p), Label: string(p), Chosen: contains(given, string(p))})
		}
	}
	return all
}

func (c *Console) applicationAPIPost(v *visit) error {
	page, err := c.apiAccess(v)
	if err != nil {
		return err
	}
	form, err := v.form()
	if err != nil {
		return err
	}
	if err = c.allow(v, &page, form); err == nil {
		return v.done("client.saved", views.At(v.tenant, "applications", page.Row.ID, "api"))
	}
	page.Form = formOf(form)
	page.Permissions = permissionOptions(v, picked(form, "permission"))
	if !wrong(v.say, &page.Form, err) {
		return err
	}
	return c.drawAPI(v, page, err)
}

func (c *Console) allow(v *visit, page *views.APIAccess, form strict.Values) error {
	client, err := c.client(v, &page.Row, form)
	if err != nil {
		return err
	}
	if page.Exists {
		_, err = c.Access.UpdateClient(v.ctx, v.in, version(form), client)
		return err
	}
	_, err = c.Access.CreateClient(v.ctx, v.in, client)
	return err
}

// client is what the form decides about the application.
func (c *Console) client(v *visit, a *models.Application, form strict.Values) (access.Client, error) {
	client := access.Client{ApplicationID: a.ID, Name: a.Name, Addresses: lines(form.Get("addresses"))}
	for _, p := range picked(form, "permission") {
		client.Permissions = append(client.Permissions, access.Permission(p))
	}
	for name := range strings.FieldsSeq(form.Get("tenants")) {
		t, err := c.Tenants.ByName(v.ctx, name)
		if reason.Has(err, reason.TenantUnknown) {
			return client, reason.Wrap(reason.InputInvalid, err).On("tenants", reason.InputUnknown, name)
		}
		if err != nil {
			return client, err
		}
		client.Tenants = append(client.Tenants, t.TenantID)
	}
	if day := form.Get("expires"); day != "" {
		until, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return client, reason.Wrap(reason.InputInvalid, err).On("expires", reason.InputFormat, "")
		}
		client.ExpiresAt = until.AddDate(0, 0, 1)
	}
	var err error
	client.RatePerMinute, err = number(form, "rate")
	return client, err
}

func (c *Console) applicationAPIRemove(v *visit) error {
	if _, err := v.form(); err != nil {
		return err
	}
	id := v.param("application")
	if err := c.Access.DeleteClient(v.ctx, v.in, id); err != nil {
		return err
	}
	return v.done("client.removed", views.At(v.tenant, "applications", id, "api"))
}
