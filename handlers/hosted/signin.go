package hosted

import (
	"net/url"
	"strings"

	"gatehouse/handlers/web"
	"gatehouse/identity/sessions"
	"gatehouse/internal/strict"
	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/reason"
	views "gatehouse/views/hosted"
)

// The fields of the sign-in page's address.
const (
	applicationID = "applicationId"
	authID        = "authId"
	executionID   = "executionId"
	logoutID      = "logoutId"
	deviceID      = "deviceId"
	uiLocales     = web.LanguageField
)

// actionField names the button that was pressed, accountField the account that
// was meant.
const (
	actionField  = "action"
	accountField = "account"
)

// signIn shows what the execution in the address asks. Without one, an
// execution of our own begins, which leads to the account.
func (p *Pages) signIn(v *visit) reply {
	if !v.query.Has(executionID) {
		return p.begin(v)
	}
	return p.step(v)
}

// step shows what the execution in the address asks. One that belongs to the
// other page leads to a new one, of this page and for the same need.
func (p *Pages) step(v *visit) reply {
	x, ask, err := p.Journeys.Open(v.ctx, v.Store, v.query.Get(executionID), v.beside())
	if err != nil {
		return p.lost(v, err)
	}
	if !v.belongs(x) {
		return p.lost(v, reason.New(reason.JourneyInvalid))
	}
	if x.Need.SignUp != v.signsUp {
		return p.turn(v, x)
	}
	return p.draw(v, x, ask)
}

// turn begins the journey of this page for the need of another one.
func (p *Pages) turn(v *visit, x *journeys.Execution) reply {
	need := x.Need
	need.SignUp, need.Choose = v.signsUp, false
	id, err := p.Journeys.Start(v.ctx, v.Store, need)
	if err != nil {
		return p.lost(v, err)
	}
	return v.goTo(v.page() + v.address(id))
}

// page is the path of the page that shows this journey's steps.
func (v *visit) page() string {
	if v.signsUp {
		return "/sign-up?"
	}
	return "/sign-in?"
}

// belongs reports whether the request in the address is the one that the
// execution serves: both travel there, and neither may be exchanged (R30).
func (v *visit) belongs(x *journeys.Execution) bool {
	if v.query.Has(deviceID) && x.Need.ReturnTo != oidc.DevicePath(v.query.Get(deviceID)) {
		return false
	}
	return !v.query.Has(authID) || v.query.Get(authID) == x.Need.ReturnTo
}

// begin starts an execution of our own. Where no account of the browser is in
// use and there are some, it begins with them.
func (p *Pages) begin(v *visit) reply {
	return p.start(v, func(held []sessions.Held) bool { return !held[0].Current })
}

// switchAccount lets the user take another of the browser's accounts.
func (p *Pages) switchAccount(v *visit) reply {
	return p.start(v, func([]sessions.Held) bool { return true })
}

// start begins with the accounts of the browser where there are some and they
// are to be chosen from.
func (p *Pages) start(v *visit, choose func([]sessions.Held) bool) reply {
	held, err := p.Sessions.Held(v.ctx, v.Store, v.browser.Bundle(), models.SessionUser)
	if err != nil {
		return v.fail(err, "")
	}
	id, err := p.Journeys.Start(v.ctx, v.Store, journeys.Need{
		Browser: v.browser.ID, UILocales: v.query.Get(uiLocales), Choose: len(held) > 0 && choose(held),
		AsksToStay: v.tenant().Row.Settings.V.AsksToStay(),
	})
	if err != nil {
		return v.fail(err, "")
	}
	return v.goTo("/sign-in?" + url.Values{executionID: {id}}.Encode())
}

// beside is what the browser brings to a journey.
func (v *visit) beside() journeys.Browser {
	return journeys.Browser{ID: v.browser.ID, Sessions: v.browser.Bundle(), Device: v.browser.Device}
}

// ways are the pages of the actions that lead to another journey.
var ways = map[string]string{prompt.ToSignUp: "/sign-up", prompt.ToSignIn: "/sign-in"}

