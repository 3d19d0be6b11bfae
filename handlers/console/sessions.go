package console

import (
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/console"
)

// userSessions shows sessions with the tokens that hang on each, and then those
// that outlive their session.
func (c *Console) userSessions(v *visit) error {
	u, err := c.user(v, "sessions")
	if err != nil {
		return err
	}
	l := v.list()
	found, err := c.Sessions.ListOf(v.ctx, v.in, u.Row.ID, v.asked())
	if err != nil {
		return err
	}
	turn(v, &l, found)
	families, err := c.Tokens.FamiliesOf(v.ctx, v.in, u.Row.ID, page.Request{Limit: page.MaxLimit})
	if err != nil {
		return err
	}
	bySession, loose, err := c.sortFamilies(v, families)
	if err != nil {
		return err
	}
	notices, err := c.noticesOf(v, u.Row.ID)
	if err != nil {
		return err
	}
	all := make([]views.Session, 0, len(found.Items))
	for i := range found.Items {
		s := &found.Items[i]
		all = append(all, views.Session{Row: *s, Live: c.Sessions.Valid(s) == nil, Families: bySession[s.ID], Notices: notices[s.ID]})
	}
	if l.First != "" {
		loose = nil // they stand on the first page
	}
	return v.show(views.UserSessions(c.userShell(v, u), u, all, loose, l))
}

// sortFamilies puts families under the session that they began in.
func (c *Console) sortFamilies(v *visit, rows []models.Family) (map[string][]views.Family, []views.Family, error) {
	bySession, loose := map[string][]views.Family{}, []views.Family(nil)
	now := c.Now()
	for i := range rows {
		f := &rows[i]
		name, err := c.applicationName(v, f.ApplicationID)
		if err != nil {
			return nil, nil, err
		}
		shown := views.Family{Row: *f, ApplicationName: name, Live: f.RevokedAt.IsZero() && now.Before(f.ExpiresAt.Time)}
		if f.SessionID == "" {
			loose = append(loose, shown)
			continue
		}
		bySession[f.SessionID] = append(bySession[f.SessionID], shown)
	}
	return bySession, loose, nil
}

// applicationName is the application's display name; its id when it is gone.
func (c *Console) applicationName(v *visit, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	a, err := c.Applications.ByID(v.ctx, v.in, id)
	if reason.Has(err, reason.ApplicationUnknown) {
		return id, nil
	}
	if err != nil {
		return "", err
	}
	return a.DisplayName, nil
}

func (c *Console) userApplications(v *visit) error {
	u, err := c.user(v, "applications")
	if err != nil {
		return err
	}
	rows, err := c.Applications.Consents(v.ctx, v.in, u.Row.ID)
	if err != nil {
		return err
	}
	all := make([]views.Consent, 0, len(rows))
	for i := range rows {
		name, err := c.applicationName(v, rows[i].ApplicationID)
		if err != nil {
			return err
		}
		all = append(all, views.Consent{Row: rows[i], ApplicationName: name})
	}
	return v.show(views.UserApplications(c.userShell(v, u), u, all, v.list()))
}

func (c *Console) sessionEnd(v *visit) error {
	err := c.Users.EndSession(v.ctx, v.in, v.param("user"), v.param("session"))
	if err != nil && reason.From(err).Meaning().Kind != reason.Unauthorized { // which is theirs: it had ended by itself
		return err
	}
	return v.done("session.ended", views.At(v.tenant, "users", v.param("user"), "sessions"))
}

func (c *Console) consentRevoke(v *visit) error {
	if err := c.Applications.RevokeConsent(v.ctx, v.in, v.param("user"), v.param("application")); err != nil {
		return err
	}
	return v.done("consent.revoked", views.At(v.tenant, "users", v.param("user"), "applications"))
}
