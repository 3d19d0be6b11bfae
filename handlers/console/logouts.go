package console

import (
	"gatehouse/identity/access"
	"gatehouse/identity/logouts"
	"gatehouse/internal/page"
	"gatehouse/models"
	views "gatehouse/views/console"
)

// applicationLogouts tells of which logouts the application was told.
func (c *Console) applicationLogouts(v *visit) error {
	a, err := c.application(v, "logouts")
	if err != nil {
		return err
	}
	l := v.list()
	found, err := c.Logouts.Report(v.ctx, v.in, logouts.Filter{ApplicationID: a.Row.ID}, v.asked())
	if err != nil {
		return err
	}
	turn(v, &l, found)
	notices, err := c.notices(v, found.Items)
	if err != nil {
		return err
	}
	return v.show(views.ApplicationLogouts(c.applicationShell(v, a), a, notices, l))
}

// logoutRetry has an application told once more.
func (c *Console) logoutRetry(v *visit) error {
	if _, err := v.form(); err != nil {
		return err
	}
	if err := c.Logouts.Retry(v.ctx, v.in, v.param("notice")); err != nil {
		return err
	}
	return v.done("logout.retried", views.At(v.tenant, "applications", v.param("application"), "logouts"))
}

func (c *Console) notices(v *visit, rows []models.LogoutNotice) ([]views.Notice, error) {
	all := make([]views.Notice, 0, len(rows))
	for i := range rows {
		name, err := c.applicationName(v, rows[i].ApplicationID)
		if err != nil {
			return nil, err
		}
		all = append(all, views.Notice{Row: rows[i], ApplicationName: name})
	}
	return all, nil
}

// noticesOf are the newest notices of a user, by session.
func (c *Console) noticesOf(v *visit, userID string) (map[string][]views.Notice, error) {
	by := map[string][]views.Notice{}
	if !v.mayDo(access.SessionsRead) {
		return by, nil
	}
	found, err := c.Logouts.Report(v.ctx, v.in, logouts.Filter{UserID: userID}, page.Request{Limit: page.MaxLimit})
	if err != nil {
		return nil, err
	}
	all, err := c.notices(v, found.Items)
	for _, n := range all {
		by[n.Row.SessionID] = append(by[n.Row.SessionID], n)
	}
	return by, err
}
