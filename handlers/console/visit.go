package console

import (
	"context"
	"net/url"

	"github.com/a-h/templ"

	"gatehouse/handlers/web"
	"gatehouse/identity/access"
	"gatehouse/internal/strict"
	"gatehouse/locales"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

// visit is one request as a page sees it: read, with its tenant and whoever
// looks at it.
type visit struct {
	ctx     context.Context //nolint:containedctx // a visit is one request and lives as long
	console *Console
	r       *web.Request
	say     *locales.Localizer
	tenant  *models.Tenant // of the address; nil on pages about the deployment
	in      store.Tenant
	me      *models.User // the administrator; nil on public pages
	session *models.Session
	// holder is the secret that tokens against forgery belong to (R113).
	holder   string
	query    strict.Values
	path, at string
	flash    views.Flash
	secret   string // shown this once
	stands   string // where the form stands that needs a proof first
}

// t says a text.
func (v *visit) t(key string, pairs ...any) string { return v.say.T(key, pairs...) }

// param is a part of the address.
func (v *visit) param(name string) string { return v.r.Param(name) }

func (v *visit) nonce() string { return v.r.Nonce() }

// form reads the body of one of our own forms (R103, R113).
func (v *visit) form() (strict.Values, error) {
	form, err := v.r.Form()
	if err != nil {
		return form, err
	}
	return form, v.ours(form)
}

// upload reads a form with a file.
func (v *visit) upload(file string) (strict.Values, []byte, error) {
	form, content, err := v.r.Upload(file)
	if err != nil {
		return form, nil, err
	}
	return form, content, v.ours(form)
}

func (v *visit) ours(form strict.Values) error {
	if !v.r.TokenOK(v.holder, form.Get(web.TokenField)) {
		return reason.New(reason.RequestCrossSite)
	}
	return nil
}

// show answers with a page.
func (v *visit) show(page templ.Component) error {
	return v.render(200, page, web.Policy{Frames: true})
}

// showForm answers with a form that was sent in vain, or is shown anew.
func (v *visit) showForm(page templ.Component, err error) error {
	status := 200
	if err != nil {
		status = web.Status(reason.From(web.Refusal(err)))
		v.console.note(v.r, v.tenant, "", err)
	}
	return v.render(status, page, web.Policy{Frames: true})
}

// showFramed answers with a page that ours show in a frame.
func (v *visit) showFramed(page templ.Component) error {
	return v.render(200, page, web.Policy{Framed: true})
}

func (v *visit) render(status int, page templ.Component, p web.Policy) error {
	return v.r.Render(status, v.dressed(page), p)
}

// dressed puts what every component may need into the page's context.
func (v *visit) dressed(page templ.Component) templ.Component {
	at := v.at
	if v.r.Method() != "GET" {
		at = v.path
	}
	return ui.Wrap(page, ui.Page{Words: v.say, CSRF: v.r.Token(v.holder), Nonce: v.nonce(), At: at, Now: v.console.Now()})
}

// goTo sends the browser to another page of the console.
func (v *visit) goTo(at string) error { return v.r.Redirect(at) }

// goOut sends the browser to an address that our own code made.
func (v *visit) goOut(at string) error { return v.r.Redirect(at) }

// done sends the browser on, and has the next page say what was done.
func (v *visit) done(what, at string) error { return v.doneWith(what, "", at) }

// doneWith is done with a secret that the next page shows once.
func (v *visit) doneWith(what, secret, at string) error {
	v.leave(note{Tone: "success", Done: what, Once: secret})
	return v.goTo(at)
}

// mismatch is the form of somebody who typed another name.
func (v *visit) mismatch() ui.Form {
	return ui.Form{Values: map[string]string{}, Errors: map[string]string{"confirm": v.t("console.danger.mismatch")}}
}

// file answers with something that a page loads.
func (v *visit) file(kind string, body []byte) error {
	return v.r.File(kind, "private, max-age=60", body)
}

// download answers with a file to be kept.
func (v *visit) download(name, kind, body string) error {
	v.r.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
	return v.r.Bytes(200, kind, []byte(body))
}

func (v *visit) theme() string {
	switch chosen := v.r.Cookie(themeCookie); chosen {
	case "light", "dark":
		return chosen
	default:
		return ""
	}
}

// with sets a parameter of an address of ours; without takes it away.
func with(at, name, value string) string {
	u, err := url.Parse(at)
	if err != nil {
		return at
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

func without(at, name string) string {
	u, err := url.Parse(at)
	if err != nil {
		return at
	}
	q := u.Query()
	q.Del(name)
	u.RawQuery = q.Encode()
	return u.String()
}

// mayDo reports whether the administrator holds a permission where the page is:
// for leaving out what he may not see.
func (v *visit) mayDo(p access.Permission) bool { return access.Require(v.ctx, v.in.ID(), p) == nil }
