package hosted

import (
	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/hosted"
)

// signOut asks whether to sign out: for an application that could not prove
// that it may (R45), or for whoever opens the address.
func (p *Pages) signOut(v *visit) reply {
	page := views.SignOut{Stay: v.path("/account")}
	var targets []string
	if v.query.Has(logoutID) {
		asked, err := p.SignOuts.SignOutView(v.ctx, v.tenant(), v.query.Get(logoutID), v.browser)
		if err != nil {
			return v.fail(err, v.path("/sign-out"))
		}
		v.speak(asked.UILocales)
		page.Application, page.User, targets = asked.ApplicationName, asked.UserName, asked.FormTargets
		return v.show(views.SignOutPage(v.frame(), page), targets)
	}
	session, user, err := p.signedIn(v)
	if err != nil {
		return v.fail(err, "")
	}
	if session == nil {
		return v.goTo("/signed-out")
	}
	page.User = user.DisplayName()
	return v.show(views.SignOutPage(v.frame(), page), targets)
}

func (p *Pages) signOutPost(v *visit) reply {
	if _, err := v.form(); err != nil {
		return v.fail(err, v.path("/sign-out"))
	}
	if v.query.Has(logoutID) {
		return v.answer(p.SignOuts.ConfirmLogout(v.ctx, v.tenant(), v.query.Get(logoutID), v.browser))
	}
	session, _, err := p.signedIn(v)
	if err != nil {
		return v.fail(err, v.path("/sign-out"))
	}
	if session != nil {
		return v.answer(p.SignOuts.Leave(v.ctx, v.tenant(), session, v.browser))
	}
	v.out.forget = true
	return v.goTo("/signed-out")
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
