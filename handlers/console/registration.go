package console

import (
	"encoding/json"
	"strings"
	"time"

	"gatehouse/identity/applications"
	"gatehouse/identity/tenants"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

// registration is the page on which a tenant says what applications may
// register themselves, and by which tokens.
func (c *Console) registration(v *visit) error {
	return c.drawRegistration(v, policyForm(v.tenant), ui.Form{}, nil)
}

func (c *Console) drawRegistration(v *visit, policy, token ui.Form, err error) error {
	rows, findErr := c.Applications.InitialTokens(v.ctx, v.in)
	if findErr != nil {
		return findErr
	}
	s := c.shell(v, v.t("console.registration"), "settings")
	return v.showForm(views.RegistrationPage(s, views.Registration{
		Form: policy, TokenForm: token, Tokens: rows, Secret: v.secret, Now: c.Now(), Endpoint: c.Base(v.tenant) + "/oauth2/register",
		Grants: choices(models.GrantTypes(), picks(policy, "grant")), Methods: choices(applications.AuthMethods(), picks(policy, "method")),
	}), err)
}

func picks(f ui.Form, name string) []string {
	var all []string
	for field := range f.Values {
		if value, ok := strings.CutPrefix(field, name+"."); ok && f.Ticked(field) {
			all = append(all, value)
		}
	}
	return all
}

func choices(values, chosen []string) []ui.Option {
	all := make([]ui.Option, len(values))
	for i, value := range values {
		all[i] = ui.Option{Value: value, Label: value, Chosen: contains(chosen, value)}
	}
	return all
}

func policyForm(t *models.Tenant) ui.Form {
	s := t.Settings.V
	f := ui.Form{Values: map[string]string{
		"version": ui.Plain(t.Version), "registration": s.Registration, "registration_require_pkce": ticked(s.RegistrationPKCE()),
		"registration_scope": s.RegistrationScopes(), "client_id_metadata_documents": ticked(s.ClientIDDocuments),
		"registration_open_limit": digits(s.RegistrationOpenLimit),
	}}
	if s.Registration == "" {
		f.Values["registration"] = models.RegistrationOff
	}
	if len(s.RegistrationStatementJWKS) > 0 {
		if text, err := json.MarshalIndent(s.RegistrationStatementJWKS, "", "  "); err == nil {
			f.Values["registration_software_statement_jwks"] = string(text)
		}
	}
	for _, grant := range s.RegistrationGrants() {
		f.Values["grant."+grant] = "yes"
	}
	methods := s.RegistrationAuthMethods
	if len(methods) == 0 {
		methods = applications.AuthMethods()
	}
	for _, method := range methods {
		f.Values["method."+method] = "yes"
	}
	return f
}

func (c *Console) registrationPost(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	settings, err := policyOf(v.tenant.Settings.V, form)
	if err == nil {
		_, err = c.Tenants.Update(v.ctx, v.in, tenants.Change{
			Version: version(form), DisplayName: v.tenant.DisplayName, DefaultLocale: v.tenant.DefaultLocale, Settings: settings,
		})
	}
	if err == nil {
		return v.done("tenant.saved", views.At(v.tenant, "registration"))
	}
	f := formOf(form)
	if !wrong(v.say, &f, unsettled(err)) {
		return err
	}
	return c.drawRegistration(v, f, ui.Form{}, err)
}

// policyOf lays the form over the settings.
func policyOf(s models.TenantSettings, form strict.Values) (models.TenantSettings, error) {
	pkce := form.Has("registration_require_pkce")
	var err error
	if s.RegistrationOpenLimit, err = number(form, "registration_open_limit"); err != nil {
		return s, err
	}
	s.Registration, s.RegistrationRequirePKCE = form.Get("registration"), &pkce
	s.ClientIDDocuments = form.Has("client_id_metadata_documents")
	s.RegistrationGrantTypes, s.RegistrationAuthMethods = picked(form, "grant"), picked(form, "method")
	s.RegistrationScope, s.RegistrationStatementJWKS = strings.Join(strings.Fields(form.Get("registration_scope")), " "), nil
	const field = "registration_software_statement_jwks"
	if text := strings.TrimSpace(form.Get(field)); text != "" {
		if err := json.Unmarshal([]byte(text), &s.RegistrationStatementJWKS); err != nil {
			return s, reason.Wrap(reason.InputInvalid, err).On(field, reason.InputFormat, "")
		}
	}
	return s, nil
}

// unsettled has a refusal name the form's fields, which the tenant's rules call
// settings/….
func unsettled(err error) error {
	e := reason.From(err)
	for i := range e.Fields {
		e.Fields[i].Pointer = strings.TrimPrefix(e.Fields[i].Pointer, "settings/")
	}
	return e
}

func (c *Console) initialTokenAdd(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	n := applications.NewInitialToken{Name: form.Get("name")}
	if n.MaxUses, err = number(form, "max_uses"); err == nil {
		var days int
		days, err = number(form, "days")
		n.Lifetime = time.Duration(days) * 24 * time.Hour
	}
	var text string
	if err == nil {
		_, text, err = c.Applications.CreateInitialToken(v.ctx, v.in, n)
	}
	if err == nil {
		return v.doneWith("", text, views.At(v.tenant, "registration")+"#tokens")
	}
	f := formOf(form)
	if !wrong(v.say, &f, err) {
		return err
	}
	return c.drawRegistration(v, policyForm(v.tenant), f, err)
}

func (c *Console) initialTokenRevoke(v *visit) error {
	if _, err := v.form(); err != nil {
		return err
	}
	if err := c.Applications.RevokeInitialToken(v.ctx, v.in, v.param("token")); err != nil {
		return err
	}
	return v.done("initial_token.revoked", views.At(v.tenant, "registration")+"#tokens")
}
