package hosted

import (
	"net/url"
	"time"

	"gatehouse/oidc"
	"gatehouse/reason"
	views "gatehouse/views/hosted"
)

// userCodeField holds the code that a device shows (RFC 8628 §3.3.1); result is
// what became of it.
const (
	userCodeField = "user_code"
	resultField   = "result"
	unknown       = "unknown"
	allowed       = "allowed"
	denied        = "denied"
)

// connect asks for the code that a device shows. One that comes with the
// address is filled in and sent by the user's own click (R43).
func (p *Pages) connect(v *visit) reply {
	page := views.Device{Code: v.query.Get(userCodeField)}
	if v.query.Get(resultField) == unknown {
		page.Wrong = reason.DeviceCodeUnknown
	}
	return v.show(views.DevicePage(v.frame(), page), nil)
}

// connectPost looks the code up. A wrong one is shown again, so that it can be
// corrected.
func (p *Pages) connectPost(v *visit) reply {
	form, err := v.form()
	if err != nil {
		return v.fail(err, v.path("/device"))
	}
	typed := form.Get(userCodeField)
	id, err := p.Devices.EnterCode(v.ctx, v.tenant(), typed, v.browser)
	switch {
	case reason.Has(err, reason.DeviceCodeUnknown):
		return v.goTo("/device?" + url.Values{userCodeField: {typed}, resultField: {unknown}}.Encode())
	case err != nil:
		return v.fail(err, v.path("/device"))
	}
	return v.goTo(oidc.DevicePath(id))
}

// connectConfirm shows who asks and with which code, once somebody is signed in.
func (p *Pages) connectConfirm(v *visit) reply {
	asked, answer, err := p.Devices.Device(v.ctx, v.tenant(), v.query.Get(deviceID), v.browser)
	switch {
	case err != nil:
		return v.fail(err, v.path("/device"))
	case asked == nil:
		return v.answer(answer)
	}
	page := views.DeviceQuestion{Code: asked.UserCode, Consent: views.Consent{
		Application: asked.ApplicationName, Verified: asked.Verified, User: asked.UserName,
		Days: int(asked.Lasting / (24 * time.Hour)),
	}}
	for _, s := range asked.Scopes {
		page.Scopes = append(page.Scopes, views.Scope{Name: s.Name, Words: s.Words, Granted: s.Granted})
	}
	page.Details = v.details(asked.Details)
	return v.show(views.DeviceQuestionPage(v.frame(), page), nil)
}

func (p *Pages) connectConfirmPost(v *visit) reply {
	form, err := v.form()
	if err != nil {
		return v.fail(err, v.path("/device"))
	}
	decision, err := decided(form)
	if err != nil {
		return v.fail(err, v.path(oidc.DevicePath(url.QueryEscape(v.query.Get(deviceID)))))
	}
	err = p.Devices.DecideDevice(v.ctx, v.tenant(), v.query.Get(deviceID), v.browser, decision)
	switch {
	case err != nil:
		return v.fail(err, v.path("/device"))
	case decision == oidc.Allow:
		return v.goTo("/device/done?" + resultField + "=" + allowed)
	}
	return v.goTo("/device/done")
}

// connectDone tells where to go on.
func (p *Pages) connectDone(v *visit) reply {
	return v.show(views.DeviceDonePage(v.frame(), views.DeviceDone{
		Allowed: v.query.Get(resultField) == allowed, Another: v.path("/device"),
	}), nil)
}
