package console

import (
	"strconv"
	"strings"

	"gatehouse/identity/tenants"
	"gatehouse/internal/page"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/themes"
	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

func values(chosen map[string]string) map[string]string { return themes.Values(chosen) }

func (c *Console) tenants(v *visit) error {
	l, rows, err := c.findTenants(v, v.asked())
	if err != nil {
		return err
	}
	s := c.shell(v, v.t("console.nav.tenants"), "tenants")
	return v.show(views.TenantsPage(s, views.Tenants{List: l, Rows: rows}))
}

// switchTenant is the menu's list of tenants, and a page for those without
// script.
func (c *Console) switchTenant(v *visit) error {
	l, rows, err := c.findTenants(v, page.Request{Limit: 12})
	if err != nil {
		return err
	}
	s := c.shell(v, v.t("console.tenants.switch"), "tenants")
	return v.show(views.SwitchPage(s, views.Tenants{List: l, Rows: rows}))
}

func (c *Console) findTenants(v *visit, p page.Request) (views.List, []views.Tenant, error) {
	l := v.list()
	found, err := c.Tenants.List(v.ctx, tenants.Filter{Query: l.Query}, p)
	if err != nil {
		return l, nil, err
	}
	turn(v, &l, found)
	rows := make([]views.Tenant, 0, len(found.Items))
	for i := range found.Items {
		t := &found.Items[i]
		rows = append(rows, views.Tenant{Row: *t, Colour: c.colour(v.ctx, t), Base: c.Base(t)})
	}
	return l, rows, nil
}

func (c *Console) tenantNew(v *visit) error {
	return c.drawTenantNew(v, ui.Form{Values: map[string]string{"default_locale": "en"}}, nil)
}

func (c *Console) drawTenantNew(v *visit, f ui.Form, err error) error {
	if err != nil && !wrong(v.say, &f, err) {
		return err
	}
	s := c.shell(v, v.t("console.tenants.new"), "tenants")
	form := views.NewTenant{Form: f, Action: views.At(nil, "tenants", "new"), Back: views.At(nil, "tenants")}
	return v.showForm(views.TenantNew(s, form), err)
}

func (c *Console) tenantCreate(v *visit) error {
	form, logo, err := v.upload("logo")
	if err != nil {
		return err
	}
	t, err := c.makeTenant(v, form, logo)
	if err != nil {
		return c.drawTenantNew(v, formOf(form), err)
	}
	return v.done("tenant.created", views.At(t))
}

// makeTenant creates the tenant with all that the form says of its look, or
// nothing.
func (c *Console) makeTenant(v *visit, form strict.Values, logo []byte) (*models.Tenant, error) {
	return c.Tenants.Create(v.ctx, tenants.New{
		Name: form.Get("name"), DisplayName: form.Get("display_name"), DefaultLocale: form.Get("default_locale"),
		Branding: brandTokens(form.Get("colour")), Logo: logo,
	})
}

// brandTokens are the tokens that one brand colour leads to: text upon it that
// can be read, and a tone for dark pages.
func brandTokens(colour string) map[string]string {
	if colour == "" {
		return nil
	}
	tokens := map[string]string{"brand": colour}
	for range len(themes.Tokens()) {
		found := themes.Check(tokens)
		if len(found) == 0 {
			break
		}
		if found[0].Front == "on-brand" && themes.Contrast("#ffffff", colour) < themes.NeededText {
			tokens["on-brand"] = "#111317"
		}
		for _, f := range found {
			if f.Front != "on-brand" {
				tokens[f.Front] = f.Fix
			}
		}
	}
	return tokens
}

// settingFields are the numbers among a tenant's settings, by their field.
func settingFields(s *models.TenantSettings) map[string]*int {
	return map[string]*int{
		"session_idle_seconds": &s.SessionIdleSeconds, "session_lifetime_seconds": &s.SessionLifetimeSeconds,
		"access_token_seconds": &s.AccessTokenSeconds, "id_token_seconds": &s.IDTokenSeconds,
		"refresh_idle_seconds": &s.RefreshIdleSeconds, "refresh_lifetime_seconds": &s.RefreshLifetimeSeconds,
		"password_min_length": &s.PasswordMinLength, "attempt_retention_days": &s.AttemptRetentionDays,
	}
}

// unless is the choice as the form has it: the one that holds anyway is none.
func unless(silent, choice string) string {
	if choice == silent {
		return ""
	}
	return choice
}

// choiceFields are the choices among a tenant's settings, by their field, with
// the one that holds where none was made.
func choiceFields(s *models.TenantSettings) map[string]choiceField {
	return map[string]choiceField{
		"stay_signed_in":    {&s.StaySignedIn, models.StayAlways},
		"self_registration": {&s.SelfRegistration, models.SelfRegistrationOff},
		"sign_up_email":     {&s.SignUpEmail, models.AskRequired},
		"sign_up_names":     {&s.SignUpNames, models.AskOff},
	}
}

type choiceField struct {
	value  *string
	silent string
}

func tenantForm(t *models.Tenant) ui.Form {
	f := ui.Form{Values: map[string]string{
		"display_name": t.DisplayName, "default_locale": t.DefaultLocale, "version": strconv.FormatInt(t.Version, 10),
	}}
	settings := t.Settings.V
	for name, n := range settingFields(&settings) {
		f.Values[name] = digits(*n)
	}
	f.Values["client_certificate_authorities"] = settings.ClientAuthorities
	f.Values["access_token_format"] = settings.AccessTokenFormat
	for name, c := range choiceFields(&settings) {
		f.Values[name] = unless(c.silent, *c.value)
	}
	f.Values["refresh_extends_session"] = ticked(settings.RefreshExtendsSession)
	f.Values["dpop_require_nonce"] = ticked(settings.DPoPNonces)
	return f
}

func (c *Console) settings(v *visit) error {
	return c.drawSettings(v, tenantForm(v.tenant), ui.Form{}, nil, nil)
}

func (c *Console) drawSettings(v *visit, f, domain ui.Form, stale *views.Stale, err error) error {
	rows, findErr := c.Tenants.Domains(v.ctx, v.in)
	if findErr != nil {
		return findErr
	}
	s := c.shell(v, v.t("console.nav.settings"), "settings")
	return v.showForm(views.TenantSettingsPage(s, views.TenantSettings{
		Form: f, Stale: stale, Base: c.Base(v.tenant), Domains: rows, DomainForm: domain, Builtin: builtin(v.tenant), Record: tenants.ChallengeHost,
	}), err)
}

func (c *Console) settingsPost(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	change := tenants.Change{
		Version: version(form), DisplayName: form.Get("display_name"), DefaultLocale: form.Get("default_locale"), Settings: v.tenant.Settings.V,
	}
	for name, n := range settingFields(&change.Settings) {
		if *n, err = number(form, name); err != nil {
			break
		}
	}
	change.Settings.ClientAuthorities = strings.TrimSpace(form.Get("client_certificate_authorities"))
	change.Settings.AccessTokenFormat = form.Get("access_token_format")
	for name, c := range choiceFields(&change.Settings) {
		*c.value = form.Get(name)
	}
	change.Settings.RefreshExtendsSession = form.Has("refresh_extends_session")
	change.Settings.DPoPNonces = form.Has("dpop_require_nonce")
	if err == nil {
		_, err = c.Tenants.Update(v.ctx, v.in, change)
	}
	if err == nil {
		return v.done("tenant.saved", views.At(v.tenant, "settings"))
	}
	f := formOf(form)
	if reason.Has(err, reason.VersionStale) {
		fresh, readErr := tenants.Fresh(v.ctx, v.in)
		if readErr != nil {
			return readErr
		}
		return c.drawSettings(v, f, ui.Form{}, stale(&f, tenantForm(fresh), fresh.UpdatedAt.Time, v.texts(tenantLabels)), err)
	}
	if !wrong(v.say, &f, err) {
		return err
	}
	return c.drawSettings(v, f, ui.Form{}, nil, err)
}

var tenantLabels = map[string]string{
	"display_name": "console.tenant.display_name", "default_locale": "console.tenant.locale",
	"session_idle_seconds": "console.tenant.session_idle", "session_lifetime_seconds": "console.tenant.session_lifetime",
	"access_token_seconds": "console.tenant.access_token", "access_token_format": "console.tenant.access_token_format", "id_token_seconds": "console.tenant.id_token",
	"refresh_idle_seconds": "console.tenant.refresh_idle", "refresh_lifetime_seconds": "console.tenant.refresh_lifetime",
	"stay_signed_in": "console.tenant.stay", "refresh_extends_session": "console.tenant.refresh_extends",
	"password_min_length": "console.tenant.password_min", "attempt_retention_days": "console.tenant.attempt_retention",
	"dpop_require_nonce": "console.tenant.dpop_nonce", "client_certificate_authorities": "console.tenant.client_authorities",
	"self_registration": "console.tenant.self_registration", "sign_up_email": "console.tenant.sign_up_email", "sign_up_names": "console.tenant.sign_up_names",
}

func (c *Console) activate(v *visit) error {
	if _, err := c.Tenants.Activate(v.ctx, v.in); err != nil {
		return err
	}
	return v.done("tenant.activated", views.At(v.tenant, "settings"))
}

func (c *Console) domainAdd(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if _, err := c.Tenants.AddDomain(v.ctx, v.in, form.Get("host")); err != nil {
		f := formOf(form)
		if !wrong(v.say, &f, err) {
			return err
		}
		return c.drawSettings(v, tenantForm(v.tenant), f, nil, err)
	}
	return v.done("domain.added", views.At(v.tenant, "settings")+"#domains")
}

func (c *Console) domainVerify(v *visit) error {
	if _, err := c.Tenants.VerifyDomain(v.ctx, v.in, v.param("domain"), c.LookUp); err != nil {
		f := ui.Form{}
		if !wrong(v.say, &f, err) {
			return err
		}
		return c.drawSettings(v, tenantForm(v.tenant), f, nil, err)
	}
	return v.done("domain.verified", views.At(v.tenant, "settings")+"#domains")
}

func (c *Console) domainRemove(v *visit) error {
	if err := c.Tenants.RemoveDomain(v.ctx, v.in, v.param("domain")); err != nil {
		return err
	}
	return v.done("domain.removed", views.At(v.tenant, "settings")+"#domains")
}
