package console

import (
	"maps"

	"gatehouse/identity/applications"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

func (c *Console) applications(v *visit) error {
	l := v.list()
	found, err := c.Applications.List(v.ctx, v.in, applications.Filter{Query: l.Query}, v.asked())
	if err != nil {
		return err
	}
	turn(v, &l, found)
	s := c.shell(v, v.t("console.nav.applications"), "applications")
	return v.show(views.ApplicationsPage(s, views.Applications{List: l, Rows: found.Items}))
}

// template is the type that the address or form asks for; empty: none that
// there is.
func template(q strict.Values) models.ApplicationType {
	t := models.ApplicationType(q.Get("type"))
	if _, ok := applications.TemplateOf(t); !ok {
		return ""
	}
	return t
}

func (c *Console) applicationNew(v *visit) error {
	return c.drawApplicationNew(v, template(v.query), ui.Form{Values: map[string]string{"first_party": "yes"}}, nil)
}

func (c *Console) drawApplicationNew(v *visit, t models.ApplicationType, f ui.Form, err error) error {
	if err != nil && !wrong(v.say, &f, err) {
		return err
	}
	s := c.shell(v, v.t("console.applications.new"), "applications")
	at := views.At(v.tenant, "applications", "new")
	return v.showForm(views.ApplicationNew(s, views.NewApplication{Type: t, Form: f, Action: at, Back: at}), err)
}

func (c *Console) applicationCreate(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	a, secret, err := c.makeApplication(v, form)
	if err != nil {
		return c.drawApplicationNew(v, template(form), formOf(form), err)
	}
	return v.doneWith("application.created", secret, views.At(v.tenant, "applications", a.ID))
}

// makeApplication registers an application from a template: what the form does
// not ask for, the template fills in.
func (c *Console) makeApplication(v *visit, form strict.Values) (*models.Application, string, error) {
	return c.Applications.Create(v.ctx, v.in, applications.New{
		Type: template(form), Name: form.Get("name"),
		Metadata: applications.Metadata{
			DisplayName: form.Get("display_name"), RedirectURIs: lines(form.Get("redirect_uris")),
			PostLogoutRedirectURIs: lines(form.Get("post_logout_redirect_uris")), Scope: form.Get("scope"), FirstParty: form.Has("first_party"),
			IDTokenAlg: applications.PreferredAlg,
		},
	})
}

// application reads the application of the address.
func (c *Console) application(v *visit, tab string) (views.Application, error) {
	row, err := c.Applications.ByID(v.ctx, v.in, v.param("application"))
	if err != nil {
		return views.Application{}, err
	}
	return views.Application{Row: *row, Tab: tab, Base: c.Base(v.tenant), Secret: v.secret}, nil
}

func (c *Console) applicationShell(v *visit, a views.Application) views.Shell {
	return c.shell(v, a.Row.DisplayName, "applications")
}

func applicationForm(a *models.Application) ui.Form {
	f := ui.Form{Values: map[string]string{
		"display_name": a.DisplayName, "client_uri": a.ClientURI, "scope": a.Scope, "auth_method": a.AuthMethod, "id_token_alg": a.IDTokenAlg,
		"redirect_uris": joined(a.RedirectURIs.V), "post_logout_redirect_uris": joined(a.PostLogoutRedirectURIs.V),
		"allowed_origins": joined(a.AllowedOrigins.V), "access_token_seconds": digits(a.AccessTokenSeconds),
		"first_party": ticked(a.FirstParty), "require_pkce": ticked(a.RequirePKCE), "version": ui.Plain(a.Version),
	}}
	for _, g := range a.GrantTypes.V {
		f.Values["grant."+g] = "yes"
	}
	for _, t := range a.ResponseTypes.V {
		f.Values["response."+t] = "yes"
	}
	return f
}

var applicationLabels = withGrants(map[string]string{ //nolint:gosec // keys of texts, no credentials
	"display_name": "console.application.display_name", "client_uri": "console.application.client_uri", "scope": "console.application.scope",
	"redirect_uris": "console.application.redirect_uris", "post_logout_redirect_uris": "console.application.post_logout_redirect_uris",
	"allowed_origins": "console.application.allowed_origins", "auth_method": "console.application.auth_method",
	"id_token_alg": "console.application.id_token_alg", "access_token_seconds": "console.application.access_token_seconds",
	"response_types": "console.application.response_types", "first_party": "console.application.first_party", "require_pkce": "console.application.require_pkce",
})

func withGrants(labels map[string]string) map[string]string {
	maps.Copy(labels, views.GrantLabels())
	return labels
}

func (c *Console) applicationSettings(v *visit) error {
	a, err := c.application(v, "settings")
	if err != nil {
		return err
	}
	return c.drawApplication(v, views.ApplicationForm{Application: a, Form: applicationForm(&a.Row)}, nil)
}

func (c *Console) drawApplication(v *visit, a views.ApplicationForm, err error) error {
	return v.showForm(views.ApplicationSettings(c.applicationShell(v, a.Application), a), err)
}

func (c *Console) applicationSettingsPost(v *visit) error {
	a, err := c.application(v, "settings")
	if err != nil {
		return err
	}
	form, err := v.form()
	if err != nil {
		return err
	}
	if err = c.changeApplication(v, &a.Row, form); err == nil {
		return v.done("application.saved", views.At(v.tenant, "applications", a.Row.ID, "settings"))
	}
	shown := views.ApplicationForm{Application: a, Form: formOf(form)}
	if reason.Has(err, reason.VersionStale) {
		fresh, readErr := applications.Fresh(v.ctx, v.in, a.Row.ID)
		if readErr != nil {
			return readErr
		}
		shown.Stale = stale(&shown.Form, applicationForm(fresh), fresh.UpdatedAt.Time, v.texts(applicationLabels))
	} else if !wrong(v.say, &shown.Form, err) {
		return err
	}
	return c.drawApplication(v, shown, err)
}

func (c *Console) changeApplication(v *visit, a *models.Application, form strict.Values) error {
	seconds, err := number(form, "access_token_seconds")
	if err != nil {
		return err
	}
	pkce := form.Has("require_pkce")
	m := applications.MetadataOf(a)
	m.DisplayName, m.ClientURI, m.Scope = form.Get("display_name"), form.Get("client_uri"), form.Get("scope")
	m.RedirectURIs, m.PostLogoutRedirectURIs = lines(form.Get("redirect_uris")), lines(form.Get("post_logout_redirect_uris"))
	m.AllowedOrigins, m.GrantTypes = lines(form.Get("allowed_origins")), picked(form, "grant")
	m.AuthMethod, m.IDTokenAlg, m.AccessTokenSeconds = form.Get("auth_method"), form.Get("id_token_alg"), seconds
	m.FirstParty, m.RequirePKCE = form.Has("first_party"), &pkce
	m.ResponseTypes = picked(form, "response")
	if form.Has("grant." + models.GrantAuthorizationCode) {
		m.ResponseTypes = append(m.ResponseTypes, "code")
	}
	_, err = c.Applications.Update(v.ctx, v.in, a.ID, applications.Change{Version: version(form), Metadata: m})
	return err
}

func (c *Console) applicationSecrets(v *visit) error {
	a, err := c.application(v, "secrets")
	if err != nil {
		return err
	}
	rows, err := c.Applications.Secrets(v.ctx, v.in, a.Row.ID)
	if err != nil {
		return err
	}
	now, live := c.Now(), 0
	for i := range rows {
		if rows[i].ExpiresAt.IsZero() || now.Before(rows[i].ExpiresAt.Time) {
			live++
		}
	}
	return v.show(views.ApplicationSecrets(c.applicationShell(v, a), views.Secrets{Application: a, Rows: rows, Full: live >= 2}))
}

func (c *Console) secretAdd(v *visit) error {
	if _, err := v.form(); err != nil {
		return err
	}
	id := v.param("application")
	_, secret, err := c.Applications.AddSecret(v.ctx, v.in, id, 0)
	if err != nil {
		return err
	}
	return v.doneWith("", secret, views.At(v.tenant, "applications", id, "secrets"))
}

func (c *Console) secretRemove(v *visit) error {
	if _, err := v.form(); err != nil {
		return err
	}
	id := v.param("application")
	if err := c.Applications.RemoveSecret(v.ctx, v.in, id, v.param("secret")); err != nil {
		return err
	}
	return v.done("secret.removed", views.At(v.tenant, "applications", id, "secrets"))
}
