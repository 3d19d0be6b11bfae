package console

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"

	"gatehouse/handlers/web"
	"gatehouse/identity/sessions"
	"gatehouse/internal/strict"
	"gatehouse/journeys"
	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/console"
)

// deviceCookie marks a browser in which an administrator has signed in (R81).
const deviceCookie = "gatehouse_console_device"

// bound is the hash of the browser's secret that an execution is bound to.
func (v *visit) bound() string {
	sum := sha256.Sum256([]byte(v.holder))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// beside is what the browser brings to a journey.
func (v *visit) beside() journeys.Browser {
	return journeys.Browser{ID: v.bound(), Sessions: sessions.Bundle{Current: v.r.Cookie(sessionCookie)}, Device: v.r.Cookie(deviceCookie)}
}

// signIn shows the step that the execution in the address asks for; without
// one, a journey of the system tenant begins.
func (c *Console) signIn(v *visit) error {
	id := v.query.Get("executionId")
	if id == "" {
		return c.beginSignIn(v)
	}
	_, ask, err := c.Journeys.Open(v.ctx, c.system(), id, v.beside())
	if err != nil {
		return c.signInAgain(v, err)
	}
	begun, err := c.Access.Begun(v.ctx)
	if err != nil {
		return err
	}
	return v.show(views.SignInPage(views.SignIn{Prompt: ask, Action: v.at, Theme: v.theme(), Ended: ended(v), Flash: v.flash, FirstRun: !begun}))
}

// ended is why the last session ended, where the address says one of the
// reasons that there are.
func ended(v *visit) string {
	switch code := reason.Code(v.query.Get("ended")); code {
	case reason.SessionEnded, reason.SessionIdle, reason.SessionAbsolute, reason.SessionStepUp, reason.JourneyExpired:
		return string(code)
	default:
		return ""
	}
}

func (c *Console) beginSignIn(v *visit) error {
	need := journeys.Need{Kind: models.SessionConsole, Browser: v.bound(), ReturnTo: back(v.query.Get("back"))}
	if u, _, err := c.recognise(v.r); err == nil && ended(v) == string(reason.SessionStepUp) {
		need.Journey, need.LoginHint = journeys.PasswordAgain, u.Username
	}
	id, err := c.Journeys.Start(v.ctx, c.system(), need)
	if err != nil {
		return err
	}
	q := url.Values{"executionId": {id}}
	if e := ended(v); e != "" {
		q.Set("ended", e)
	}
	if v.flash.Text != "" {
		v.leave(note{Tone: "success", Done: "signed_out"})
	}
	return v.goTo(views.At(nil, "sign-in") + "?" + q.Encode())
}

// signInAgain begins anew where an execution cannot go on.
func (c *Console) signInAgain(v *visit, err error) error {
	spent := []reason.Code{reason.JourneyExpired, reason.JourneyBrowser, reason.JourneyInvalid, reason.JourneyInput}
	if !slices.Contains(spent, reason.From(err).Code) {
		return err
	}
	return v.goTo(views.At(nil, "sign-in") + "?ended=" + string(reason.JourneyExpired))
}

func (c *Console) signInPost(v *visit) error {
	form, err := v.form()
	if reason.Has(err, reason.RequestCrossSite) {
		return c.signInAgain(v, reason.New(reason.JourneyExpired))
	}
	if err != nil {
		return err
	}
	step, err := c.Journeys.Advance(v.ctx, c.system(), v.query.Get("executionId"), v.beside(), submission(form))
	if err != nil {
		return c.signInAgain(v, err)
	}
	if step.Outcome == nil {
		return v.goTo(views.At(nil, "sign-in") + "?" + url.Values{"executionId": {step.ExecutionID}}.Encode())
	}
	return c.arrived(v, *step.Outcome)
}

// submission is the form as the journey takes it.
func submission(form strict.Values) journeys.Submission {
	s := journeys.Submission{Action: form.Get("action"), Inputs: map[string]string{}}
	for _, name := range form.Names() {
		if name != "action" && name != web.TokenField {
			s.Inputs[name] = form.Get(name)
		}
	}
	return s
}

// arrived hands the session to the browser.
func (c *Console) arrived(v *visit, o journeys.Outcome) error {
	v.begin(o.Sessions.Current)
	if o.DeviceToken != "" {
		v.r.SetCookie(deviceCookie, o.DeviceToken, web.Strict, c.Now().AddDate(1, 0, 0))
	}
	return v.goTo(back(o.ReturnTo))
}

// begin gives the browser a console session. Its end is the session's own
// affair; the cookie goes with the browser.
func (v *visit) begin(text string) {
	v.r.SetCookie(sessionCookie, text, web.Strict, v.console.Now().Add(sessions.ConsoleLifetime))
	v.holder = text
}

func (c *Console) signOut(v *visit) error {
	if _, err := v.form(); err != nil {
		return err
	}
	if err := c.Sessions.End(v.ctx, c.system(), v.session.ID, sessions.WhySignOut); err != nil {
		return err
	}
	v.r.DropCookie(sessionCookie, web.Strict)
	v.holder = v.browser()
	v.leave(note{Tone: "success", Done: "signed_out"})
	return v.goTo(views.At(nil, "sign-in"))
}

// preferences keeps language and light in cookies of this browser.
func (c *Console) preferences(v *visit) error {
	if v.r.Cookie(sessionCookie) != "" {
		v.holder = v.r.Cookie(sessionCookie)
	}
	form, err := v.form()
	if reason.Has(err, reason.RequestCrossSite) { // the session ended meanwhile
		v.holder = v.browser()
		form, err = v.form()
	}
	if err != nil {
		return err
	}
	year := c.Now().AddDate(1, 0, 0)
	if l := form.Get("language"); knownLanguage(l) {
		v.r.SetCookie(web.LanguageCookie, l, web.Lax, year)
	}
	switch t := form.Get("theme"); t {
	case "light", "dark":
		v.r.SetCookie(themeCookie, t, web.Strict, year)
	case "auto":
		v.r.DropCookie(themeCookie, web.Strict)
	}
	return v.goTo(back(form.Get("back")))
}
