package console

import (
	"strings"

	"gatehouse/identity/access"
	"gatehouse/internal/page"
	"gatehouse/models"
	views "gatehouse/views/console"
)

// shell is what surrounds the page: who looks, at which tenant, with which
// rights.
func (c *Console) shell(v *visit, title, section string) views.Shell {
	s := views.Shell{
		Title: title, Section: section, Tenant: v.tenant, Theme: v.theme(), Flash: v.flash, May: may(v),
		Me: views.Me{Name: v.me.DisplayName(), Email: v.me.Email},
	}
	if v.tenant != nil {
		s.Colour = c.colour(v.ctx, v.tenant)
	}
	return s
}

// may are the permissions that the administrator holds in the tenant of the
// page, or anywhere on a page about the deployment. It only decides what is
// drawn: deeds ask for themselves.
func may(v *visit) map[string]bool {
	all := map[string]bool{}
	for _, p := range access.Permissions() {
		if v.tenant != nil {
			all[string(p)] = access.Require(v.ctx, v.tenant.TenantID, p) == nil
			continue
		}
		all[string(p)] = access.Require(v.ctx, v.console.System, p) == nil
	}
	// Administrators live in the system tenant, whatever the page is about.
	for _, p := range []access.Permission{access.AdministratorsRead, access.AdministratorsWrite} {
		all[string(p)] = access.Require(v.ctx, v.console.System, p) == nil
	}
	return all
}

// list is the frame of a list on this page.
func (v *visit) list() views.List {
	l := views.List{Path: v.path, At: v.at, Query: strings.TrimSpace(v.query.Get("q"))}
	if v.query.Has("after") {
		l.First = without(v.at, "after")
	}
	return l
}

// asked is the page of the list that the address asks for.
func (v *visit) asked() page.Request { return page.Request{After: v.query.Get("after")} }

// turn sets the way to the next page and the number of rows.
func turn[T any](v *visit, l *views.List, p page.Of[T]) {
	l.Count = len(p.Items)
	if p.Next != "" {
		l.Next = with(v.at, "after", p.Next)
	}
}

// name is a tenant's name, for pages that show several.
func (c *Console) name(v *visit, id string) string {
	t, err := c.Tenants.ByID(v.ctx, id)
	if err != nil {
		return id
	}
	return t.DisplayName
}

// builtin reports whether the tenant is the deployment's own.
func builtin(t *models.Tenant) bool {
	return t.Name == models.SystemTenant || t.Name == models.DefaultTenant
}
