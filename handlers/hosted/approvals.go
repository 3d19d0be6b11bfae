package hosted

import (
	"time"

	"gatehouse/oidc"
	views "gatehouse/views/hosted"
)

// approvals lists what applications ask the signed-in user on other devices.
func (p *Pages) approvals(v *visit) reply {
	session, user, err := p.signedIn(v)
	if err != nil {
		return v.fail(err, "")
	}
	if session == nil {
		return p.begin(v)
	}
	v.speak("", user.Claims.V.Locale)
	waiting, err := p.Approvals.Approvals(v.ctx, v.tenant(), session)
	if err != nil {
		return v.fail(err, v.path("/account"))
	}
	page := views.Approvals{Account: v.path("/account"), Done: answered[v.query.Get(resultField)]}
	for i := range waiting {
		page.Waiting = append(page.Waiting, approval(v, &waiting[i]))
	}
	return v.show(views.ApprovalsPage(v.frame(), page), nil)
}

// answered are what the list says after an answer.
var answered = map[string]string{allowed: "hosted.approval.allowed", denied: "hosted.approval.denied"}

func approval(v *visit, a *oidc.ApprovalView) views.Approval {
	page := views.Approval{
		At: v.path("/account/approvals/" + a.ID), List: v.path("/account/approvals"), Message: a.BindingMessage, Asked: a.AskedAt,
		Consent: views.Consent{Application: a.ApplicationName, Verified: a.Verified, Days: int(a.Lasting / (24 * time.Hour))},
	}
	for _, s := range a.Scopes {
		page.Scopes = append(page.Scopes, views.Scope{Name: s.Name, Words: s.Words, Granted: s.Granted})
	}
	page.Details = v.details(a.Details)
	return page
}

// approval shows one request.
func (p *Pages) approval(v *visit) reply {
	session, user, err := p.signedIn(v)
	if err != nil {
		return v.fail(err, "")
	}
	if session == nil {
		return p.begin(v)
	}
	v.speak("", user.Claims.V.Locale)
	asked, err := p.Approvals.Approval(v.ctx, v.tenant(), session, v.param("id"))
	if err != nil {
		return v.fail(err, v.path("/account/approvals"))
	}
	page := approval(v, &asked)
	page.User = user.DisplayName()
	return v.show(views.ApprovalPage(v.frame(), page), nil)
}

// approvalPost takes the answer, by a click in this browser (R113).
func (p *Pages) approvalPost(v *visit) reply {
	form, err := v.form()
	if err != nil {
		return v.fail(err, v.path("/account/approvals"))
	}
	session, _, err := p.poster(v)
	if err != nil {
		return v.fail(err, v.path("/account/approvals"))
	}
	decision, err := decided(form)
	if err == nil {
		err = p.Approvals.Approve(v.ctx, v.tenant(), session, v.param("id"), decision)
	}
	switch {
	case err != nil:
		return v.fail(err, v.path("/account/approvals"))
	case decision == oidc.Allow:
		return v.goTo("/account/approvals?" + resultField + "=" + allowed)
	}
	return v.goTo("/account/approvals?" + resultField + "=" + denied)
}
