package console

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"strconv"
	"strings"

	"gatehouse/identity/tenants"
	"gatehouse/internal/strict"
	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/themes"
	views "gatehouse/views/console"
	"gatehouse/views/hosted"
	"gatehouse/views/ui"
)

func (c *Console) branding(v *visit) error {
	b, err := tenants.FreshBranding(v.ctx, v.in)
	if err != nil {
		return err
	}
	return c.drawBranding(v, b, brandingForm(b), b.Tokens.V, nil)
}

func brandingForm(b *models.Branding) ui.Form {
	f := ui.Form{Values: maps.Clone(themes.Values(b.Tokens.V))}
	f.Values["version"] = ui.Plain(b.Version)
	return f
}

func (c *Console) drawBranding(v *visit, b *models.Branding, f ui.Form, chosen map[string]string, err error) error {
	page := views.Branding{Form: f, LogoID: b.LogoID, Tokens: designTokens(), Contrast: contrast(chosen)}
	if b.LogoID != "" {
		page.Logo = views.At(v.tenant, "branding", "logo", b.LogoID)
	}
	page.Preview = views.At(v.tenant, "branding", "preview") + "?" + previewQuery(chosen)
	return v.showForm(views.BrandingPage(c.shell(v, v.t("console.nav.branding"), "branding"), page), err)
}

// designTokens are the design tokens as the form shows them.
func designTokens() []views.Token {
	all := themes.Tokens()
	shown := make([]views.Token, 0, len(all))
	for _, t := range all {
		one := views.Token{Name: t.Name, Default: t.Default}
		switch t.Kind {
		case themes.Colour:
			one.Kind = "colour"
		case themes.Font:
			one.Kind, one.Choices = "choice", themes.Fonts()
		case themes.Place:
			one.Kind, one.Choices = "choice", []string{"center", "start"}
		case themes.Length:
			one.Kind = "length"
		}
		shown = append(shown, one)
	}
	return shown
}

// contrast are the pairs of colours that do not read well, each with a mend.
func contrast(chosen map[string]string) []views.Contrast {
	found := themes.Check(chosen)
	shown := make([]views.Contrast, 0, len(found))
	for _, f := range found {
		shown = append(shown, views.Contrast{
			Foreground: f.Front, Background: f.Back, Ratio: ratio(f.Ratio), Wanted: ratio(f.Needed), Token: f.Front, Fix: f.Fix,
		})
	}
	return shown
}

func ratio(r float64) string { return strconv.FormatFloat(r, 'f', 1, 64) + ":1" }

// chosenTokens are the tokens of the form that differ from their default. A
// pressed mend stands over what was typed.
func chosenTokens(form strict.Values) map[string]string {
	chosen := map[string]string{}
	for _, t := range themes.Tokens() {
		value := strings.TrimSpace(form.Get(t.Name))
		if fix := form.Get("fix." + t.Name); fix != "" {
			value = fix
		}
		if value != "" && value != t.Default {
			chosen[t.Name] = value
		}
	}
	return chosen
}

// brandingPost stores the branding, or only shows it in the preview, or takes a
// mend into the form.
func (c *Console) brandingPost(v *visit) error {
	form, logo, err := v.upload("logo")
	if err != nil {
		return err
	}
	b, err := tenants.FreshBranding(v.ctx, v.in)
	if err != nil {
		return err
	}
	chosen, f := chosenTokens(form), formOf(form)
	maps.Copy(f.Values, chosen)
	if form.Get("do") != "save" {
		return c.drawBranding(v, b, f, chosen, nil)
	}
	_, err = c.Tenants.SetBranding(v.ctx, v.in, tenants.BrandingChange{
		Version: version(form), Tokens: chosen, Logo: logo, RemoveLogo: form.Has("remove_logo"),
	})
	if err == nil {
		return v.done("branding.saved", views.At(v.tenant, "branding"))
	}
	if reason.Has(err, reason.VersionStale) {
		f.Values["version"] = ui.Plain(b.Version)
	}
	if !wrong(v.say, &f, err) {
		return err
	}
	return c.drawBranding(v, b, f, chosen, err)
}

// previewQuery carries unsaved tokens to the preview: they are no secret, and
// the frame needs nothing stored.
func previewQuery(chosen map[string]string) string {
	raw, err := json.Marshal(chosen)
	if err != nil {
		return ""
	}
	return url.Values{"tokens": {base64.RawURLEncoding.EncodeToString(raw)}}.Encode()
}

func previewTokens(q strict.Values) map[string]string {
	chosen := map[string]string{}
	raw, err := base64.RawURLEncoding.DecodeString(q.Get("tokens"))
	if err != nil || json.Unmarshal(raw, &chosen) != nil {
		return nil
	}
	return chosen
}

// brandingPreview is the tenant's real sign-in page, drawn by its own template
// with tokens that need not be stored. Its form leads nowhere.
func (c *Console) brandingPreview(v *visit) error {
	b, err := tenants.FreshBranding(v.ctx, v.in)
	if err != nil {
		return err
	}
	page := hosted.Page{
		Say: v.say, Tenant: v.tenant.DisplayName, Nonce: v.nonce(), NoSwitch: true,
		Stylesheet: views.At(v.tenant, "branding", "preview.css") + "?" + url.Values{"tokens": {v.query.Get("tokens")}}.Encode(),
	}
	if b.LogoID != "" {
		page.Logo = views.At(v.tenant, "branding", "logo", b.LogoID)
	}
	ask, err := c.sample(v)
	if err != nil {
		return err
	}
	return v.showFramed(hosted.StepPage(page, hosted.Step{Name: v.tenant.DisplayName, Prompt: ask}))
}

// sample is the first step of the tenant's own journey. Starting one writes
// nothing.
func (c *Console) sample(v *visit) (prompt.Prompt, error) {
	id, err := c.Journeys.Start(v.ctx, v.in, journeys.Need{Browser: v.bound(), AsksToStay: v.tenant.Settings.V.AsksToStay()})
	if err != nil {
		return prompt.Prompt{}, err
	}
	_, ask, err := c.Journeys.Open(v.ctx, v.in, id, journeys.Browser{ID: v.bound()})
	return ask, err
}

func (c *Console) brandingStylesheet(v *visit) error {
	return v.file("text/css; charset=utf-8", []byte(themes.Stylesheet(previewTokens(v.query))))
}

func (c *Console) brandingLogo(v *visit) error {
	i, err := c.Tenants.Image(v.ctx, v.in, v.param("image"))
	if err != nil {
		return err
	}
	return v.file(i.ContentType, i.Bytes)
}
