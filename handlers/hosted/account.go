package hosted

import (
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/reason"
	views "gatehouse/views/hosted"
)

// others stands for all sessions but the browser's own.
const others = "others"

// done are what the account page says after a deed, by the word that the
// redirect carries.
var done = map[string]string{
	"session": "hosted.account.revoked",
	others:    "hosted.account.revoked_others",
}

// account shows the signed-in user; whoever is not signed in does so first.
func (p *Pages) account(v *visit) reply {
	session, user, err := p.signedIn(v)
	if err != nil {
		return v.fail(err, "")
	}
	if session == nil {
		return p.begin(v)
	}
	v.speak("", user.Claims.V.Locale)
	live, err := p.Sessions.ListOf(v.ctx, v.Store, user.ID, newest())
	if err != nil {
		return v.fail(err, "")
	}
	page := views.Account{
		Name: user.DisplayName(), Username: user.Username, Email: user.Email, EmailVerified: user.EmailVerified,
		Phone: user.PhoneNumber, Switch: v.path("/account/switch"), SignOut: v.path("/sign-out"), PhoneVerified: user.PhoneVerified, More: live.Next != "", Done: done[v.query.Get("done")], Approvals: v.path("/account/approvals"),
	}
	waiting, err := p.Approvals.Approvals(v.ctx, v.tenant(), session)
	if err != nil {
		return v.fail(err, "")
	}
	page.Waiting = len(waiting)
	beside, err := p.SignOuts.Accounts(v.ctx, v.tenant(), v.browser)
	if err != nil {
		return v.fail(err, "")
	}
	page.Beside = len(beside) - 1
	for _, s := range live.Items {
		page.Sessions = append(page.Sessions, row(s, session.ID))
	}
	return v.show(views.AccountPage(v.frame(), page), nil)
}

func row(s models.Session, own string) views.Session {
	browser, system := device(s.UserAgent)
	return views.Session{
		ID: s.ID, Browser: browser, System: system, IP: s.IP,
		Since: s.CreatedAt.Time, LastSeen: s.LastSeenAt.Time, Current: s.ID == own,
	}
}

// endSession signs another browser of the user out.
func (p *Pages) endSession(v *visit) reply {
	session, user, err := p.poster(v)
	if err != nil {
		return v.fail(err, v.path("/account"))
	}
	s, err := p.Sessions.ByID(v.ctx, v.Store, v.param("id"))
	switch {
	case err != nil && reason.From(err).Meaning().Kind == reason.Unauthorized:
		return v.goTo("/account?done=session") // it had ended by itself
	case err != nil:
		return v.fail(err, v.path("/account"))
	case s.UserID != user.ID: // as if it were not there (R5)
		return v.goTo("/account?done=session")
	}
	if s.ID == session.ID {
		return v.answer(p.SignOuts.Leave(v.ctx, v.tenant(), v.browser, oidc.CurrentAccount, ""))
	}
	if err := p.SignOuts.SignOut(v.ctx, v.tenant(), s, nil); err != nil {
		return v.fail(err, v.path("/account"))
	}
	return v.goTo("/account?done=session")
}

// endOthers signs the user out everywhere else.
func (p *Pages) endOthers(v *visit) reply {
	session, user, err := p.poster(v)
	if err != nil {
		return v.fail(err, v.path("/account"))
	}
	for {
		live, err := p.Sessions.ListOf(v.ctx, v.Store, user.ID, newest())
		if err != nil {
			return v.fail(err, v.path("/account"))
		}
		ended, err := p.endAll(v, live.Items, session.ID)
		if err != nil {
			return v.fail(err, v.path("/account"))
		}
		if ended == 0 || live.Next == "" {
			return v.goTo("/account?done=" + others)
		}
	}
}

func (p *Pages) endAll(v *visit, all []models.Session, but string) (int, error) {
	ended := 0
	for i := range all {
		if all[i].ID == but {
			continue
		}
		if err := p.SignOuts.SignOut(v.ctx, v.tenant(), &all[i], nil); err != nil {
			return ended, err
		}
		ended++
	}
	return ended, nil
}

// poster is the signed-in user who sent a form of his own account.
func (p *Pages) poster(v *visit) (*models.Session, *models.User, error) {
	if _, err := v.form(); err != nil {
		return nil, nil, err
	}
	session, user, err := p.signedIn(v)
	if err == nil && session == nil {
		err = reason.New(reason.SessionNone)
	}
	return session, user, err
}
