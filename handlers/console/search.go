package console

import (
	"strings"

	"gatehouse/audit/attempts"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/tenants"
	"gatehouse/identity/users"
	"gatehouse/internal/page"
	"gatehouse/reason"
	views "gatehouse/views/console"
)

// shown is how many of each kind a search shows.
const shown = 8

// search finds users, applications, attempts, tenants and pages. An error
// reference opens its attempt at once.
func (c *Console) search(v *visit) error {
	found := views.Search{Query: strings.TrimSpace(v.query.Get("q"))}
	s := c.shell(v, v.t("console.search.title"), "search")
	s.Query = found.Query
	if found.Query == "" {
		return v.show(views.SearchPage(s, found))
	}
	if v.tenant != nil {
		a, err := c.byReference(v, found.Query)
		if err != nil {
			return err
		}
		if a != "" {
			return v.goTo(views.At(v.tenant, "attempts", a))
		}
		if err := c.searchTenant(v, &found); err != nil {
			return err
		}
	}
	list, err := c.Tenants.List(v.ctx, tenants.Filter{Query: found.Query}, page.Request{Limit: shown})
	if err != nil {
		return err
	}
	for i := range list.Items {
		found.Tenants = append(found.Tenants, views.Tenant{Row: list.Items[i]})
	}
	found.Pages = pagesNamed(v, s, found.Query)
	return v.show(views.SearchPage(s, found))
}

// byReference is the id of the attempt with the reference; empty: none.
func (c *Console) byReference(v *visit, query string) (string, error) {
	if !v.mayDo(access.AttemptsRead) {
		return "", nil
	}
	a, err := attempts.ByReference(v.ctx, v.in, query)
	if reason.Has(err, reason.RequestNotFound) {
		return "", nil
	}
	return a.ID, err
}

func (c *Console) searchTenant(v *visit, found *views.Search) error {
	if v.mayDo(access.UsersRead) {
		list, err := c.Users.Search(v.ctx, v.in, users.Filter{Query: found.Query}, page.Request{Limit: shown})
		if err != nil {
			return err
		}
		found.Users = list.Items
	}
	if v.mayDo(access.ApplicationsRead) {
		list, err := c.Applications.List(v.ctx, v.in, applications.Filter{Query: found.Query}, page.Request{Limit: shown})
		if err != nil {
			return err
		}
		found.Applications = list.Items
	}
	return nil
}

// pagesNamed are the pages whose name holds the query.
func pagesNamed(v *visit, s views.Shell, query string) []views.Found {
	var some []views.Found
	for _, p := range s.Links() {
		p.Label = v.t(p.Label)
		if strings.Contains(strings.ToLower(p.Label), strings.ToLower(query)) {
			some = append(some, p)
		}
	}
	return some
}
