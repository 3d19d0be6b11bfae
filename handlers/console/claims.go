package console

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"gatehouse/identity/applications"
	"gatehouse/identity/claimrules"
	"gatehouse/internal/page"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/oidc/grants"
	"gatehouse/reason"
	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

// Previews shows what tokens would say; *grants.Issuer does.
type Previews interface {
	Preview(ctx context.Context, t oidc.Tenant, s grants.Sample) (grants.Preview, error)
}

func (c *Console) claimRules(v *visit) error {
	rows, err := c.Rules.List(v.ctx, v.in)
	if err != nil {
		return err
	}
	list := views.ClaimRules{}
	for i := range rows {
		line := views.ClaimRuleRow{Row: rows[i]}
		if id := rows[i].ApplicationID; id != nil {
			app, err := c.Applications.ByID(v.ctx, v.in, *id)
			if err != nil {
				return err
			}
			line.Application = app.DisplayName
		}
		list.Rows = append(list.Rows, line)
	}
	return v.show(views.ClaimRulesPage(c.shell(v, v.t("console.nav.claims"), "claims"), list))
}

func (c *Console) claimRuleNew(v *visit) error {
	values := map[string]string{"targets." + models.ClaimsOfIDToken: "yes", "targets." + models.ClaimsOfUserInfo: "yes"}
	if err := c.sampled(v, values, ""); err != nil {
		return err
	}
	return v.show(c.claimRulePage(v, views.ClaimRule{Form: ui.Form{Values: values}}))
}

// sampled has the preview speak of an application: the one with this client_id,
// or the first there is.
func (c *Console) sampled(v *visit, values map[string]string, clientID string) error {
	app := models.Application{}
	if clientID == "" {
		some, err := c.Applications.List(v.ctx, v.in, applications.Filter{}, page.Request{Limit: 1})
		if err != nil || len(some.Items) == 0 {
			return err
		}
		app = some.Items[0]
	} else {
		one, err := c.Applications.ByClientID(v.ctx, v.in, clientID)
		if err != nil {
			return err
		}
		app = *one
	}
	values["preview_application"], values["preview_scopes"] = app.ClientID, app.Scope
	return nil
}

func (c *Console) claimRulePage(v *visit, p views.ClaimRule) templ.Component {
	title := p.Row.Name
	if p.Row.ID == "" {
		title = v.t("console.claims.new")
	}
	return views.ClaimRulePage(c.shell(v, title, "claims"), p)
}

func (c *Console) claimRuleCreate(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if form.Get("do") == "preview" {
		return c.previewed(v, form)
	}
	facts, err := claimFacts(form)
	var row *models.ClaimRule
	if err == nil {
		row, err = c.Rules.Create(v.ctx, v.in, strings.TrimSpace(form.Get("name")), facts)
	}
	if err == nil {
		return v.done("claim_rule.saved", views.At(v.tenant, "claims", row.ID))
	}
	f := formOf(form)
	if !wrong(v.say, &f, err) {
		return err
	}
	return v.showForm(c.claimRulePage(v, views.ClaimRule{Form: f}), err)
}

func (c *Console) claimRule(v *visit) error {
	row, err := c.Rules.ByID(v.ctx, v.in, v.param("rule"))
	if err != nil {
		return err
	}
	facts, err := c.Rules.FactsOf(v.ctx, v.in, row)
	if err != nil {
		return err
	}
	values := map[string]string{
		"version": ui.Plain(row.Version), "claim": row.Claim, "expression": row.Expression, "application": facts.Application,
		"scope": row.Scope, "position": strconv.Itoa(row.Position), "disabled": ticked(row.Disabled),
	}
	if err := c.sampled(v, values, facts.Application); err != nil {
		return err
	}
	for _, t := range row.Targets.V {
		values["targets."+t] = "yes"
	}
	return v.show(c.claimRulePage(v, views.ClaimRule{Row: *row, Form: ui.Form{Values: values}}))
}

func (c *Console) claimRulePost(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if form.Get("do") == "preview" {
		return c.previewed(v, form)
	}
	row, err := c.Rules.ByID(v.ctx, v.in, v.param("rule"))
	if err != nil {
		return err
	}
	facts, err := claimFacts(form)
	if err == nil {
		_, err = c.Rules.Update(v.ctx, v.in, row.ID, version(form), facts)
	}
	if err == nil {
		return v.done("claim_rule.saved", views.At(v.tenant, "claims", row.ID))
	}
	f := formOf(form)
	if !wrong(v.say, &f, err) && !reason.Has(err, reason.VersionStale) {
		return err
	}
	return v.showForm(c.claimRulePage(v, views.ClaimRule{Row: *row, Form: f}), err)
}

