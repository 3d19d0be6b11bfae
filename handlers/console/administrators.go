package console

import (
	"strings"

	"gatehouse/identity/access"
	"gatehouse/identity/users"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

func (c *Console) administrators(v *visit) error {
	rows, err := c.Access.List(v.ctx, "")
	if err != nil {
		return err
	}
	page := views.Administrators{Roles: roleNames(), Mine: v.me.ID}
	at := map[string]int{}
	for i := range rows {
		a := &rows[i]
		n, known := at[a.UserID]
		if !known {
			u, err := c.Users.ByID(v.ctx, c.system(), a.UserID)
			if err != nil {
				return err
			}
			n = len(page.Rows)
			at[a.UserID] = n
			page.Rows = append(page.Rows, views.Administrator{User: *u})
		}
		role := views.Role{ID: a.ID, Name: a.Role}
		if a.TargetTenant != "" {
			role.Tenant = c.name(v, a.TargetTenant)
		}
		page.Rows[n].Roles = append(page.Rows[n].Roles, role)
	}
	return v.show(views.AdministratorsPage(c.shell(v, v.t("console.nav.administrators"), "administrators"), page))
}

func roleNames() []string {
	names := make([]string, 0, len(access.Roles()))
	for _, r := range access.Roles() {
		names = append(names, string(r))
	}
	return names
}

func (c *Console) administratorNew(v *visit) error { return c.drawAdministratorNew(v, ui.Form{}, nil) }

func (c *Console) drawAdministratorNew(v *visit, f ui.Form, err error) error {
	if err != nil && !wrong(v.say, &f, err) {
		return err
	}
	s := c.shell(v, v.t("console.administrators.new"), "administrators")
	return v.showForm(views.AdministratorNew(s, views.Administrators{Form: f, Roles: roleNames(), Minimum: c.minimum(v)}), err)
}

// minimum is the number of characters that an administrator's password needs.
func (c *Console) minimum(v *visit) int {
	t, err := c.Tenants.ByID(v.ctx, c.System)
	if err != nil {
		return models.DefaultPasswordMinLength
	}
	return t.Settings.V.MinPassword()
}

// administrator is a user of the system tenant as the form describes him: his
// e-mail address is his username.
func administrator(form strict.Values) users.New {
	email := strings.TrimSpace(form.Get("email"))
	return users.New{
		Profile:  users.Profile{Username: email, Email: email, EmailVerified: true, Claims: models.Claims{Name: form.Get("name")}},
		Password: form.Get("password"),
	}
}

func (c *Console) administratorCreate(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	role, err := c.assignment(v, form)
	if err == nil {
		_, err = c.Users.CreateAdministrator(v.ctx, c.system(), administrator(form), role)
	}
	if err != nil {
		return c.drawAdministratorNew(v, formOf(form), err)
	}
	return v.done("administrator.created", views.At(nil, "administrators"))
}

// assignment reads a role and where it shall hold.
func (c *Console) assignment(v *visit, form strict.Values) (access.Assignment, error) {
	a := access.Assignment{Role: access.Role(form.Get("role"))}
	name := strings.TrimSpace(form.Get("tenant"))
	if name == "" {
		return a, nil
	}
	t, err := c.Tenants.ByName(v.ctx, name)
	if reason.Has(err, reason.TenantUnknown) {
		return a, reason.Wrap(reason.InputInvalid, err).On("tenant", reason.InputUnknown, "")
	}
	if err != nil {
		return a, err
	}
	a.TenantID = t.TenantID
	return a, nil
}

func (c *Console) roleAssign(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	u, err := c.Users.ByID(v.ctx, c.system(), v.param("user"))
	if err != nil {
		return err
	}
	a, err := c.assignment(v, form)
	if err != nil {
		return err
	}
	a.UserID, a.UserName = u.ID, u.Username
	if _, err := c.Access.Assign(v.ctx, c.system(), a); err != nil {
		return err
	}
	return v.done("role.assigned", views.At(nil, "administrators"))
}

func (c *Console) roleRemove(v *visit) error {
	if _, err := v.form(); err != nil {
		return err
	}
	if err := c.Access.Remove(v.ctx, c.system(), v.param("role")); err != nil {
		return err
	}
	return v.done("role.removed", views.At(nil, "administrators"))
}
