package console

import (
	"net/url"
	"strings"
	"time"

	"gatehouse/audit"
	"gatehouse/audit/attempts"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/internal/page"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

func (c *Console) applicationOverview(v *visit) error {
	o, err := c.overview(v)
	if err != nil {
		return err
	}
	return v.show(views.ApplicationOverview(c.applicationShell(v, o.Application), o))
}

// overview is the quick start, the doctor and the wait for the first sign-in.
func (c *Console) overview(v *visit) (views.Overview, error) {
	a, err := c.application(v, "overview")
	if err != nil {
		return views.Overview{}, err
	}
	o := views.Overview{Application: a, Framework: v.query.Get("framework")}
	if a.Row.MayUse(models.GrantAuthorizationCode) && len(a.Row.RedirectURIs.V) > 0 {
		o.TryURL = views.At(v.tenant, "applications", a.Row.ID, "try")
	}
	o.TryDevice = a.Row.MayUse(models.GrantDeviceCode)
	o.Profile = applications.ProfileOf(&a.Row)
	for _, f := range applications.Scorecard(&a.Row) {
		o.Findings = append(o.Findings, views.Score(f))
	}
	if !v.mayDo(access.AttemptsRead) {
		return o, nil
	}
	// Who signs in or creates an account: requests are kept where they are refused.
	signed, err := attempts.List(v.ctx, v.in, attempts.Filter{ApplicationID: a.Row.ID, Outcome: audit.Success}, page.Request{Limit: 1})
	if err != nil {
		return o, err
	}
	o.Signed = len(signed.Items) > 0
	o.Waiting = !o.Signed
	o.Refused, err = c.refused(v, &a.Row)
	return o, err
}

// The doctor looks back so far, and shows so much.
const (
	doctorSince = 7 * 24 * time.Hour
	doctorShows = 5
)

// refused are the last requests of the application that were refused, beside
// what is registered.
func (c *Console) refused(v *visit, a *models.Application) ([]views.Refused, error) {
	var all []views.Refused
	for _, kind := range []string{attempts.Authorize, attempts.Token} {
		found, err := attempts.List(v.ctx, v.in, attempts.Filter{
			ClientID: a.ClientID, Kind: kind, Outcome: audit.Failure, From: c.Now().Add(-doctorSince),
		}, page.Request{Limit: doctorShows})
		if err != nil {
			return nil, err
		}
		cards, err := c.cards(v, found.Items)
		if err != nil {
			return nil, err
		}
		for _, card := range cards {
			all = append(all, diagnosis(a, card))
		}
	}
	return all, nil
}

// diagnosis compares what was sent with what is registered.
func diagnosis(a *models.Application, card views.AttemptCard) views.Refused {
	r := views.Refused{AttemptCard: card}
	sent, ok := card.Row.Details.V["redirect_uri"].(string)
	if reason.Code(card.Row.Reason) == reason.OAuthRedirectURI && ok && sent != "" {
		r.Sent, r.Registered = sent, a.RedirectURIs.V
		if !contains(a.RedirectURIs.V, sent) {
			r.Redirect = sent
		}
		return r
	}
	if value, ok := card.Row.Details.V["parameter"].(string); ok {
		r.Sent = value
	}
	return r
}

func contains(all []string, one string) bool {
	for _, a := range all {
		if a == one {
			return true
		}
	}
	return false
}

// applicationRedirect registers a redirect URI that was refused: the doctor's
// one-click mend. The deed checks it as it checks any other.
func (c *Console) applicationRedirect(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	id := v.param("application")
	if _, err := c.Applications.AddRedirectURI(v.ctx, v.in, id, form.Get("redirect_uri")); err != nil {
		return err
	}
	return v.done("application.redirect", views.At(v.tenant, "applications", id))
}

// applicationTry begins a real sign-in of the application in this browser. The
// application has not begun it, so it will refuse what comes back: the sign-in
// itself is what is tried.
func (c *Console) applicationTry(v *visit) error {
	a, err := c.application(v, "overview")
	if err != nil {
		return err
	}
	if len(a.Row.RedirectURIs.V) == 0 {
		return reason.New(reason.OAuthRedirectURI)
	}
	q := url.Values{
		"response_type": {"code"}, "client_id": {a.Row.ClientID}, "redirect_uri": {a.Row.RedirectURIs.V[0]}, "scope": {a.Row.Scope},
		"state": {secret.Random("try-", 12).Reveal()}, "nonce": {secret.Random("", 12).Reveal()}, "prompt": {"login"},
		"code_challenge_method": {"S256"}, "code_challenge": {secret.Random("", 32).Reveal()},
	}
	return v.goOut(a.Base + "/oauth2/authorize?" + q.Encode())
}

func (c *Console) applicationActivity(v *visit) error {
	a, err := c.application(v, "activity")
	if err != nil {
		return err
	}
	events, err := c.timeline(v, audit.Filter{ApplicationID: a.Row.ID})
	if err != nil {
		return err
	}
	return v.show(views.ApplicationActivity(c.applicationShell(v, a), a, events))
}

func (c *Console) applicationDanger(v *visit) error { return c.drawDanger(v, ui.Form{}, nil) }

func (c *Console) drawDanger(v *visit, f ui.Form, err error) error {
	a, readErr := c.application(v, "danger")
	if readErr != nil {
		return readErr
	}
	held, readErr := c.Tokens.Held(v.ctx, v.in, a.Row.ID, views.MostCounted)
	if readErr != nil {
		return readErr
	}
	return v.showForm(views.ApplicationDanger(c.applicationShell(v, a), a, held, f), err)
}

func (c *Console) applicationDisable(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	id := v.param("application")
	if _, err := c.Applications.Disable(v.ctx, v.in, id, form.Get("why")); err != nil {
		return err
	}
	return v.done("application.disabled", views.At(v.tenant, "applications", id))
}

func (c *Console) applicationEnable(v *visit) error {
	if _, err := v.form(); err != nil {
		return err
	}
	id := v.param("application")
	if _, err := c.Applications.Enable(v.ctx, v.in, id); err != nil {
		return err
	}
	return v.done("application.enabled", views.At(v.tenant, "applications", id))
}

func (c *Console) applicationDelete(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	a, err := c.application(v, "danger")
	if err != nil {
		return err
	}
	if form.Get("confirm") != a.Row.Name {
		return c.drawDanger(v, v.mismatch(), reason.New(reason.InputInvalid))
	}
	if err := c.Applications.Delete(v.ctx, v.in, a.Row.ID); err != nil {
		return err
	}
	return v.done("application.deleted", views.At(v.tenant, "applications"))
}

func joined(all []string) string { return strings.Join(all, "\n") }
