package console

import (
	"strings"

	views "gatehouse/views/console"
)

// weighty has the administrator prove who he is before the page or deed, unless
// he did within the last minutes (R67). After the proof a page is shown; a deed
// is not done by itself, but the page is that its form stands on.
func (c *Console) weighty(handle func(*visit) error) func(*visit) error {
	return func(v *visit) error {
		if err := c.Sessions.Fresh(v.session); err != nil {
			v.stands = standsOn(v)
			return err
		}
		return handle(v)
	}
}

// standsOn is the page that shows a weighty form: its own address, but for
// those that stand among others.
func standsOn(v *visit) string {
	if v.r.Method() == "GET" {
		return v.at
	}
	if strings.HasPrefix(v.path, views.At(nil, "administrators")) && !strings.HasSuffix(v.path, "/new") {
		return views.At(nil, "administrators")
	}
	if v.tenant != nil && strings.HasPrefix(v.path, views.At(v.tenant, "registration")) {
		return views.At(v.tenant, "registration")
	}
	id := v.param("application")
	if id == "" {
		return v.path
	}
	rest := strings.TrimPrefix(v.path, views.At(v.tenant, "applications", id)+"/")
	page, _, _ := strings.Cut(rest, "/")
	if page == "delete" || page == "revoke" {
		page = "danger"
	}
	return views.At(v.tenant, "applications", id, page)
}
