package console

import (
	"time"

	"gatehouse/audit/attempts"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/tenants"
	"gatehouse/internal/page"
	"gatehouse/models"
	views "gatehouse/views/console"
)

// home leads to the only tenant, or to the list of those there are.
func (c *Console) home(v *visit) error {
	found, err := c.Tenants.List(v.ctx, tenants.Filter{}, page.Request{Limit: 3})
	if err != nil {
		return err
	}
	var own []models.Tenant
	for _, t := range found.Items {
		if !builtin(&t) {
			own = append(own, t)
		}
	}
	if len(own) == 1 && found.Next == "" {
		return v.goTo(views.At(&own[0]))
	}
	return v.goTo(views.At(nil, "tenants"))
}

// week is how far the dashboard looks back.
const week = 7 * 24 * time.Hour

func (c *Console) dashboard(v *visit) error {
	d, err := c.figures(v)
	if err != nil {
		return err
	}
	s := c.shell(v, v.t("console.nav.dashboard"), "dashboard")
	return v.show(views.DashboardPage(s, d))
}

// figures are what the dashboard shows. Whoever may not see attempts sees none.
func (c *Console) figures(v *visit) (views.Dashboard, error) {
	d := views.Dashboard{}
	if !v.mayDo(access.AttemptsRead) {
		return d, nil
	}
	today := c.Now().UTC().Truncate(24 * time.Hour)
	to, from := today.Add(24*time.Hour), today.Add(24*time.Hour-week)
	now, err := attempts.Figures(v.ctx, v.in, from, to)
	if err != nil {
		return d, err
	}
	before, err := attempts.Figures(v.ctx, v.in, from.Add(-week), from)
	if err != nil {
		return d, err
	}
	d.Now, d.Before, d.Users = sum(now), sum(before), now.Users
	for _, day := range now.Days {
		d.Days = append(d.Days, views.Day{Label: day.Date.Format(v.t("console.dashboard.day")), Succeeded: day.Succeeded, Failed: day.Failed})
	}
	for _, r := range now.Reasons {
		d.Reasons = append(d.Reasons, views.ReasonCount{Reason: r.Reason, Count: r.Count})
	}
	f, err := now.Funnel(v.ctx, v.in, from, to)
	if err != nil {
		return d, err
	}
	d.Funnel = stages(f)
	n, _, err := c.Users.CountSince(v.ctx, v.in, models.At(from))
	if err != nil {
		return d, err
	}
	d.NewUsers = int64(n)
	d.Checklist, err = c.checklist(v, now.Succeeded+before.Succeeded > 0)
	return d, err
}

func sum(s attempts.Summary) views.Week {
	return views.Week{Succeeded: s.Succeeded, Failed: s.Failed, Users: s.Users}
}

func stages(f attempts.Funnel) []views.Stage {
	return []views.Stage{
		{Name: "started", Count: f.Started},
		{Name: "identified", Count: f.Identified},
		{Name: "authenticated", Count: f.Authenticated},
		{Name: "consent", Count: f.Consented},
		{Name: "token", Count: f.Redeemed},
	}
}

// checklist are the first steps with a tenant and whether they are done.
func (c *Console) checklist(v *visit, signedIn bool) ([]views.Task, error) {
	b, err := c.Tenants.Branding(v.ctx, v.in)
	if err != nil {
		return nil, err
	}
	tasks := []views.Task{{Name: "branding", URL: views.At(v.tenant, "branding"), Done: len(b.Tokens.V) > 0 || b.LogoID != ""}}
	if v.mayDo(access.ApplicationsRead) {
		apps, err := c.Applications.List(v.ctx, v.in, applications.Filter{}, page.Request{Limit: 1})
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, views.Task{Name: "application", URL: views.At(v.tenant, "applications", "new"), Done: len(apps.Items) > 0})
	}
	if v.mayDo(access.UsersRead) {
		some, err := c.hasUsers(v)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, views.Task{Name: "user", URL: views.At(v.tenant, "users", "new"), Done: some})
	}
	return append(tasks, views.Task{Name: "sign_in", URL: views.At(v.tenant, "applications"), Done: signedIn}), nil
}
