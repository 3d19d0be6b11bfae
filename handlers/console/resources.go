package console

import (
	"strings"

	"gatehouse/identity/resources"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

func (c *Console) resources(v *visit) error {
	rows, err := c.Resources.List(v.ctx, v.in)
	if err != nil {
		return err
	}
	return v.show(views.ResourcesPage(c.shell(v, v.t("console.nav.apis"), "apis"), views.Resources{Rows: rows}))
}

func (c *Console) resourceNew(v *visit) error {
	return c.drawResource(v, models.Resource{}, ui.Form{Values: map[string]string{}}, nil)
}

func (c *Console) drawResource(v *visit, row models.Resource, f ui.Form, err error) error {
	title := row.DisplayName
	if row.ID == "" {
		title = v.t("console.resources.new")
	}
	return v.showForm(views.ResourcePage(c.shell(v, title, "apis"), views.Resource{Row: row, Form: f}), err)
}

func (c *Console) resourceCreate(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	facts, err := resourceFacts(form)
	var row *models.Resource
	if err == nil {
		row, err = c.Resources.Create(v.ctx, v.in, strings.TrimSpace(form.Get("name")), facts)
	}
	if err == nil {
		return v.done("resource.saved", views.At(v.tenant, "apis", row.ID))
	}
	f := formOf(form)
	if !wrong(v.say, &f, err) {
		return err
	}
	return c.drawResource(v, models.Resource{}, f, err)
}

func (c *Console) resourceSettings(v *visit) error {
	row, err := c.Resources.ByID(v.ctx, v.in, v.param("resource"))
	if err != nil {
		return err
	}
	facts, err := c.Resources.FactsOf(v.ctx, v.in, row)
	if err != nil {
		return err
	}
	return c.drawResource(v, *row, ui.Form{Values: map[string]string{
		"version": ui.Plain(row.Version), "identifier": row.Identifier, "display_name": row.DisplayName, "scopes": row.ScopeText(),
		"everybody": ticked(row.Everybody), "applications": strings.Join(facts.Applications, "\n"), "server": facts.Server,
		"access_token_seconds": digits(row.AccessTokenSeconds), "access_token_format": row.AccessTokenFormat, "disabled": ticked(row.Disabled),
		"authorization_details_types": views.DetailTypesText(row.DetailTypes.V),
	}}, nil)
}

func (c *Console) resourcePost(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	row, err := c.Resources.ByID(v.ctx, v.in, v.param("resource"))
	if err != nil {
		return err
	}
	facts, err := resourceFacts(form)
	if err == nil {
		_, err = c.Resources.Update(v.ctx, v.in, row.ID, version(form), facts)
	}
	if err == nil {
		return v.done("resource.saved", views.At(v.tenant, "apis", row.ID, "settings"))
	}
	f := formOf(form)
	if !wrong(v.say, &f, err) && !reason.Has(err, reason.VersionStale) {
		return err
	}
	return c.drawResource(v, *row, f, err)
}

// detailTypesField holds types of authorization details as JSON.
const detailTypesField = "authorization_details_types"

// resourceFacts reads the form: a scope on a line, with its words after a colon
// and a space; applications by their client_id; types
// of authorization details as JSON.
func resourceFacts(form strict.Values) (resources.Facts, error) {
	f := resources.Facts{
		Identifier: strings.TrimSpace(form.Get("identifier")), DisplayName: form.Get("display_name"), Everybody: form.Has("everybody"),
		Applications: strings.Fields(form.Get("applications")), Server: strings.TrimSpace(form.Get("server")), Disabled: form.Has("disabled"),
		AccessTokenFormat: form.Get("access_token_format"),
	}
	for line := range strings.Lines(form.Get("scopes")) {
		if line = strings.TrimSpace(line); line != "" {
			name, words, _ := strings.Cut(line, ": ")
			f.Scopes = append(f.Scopes, models.ResourceScope{Name: strings.TrimSpace(name), Description: strings.TrimSpace(words)})
		}
	}
	if text := strings.TrimSpace(form.Get(detailTypesField)); text != "" {
		if err := strict.JSON([]byte(text), &f.DetailTypes, 0); err != nil {
			return f, reason.New(reason.InputInvalid).On(detailTypesField, reason.InputFormat, err.Error())
		}
	}
	var err error
	f.AccessTokenSeconds, err = number(form, "access_token_seconds")
	return f, err
}
