package hosted

import (
	"strings"

	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/reason"
	views "gatehouse/views/hosted"
)

// signOut asks whether to sign out, and of which accounts: for an application
// that could not prove that it may (R45), or for whoever opens the address.
func (p *Pages) signOut(v *visit) reply {
	page := views.SignOut{Stay: v.path("/account")}
	if v.query.Has(logoutID) {
		asked, err := p.SignOuts.SignOutView(v.ctx, v.tenant(), v.query.Get(logoutID), v.browser)
		if err != nil {
			return v.fail(err, v.path("/sign-out"))
		}
		v.speak(asked.UILocales)
		page.Application, page.Accounts = asked.ApplicationName, rows(asked.Accounts)
		return v.show(views.SignOutPage(v.frame(), page), asked.FormTargets)
	}
	accounts, err := p.SignOuts.Accounts(v.ctx, v.tenant(), v.browser)
	if err != nil {
		return v.fail(err, "")
	}
	if len(accounts) == 0 {
		return v.goTo("/signed-out")
	}
	page.Accounts = rows(accounts)
	return v.show(views.SignOutPage(v.frame(), page), nil)
}

func rows(all []oidc.Account) []views.AccountRow {
	out := make([]views.AccountRow, len(all))
	for i, a := range all {
		out[i] = views.AccountRow{ID: a.SessionID, Name: a.Name, Email: a.Email, Current: a.Current}
	}
	return out
}

// signOutPost signs out of what was said: one account, all of them, or else the
// one in use.
func (p *Pages) signOutPost(v *visit) reply {
	form, err := v.form()
	if err != nil {
		return v.fail(err, v.path("/sign-out"))
	}
	which := oidc.Which(form.Get(accountField))
	if v.query.Has(logoutID) {
		return v.answer(p.SignOuts.ConfirmLogout(v.ctx, v.tenant(), v.query.Get(logoutID), v.browser, which))
	}
	return v.answer(p.SignOuts.Leave(v.ctx, v.tenant(), v.browser, which, ""))
}

// leaveAccount signs out of one of the accounts to choose from, and goes back to
// those that are left.
func (p *Pages) leaveAccount(v *visit) reply {
	form, err := v.form()
	if err != nil {
		return v.fail(err, v.again())
	}
	which := oidc.Which(form.Get(accountField))
	if which == oidc.CurrentAccount { // none was named
		return v.fail(reason.New(reason.InputInvalid), v.again())
	}
	back := "/account/switch"
	if v.query.Has(authID) || v.query.Has(deviceID) {
		back = strings.TrimPrefix(v.again(), v.base())
	}
	return v.answer(p.SignOuts.Leave(v.ctx, v.tenant(), v.browser, which, back))
}

// leaveFor is how long the pages of applications may take to load, in a browser
// that does not tell us when they have.
const leaveFor = 4

// signedOut tells that the user is signed out, has the browser load what ends
// his sessions at applications, and goes on to the one that asked.
func (p *Pages) signedOut(v *visit) reply {
	page := views.SignedOut{Again: v.path("/account")}
	if !v.query.Has(logoutID) {
		return v.show(views.SignedOutPage(v.frame(), page), nil)
	}
	left, err := p.SignOuts.Parting(v.ctx, v.tenant(), v.query.Get(logoutID), v.browser)
	if err != nil && reason.From(err).Meaning().Kind == reason.Internal {
		return v.fail(err, v.path("/account"))
	}
	if err != nil { // an old address: he is signed out all the same
		return v.goTo("/signed-out")
	}
	v.speak(left.UILocales)
	page.Frames, page.Onward, page.Application = left.Frames, left.Onward, left.ApplicationName
	shown := v.show(views.SignedOutPage(v.frame(), page), nil)
	shown.frames, shown.onward = left.Frames, left.Onward
	return shown
}

// signedIn is the browser's live session and its user; nil where nobody is
// signed in, or may be any more.
func (p *Pages) signedIn(v *visit) (*models.Session, *models.User, error) {
	s, err := p.Sessions.Find(v.ctx, v.Store, v.browser.Session, models.SessionUser)
	if err != nil {
		if reason.From(err).Meaning().Kind == reason.Unauthorized {
			return nil, nil, nil // an ended session is none
		}
		return nil, nil, err
	}
	u, err := p.Users.ByID(v.ctx, v.Store, s.UserID)
	if reason.Has(err, reason.UserUnknown) || err == nil && !u.Active() {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return s, u, p.Sessions.Touch(v.ctx, v.Store, s)
}
