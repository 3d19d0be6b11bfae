package console

import "gatehouse/models"

// Search is what a search found.
type Search struct {
	Query        string
	Users        []models.User
	Applications []models.Application
	Tenants      []Tenant
	Attempts     []AttemptCard
	Pages        []Found
}

// Found is a page of the console that fits.
type Found struct{ Label, URL, Icon string }

func (v Search) none() bool {
	return len(v.Users)+len(v.Applications)+len(v.Tenants)+len(v.Attempts)+len(v.Pages) == 0
}

// Links are the pages that the administrator can go to, for the search: key of
// its name, address and icon.
func (s Shell) Links() []Found {
	var all []Found
	for _, l := range append(s.tenantLinks(), s.deploymentLinks()...) {
		all = append(all, Found{"console.nav." + l.Section, l.URL, l.Icon})
	}
	return all
}
