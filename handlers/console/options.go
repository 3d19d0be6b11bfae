package console

import (
	"encoding/json"
	"strconv"
	"strings"

	"gatehouse/identity/applications"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

func optionsForm(a *models.Application) ui.Form {
	f := ui.Form{Values: map[string]string{"version": ui.Plain(a.Version)}}
	for _, o := range a.Options.V.Options() {
		f.Values[o.Name] = views.OptionText(o)
	}
	return f
}

func (c *Console) applicationProtocol(v *visit) error {
	a, err := c.application(v, "protocol")
	if err != nil {
		return err
	}
	return c.drawProtocol(v, views.ApplicationForm{Application: a, Form: optionsForm(&a.Row)}, nil)
}

func (c *Console) drawProtocol(v *visit, f views.ApplicationForm, err error) error {
	return v.showForm(views.ApplicationProtocol(c.applicationShell(v, f.Application), views.ApplicationOptions{ApplicationForm: f}), err)
}

func (c *Console) applicationProtocolPost(v *visit) error {
	a, err := c.application(v, "protocol")
	if err != nil {
		return err
	}
	form, err := v.form()
	if err != nil {
		return err
	}
	if err = c.changeOptions(v, &a.Row, form); err == nil {
		return v.done("application.saved", views.At(v.tenant, "applications", a.Row.ID, "protocol"))
	}
	shown := views.ApplicationForm{Application: a, Form: formOf(form)}
	if reason.Has(err, reason.VersionStale) {
		fresh, readErr := applications.Fresh(v.ctx, v.in, a.Row.ID)
		if readErr != nil {
			return readErr
		}
		shown.Stale = stale(&shown.Form, optionsForm(fresh), fresh.UpdatedAt.Time, optionNames())
	} else if !wrong(v.say, &shown.Form, err) {
		return err
	}
	return c.drawProtocol(v, shown, err)
}

func (c *Console) changeOptions(v *visit, a *models.Application, form strict.Values) error {
	options, err := optionsOf(form)
	if err != nil {
		return err
	}
	m := applications.MetadataOf(a)
	m.Options = options
	_, err = c.Applications.Update(v.ctx, v.in, a.ID, applications.Change{Version: version(form), Metadata: m})
	return err
}

// optionsOf reads the form by the kinds of the choices: it knows none of them.
func optionsOf(form strict.Values) (models.ClientOptions, error) {
	var options models.ClientOptions
	members := map[string]any{}
	for _, o := range options.Options() {
		text := strings.TrimSpace(form.Get(o.Name))
		if text == "" {
			continue
		}
		value, err := optionOf(o, text)
		if err != nil {
			return options, reason.New(reason.InputInvalid).On(o.Name, reason.InputFormat, err.Error())
		}
		members[o.Name] = value
	}
	body, err := json.Marshal(members)
	if err != nil {
		return options, err
	}
	return options, json.Unmarshal(body, &options)
}

func optionOf(o models.Option, text string) (any, error) {
	switch o.Value.(type) {
	case bool:
		return true, nil
	case []string:
		return lines(text), nil
	case int, *int:
		return strconv.Atoi(text)
	case map[string]any:
		var members map[string]any
		err := strict.JSON([]byte(text), &members, 0)
		return members, err
	}
	return text, nil
}

// optionNames are the fields of the form, which bear their registered names.
func optionNames() map[string]string {
	all := map[string]string{}
	for _, o := range new(models.ClientOptions).Options() {
		all[o.Name] = o.Name
	}
	return all
}