func (c *Console) claimRuleDelete(v *visit) error {
	if _, err := v.form(); err != nil {
		return err
	}
	if err := c.Rules.Delete(v.ctx, v.in, v.param("rule")); err != nil {
		return err
	}
	return v.done("claim_rule.deleted", views.At(v.tenant, "claims"))
}

// claimPreview answers the form while it is typed.
func (c *Console) claimPreview(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	return c.previewed(v, form)
}

// previewed draws the form as it was sent, with what tokens would say if the
// rule in it were stored. What is wrong with it is part of the answer: the form
// may be half typed.
func (c *Console) previewed(v *visit, form strict.Values) error {
	p := views.ClaimRule{Form: formOf(form)}
	if id := form.Get("rule"); id != "" {
		row, err := c.Rules.ByID(v.ctx, v.in, id)
		if err != nil {
			return err
		}
		p.Row = *row
	}
	facts, err := claimFacts(form)
	var shown grants.Preview
	if err == nil {
		shown, err = c.Previews.Preview(v.ctx, oidc.Tenant{Row: v.tenant, Store: v.in, Issuer: c.Base(v.tenant)}, sampleOf(form, facts))
	}
	if err == nil {
		p.Shown, err = previewOf(shown, p.Row.ID)
	}
	if err != nil {
		f := ui.Form{}
		if !wrong(v.say, &f, err) {
			return err
		}
		p.Shown = &views.ClaimPreview{Fault: faultOf(f)}
	}
	return v.show(c.claimRulePage(v, p))
}

// faultOf is the first thing that is wrong, in the order of the form.
func faultOf(f ui.Form) string {
	for _, name := range []string{"", "expression", "claim", "targets", "application", "user", "scope", "position"} {
		if text := f.Errors[name]; text != "" {
			return text
		}
	}
	return ""
}

func sampleOf(form strict.Values, draft claimrules.Facts) grants.Sample {
	s := grants.Sample{
		ClientID: strings.TrimSpace(form.Get("preview_application")), User: strings.TrimSpace(form.Get("preview_user")),
		Scopes: strings.Fields(form.Get("preview_scopes")), Claims: strings.Fields(form.Get("preview_claims")),
		Draft: &draft, DraftOf: form.Get("rule"),
	}
	if s.ClientID == "" {
		s.ClientID = draft.Application
	}
	return s
}

// previewOf is a preview for the page.
func previewOf(shown grants.Preview, draft string) (*views.ClaimPreview, error) {
	p := &views.ClaimPreview{}
	told := map[string]json.RawMessage{
		models.ClaimsOfIDToken: shown.IDToken, models.ClaimsOfAccessToken: shown.AccessToken, models.ClaimsOfUserInfo: shown.UserInfo,
	}
	for _, target := range models.ClaimTargets() {
		text := told[target]
		if text == nil {
			continue
		}
		var b bytes.Buffer
		if err := json.Indent(&b, text, "", "  "); err != nil {
			return nil, err
		}
		p.Told = append(p.Told, views.ClaimsTold{Target: target, JSON: b.String()})
	}
	for _, o := range shown.Outcomes {
		one := views.ClaimOutcome{Rule: o.Rule.Name, Claim: o.Rule.Claim, Target: o.Target, Lacks: o.Without, Draft: o.Rule.ID == draft}
		if o.Fault != nil {
			one.Fault = o.Fault.Error()
		}
		if o.Value != nil {
			text, err := json.Marshal(o.Value)
			if err != nil {
				return nil, err
			}
			one.Value = string(text)
		}
		p.Outcomes = append(p.Outcomes, one)
	}
	return p, nil
}

// claimFacts reads the form.
func claimFacts(form strict.Values) (claimrules.Facts, error) {
	f := claimrules.Facts{
		Claim: form.Get("claim"), Expression: form.Get("expression"), Application: strings.TrimSpace(form.Get("application")),
		Targets: picked(form, "targets"), Scope: form.Get("scope"), Disabled: form.Has("disabled"),
	}
	var err error
	f.Position, err = number(form, "position")
	return f, err
}