func (p *Pages) draw(v *visit, x *journeys.Execution, ask prompt.Prompt) reply {
	v.speak(x.Need.UILocales)
	s := views.Step{Prompt: ask, Name: x.Need.ApplicationName}
	if len(ask.Components) == 0 {
		s.StartAgain = v.again()
	}
	// Addresses are long, and most steps need none of these.
	link := func(page string) string { return v.base() + page + "?" + v.address(v.query.Get(executionID)) }
	if _, chooses := ask.Input(accountField); chooses {
		s.Leave = link("/sign-in/leave")
	}
	for action, page := range ways {
		if _, leads := ask.Action(action); leads {
			if s.Ways == nil {
				s.Ways = map[string]string{}
			}
			s.Ways[action] = link(page)
		}
	}
	if s.Name == "" {
		s.Name = v.tenantName()
	}
	if ask.CanGoBack {
		s.Back = link("/sign-in/back")
	}
	if !ask.RetryAt.IsZero() {
		s.Wait = max(0, ask.RetryAt.Sub(p.Now()))
	}
	shown := v.show(views.StepPage(v.frame(), s), x.Need.FormTargets)
	shown.popup = x.Need.Popup
	return shown
}

// signInPost advances the execution. Whatever comes of it, the browser is sent
// on: to the next page, or to where the outcome belongs.
func (p *Pages) signInPost(v *visit) reply {
	form, err := v.form()
	if err != nil {
		return v.fail(err, v.again())
	}
	s := v.submission(form)
	s.Fits = func(x *journeys.Execution) bool { return v.belongs(x) && x.Need.SignUp == v.signsUp }
	return p.advance(v, s)
}

// back takes the execution one step back. Nothing changes on the server, so a
// link may ask for it.
func (p *Pages) back(v *visit) reply {
	return p.advance(v, journeys.Submission{Back: true})
}

func (p *Pages) advance(v *visit, s journeys.Submission) reply {
	step, err := p.Journeys.Advance(v.ctx, v.Store, v.query.Get(executionID), v.beside(), s)
	if err != nil {
		return p.lost(v, err)
	}
	if step.Outcome == nil {
		return v.goTo(v.page() + v.address(step.ExecutionID))
	}
	return p.arrived(v, *step.Outcome)
}

// arrived hands the session to the browser and sends it back to whoever needed
// the sign-in.
func (p *Pages) arrived(v *visit, o journeys.Outcome) reply {
	v.out.holds, v.out.device = &o.Sessions, o.DeviceToken
	switch {
	case o.ReturnTo == "":
		return v.goTo("/account")
	case strings.HasPrefix(o.ReturnTo, "/"): // a page of ours; no authId begins so
		return v.goTo(o.ReturnTo)
	}
	return v.goTo(v.request(o.ReturnTo))
}

// submission is the form as the journey takes it.
func (v *visit) submission(form strict.Values) journeys.Submission {
	s := journeys.Submission{Action: form.Get(actionField), Inputs: map[string]string{}}
	for _, name := range form.Names() {
		if name != actionField && name != v.token.Name {
			s.Inputs[name] = form.Get(name)
		}
	}
	return s
}

// lost shows why an execution cannot go on, and where a new one begins. In
// another browser the request itself is of no use either; where nobody may make
// an account, one that he has may do.
func (p *Pages) lost(v *visit, err error) reply {
	v.signsUp = v.signsUp && !reason.Has(err, reason.SignUpOff)
	if reason.Has(err, reason.JourneyBrowser) {
		return v.fail(err, "")
	}
	return v.fail(err, v.again())
}

// again is where the transaction in the address can begin anew: the request is
// judged afresh, which leads to a new execution.
func (v *visit) again() string {
	if id := v.query.Get(authID); id != "" {
		return v.path(v.request(id))
	}
	if id := v.query.Get(deviceID); id != "" {
		return v.path("/device/confirm?" + url.Values{deviceID: {id}}.Encode())
	}
	return v.path(strings.TrimSuffix(v.page(), "?"))
}

// request is where a request is judged, in the language that was chosen in it.
func (v *visit) request(id string) string {
	to := "/oauth2/auth/callback?" + authID + "=" + url.QueryEscape(id)
	if chosen := v.query.Get(uiLocales); chosen != "" {
		to += "&" + uiLocales + "=" + url.QueryEscape(chosen)
	}
	return to
}

// address is the query of the sign-in page for an execution: the same
// transaction, in the language that was chosen in it.
func (v *visit) address(execution string) string {
	var q strings.Builder
	for _, name := range [...]string{applicationID, authID, deviceID, executionID, uiLocales} {
		value := v.query.Get(name)
		if name == executionID {
			value = execution
		}
		if value == "" {
			continue
		}
		if q.Len() > 0 {
			q.WriteByte('&')
		}
		q.WriteString(name)
		q.WriteByte('=')
		q.WriteString(url.QueryEscape(value))
	}
	return q.String()
}
