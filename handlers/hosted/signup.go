package hosted

import (
	"net/url"

	"gatehouse/journeys"
	"gatehouse/reason"
)

// signUp shows what the execution in the address asks of somebody who makes an
// account. Without one, an execution of our own begins, which leads to the
// account.
func (p *Pages) signUp(v *visit) reply {
	v.signsUp = true
	if v.query.Has(executionID) {
		return p.step(v)
	}
	allowed, err := p.Users.SignsUp(v.ctx, v.Store.ID(), nil)
	if err != nil {
		return v.fail(err, "")
	}
	if !allowed {
		return p.lost(v, reason.New(reason.SignUpOff))
	}
	id, err := p.Journeys.Start(v.ctx, v.Store, journeys.Need{
		Browser: v.browser.ID, UILocales: v.query.Get(uiLocales), SignUp: true, AsksToStay: v.tenant().Row.Settings.V.AsksToStay(),
	})
	if err != nil {
		return v.fail(err, "")
	}
	return v.goTo(v.page() + url.Values{executionID: {id}}.Encode())
}

func (p *Pages) signUpPost(v *visit) reply {
	v.signsUp = true
	return p.signInPost(v)
}
