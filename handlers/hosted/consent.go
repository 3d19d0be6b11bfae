package hosted

import (
	"time"

	"gatehouse/internal/strict"
	"gatehouse/oidc"
	"gatehouse/reason"
	views "gatehouse/views/hosted"
)

// decisionField is what the consent and sign-out pages answer with.
const decisionField = "decision"

// consent asks whether the application may have what it asks for (R31).
func (p *Pages) consent(v *visit) reply {
	c, answer := p.Consents.Consent(v.ctx, v.tenant(), v.query.Get(authID), v.browser)
	if c == nil {
		return v.answer(answer)
	}
	v.speak(c.UILocales, c.UserLocale)
	page := views.Consent{
		Application: c.ApplicationName, Verified: c.Verified, Identity: c.Identity, Host: c.RedirectHost,
		User: c.UserName, PolicyURI: c.PolicyURI, TermsURI: c.TermsURI, Days: int(c.Lasting / (24 * time.Hour)),
	}
	for _, s := range c.Scopes {
		page.Scopes = append(page.Scopes, views.Scope{Name: s.Name, Words: s.Words, Granted: s.Granted})
	}
	page.Details = v.details(c.Details)
	shown := v.show(views.ConsentPage(v.frame(), page), c.FormTargets)
	shown.popup = c.Popup
	return shown
}

// decided reads the answer to a question; neither yes nor no is refused.
func decided(form strict.Values) (oidc.Decision, error) {
	switch form.Get(decisionField) {
	case "allow":
		return oidc.Allow, nil
	case "deny":
		return oidc.Deny, nil
	}
	return oidc.Deny, reason.New(reason.InputInvalid)
}

func (p *Pages) consentPost(v *visit) reply {
	form, err := v.form()
	if err != nil {
		return v.fail(err, v.again())
	}
	decision, err := decided(form)
	if err != nil {
		return v.fail(err, v.again())
	}
	return v.answer(p.Consents.Decide(v.ctx, v.tenant(), v.query.Get(authID), v.browser, decision))
}
