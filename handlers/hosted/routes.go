package hosted

import (
	"net/http"
	"strconv"
	"strings"

	"gatehouse/handlers/web"
	"gatehouse/internal/strict"
	"gatehouse/locales"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/reason"
	views "gatehouse/views/hosted"
)

// Routes registers the pages under each tenant's base. All are public: who may
// see what is decided by the transaction and the session that a browser brings.
func (p *Pages) Routes(r *web.Router) {
	for _, route := range p.routes() {
		for method, handle := range map[string]func(*visit) reply{"GET": route.get, "POST": route.post} {
			if handle != nil {
				r.Add(web.Route{Method: method, Path: route.path, Kind: web.Page, Public: true, Handle: p.handler(handle)})
			}
		}
	}
	for path, handle := range map[string]func(*visit) reply{"/branding.css": p.stylesheet, "/branding/images/:id": p.image} {
		r.Add(web.Route{Method: "GET", Path: path, Kind: web.File, Public: true, Handle: p.loaded(handle)})
	}
	r.Add(web.Route{Method: "GET", Path: "/oauth2/check-session", Kind: web.Visit, Public: true, Handle: checkSession})
	r.Add(web.Route{Method: "GET", Path: "/.well-known/change-password", Kind: web.Page, Public: true, Handle: func(r *web.Request) error {
		return r.Redirect(r.Base + "/account") // R115
	}})
}

// checkSession is framed by applications of any origin: it holds nothing, and
// says one word (OpenID Connect Session Management 1.0 §3.3).
func checkSession(r *web.Request) error {
	page := views.CheckSession(r.Nonce(), r.StateCookie())
	return r.Render(http.StatusOK, page, web.Policy{FramedAnywhere: true})
}

func (p *Pages) handler(handle func(*visit) reply) func(*web.Request) error {
	return func(r *web.Request) error {
		v, err := p.visit(r)
		if err != nil {
			return err
		}
		return p.respond(r, v, handle(v))
	}
}

// loaded serves what pages load. It may be kept by anybody, so it bears no
// cookie, and it can do nothing where it is shown by itself (R105).
func (p *Pages) loaded(handle func(*visit) reply) func(*web.Request) error {
	return func(r *web.Request) error {
		v, err := p.anonymous(r)
		if err != nil {
			return err
		}
		r.SetHeader("Content-Security-Policy", "default-src 'none'; sandbox")
		return p.respond(r, v, handle(v))
	}
}

// Answer does what the provider decided, in the tenant's branding: for the
// endpoints that browsers are sent to.
func (p *Pages) Answer(r *web.Request, a oidc.Answer) error {
	// What is wrong with the query, the provider has judged already.
	query, _ := r.Query()
	v, err := p.guest(r, query)
	if err != nil {
		return err
	}
	return p.respond(r, v, v.answer(a))
}

// ErrorPage draws a refusal: in the tenant's branding, or plainly where there
// is no tenant.
func (p *Pages) ErrorPage(r *web.Request, e *reason.Error) error {
	v, err := p.anonymous(r)
	if err != nil || r.Tenant == nil {
		v = p.stranger(r)
	}
	return r.Render(pageStatus(e), v.failurePage(&failure{err: e}), web.Policy{})
}

// pageStatus is the status of a page. Where an application is at fault, the
// visitor could not answer the challenge that 401 would have to bring (RFC 9110
// §15.5.2).
func pageStatus(e *reason.Error) int {
	if status := web.Status(e); status != 401 || !strings.HasPrefix(string(e.Code), "oauth.") {
		return status
	}
	return 400
}

// product is what signs pages that belong to no tenant.
const product = "Gatehouse"

// stranger is a visit of which nothing is known but its language.
func (p *Pages) stranger(r *web.Request) *visit {
	return &visit{
		ctx: r.Context(), Store: r.Store, issuer: r.Base, row: &models.Tenant{DisplayName: product},
		look: &models.Branding{}, nonce: r.Nonce(), id: r.RequestID, say: r.Say(),
	}
}

// anonymous reads a request and leaves its browser alone. It returns the strict
// reader's refusals.
func (p *Pages) anonymous(r *web.Request) (*visit, error) {
	query, err := r.Query()
	if err != nil {
		return p.stranger(r), web.Refusal(err)
	}
	return p.guest(r, query)
}

// guest is somebody whose query was read.
func (p *Pages) guest(r *web.Request, query strict.Values) (*visit, error) {
	v := p.stranger(r)
	if r.Tenant == nil {
		return v, nil
	}
	v.row, v.query, v.param = r.Tenant, query, r.Param
	v.remembered, v.accepted = r.Cookie(web.LanguageCookie), r.Header("Accept-Language")
	v.speak("")
	look, err := p.Branding.Branding(r.Context(), r.Store)
	if err == nil {
		v.look = look
	}
	return v, err
}

// visit reads a request and knows its browser. It returns what anonymous
// returns, and tenant.suspended.
func (p *Pages) visit(r *web.Request) (*visit, error) {
	v, err := p.anonymous(r)
	if err != nil {
		return nil, err
	}
	if !r.Tenant.Active() {
		return nil, reason.New(reason.TenantSuspended)
	}
	held := r.Held()
	v.browser = oidc.Browser{ID: r.BrowserID(), Session: held.Current, Others: held.Others, Device: r.Device()}
	v.token = views.Field{Name: web.TokenField, Value: r.Token(v.browser.ID)}
	v.form = func() (strict.Values, error) { return own(r, v.browser.ID) }
	return v, nil
}

// own reads a form that this browser got from us (R113).
func own(r *web.Request, browser string) (strict.Values, error) {
	form, err := r.Form()
	if err != nil {
		return strict.Values{}, web.Refusal(err)
	}
	if !r.TokenOK(browser, form.Get(web.TokenField)) {
		return strict.Values{}, reason.New(reason.RequestCrossSite)
	}
	return form, nil
}

func (p *Pages) respond(r *web.Request, v *visit, a reply) error {
	r.SpeakAs(v.say)
	v.out.fill(r)
	switch {
	case a.redirect != "":
		return r.Redirect(a.redirect)
	case a.file != nil:
		return r.File(a.file.kind, a.file.cache, a.file.body)
	case a.failure != nil:
		return p.failed(r, v, a.failure)
	}
	if a.onward != "" {
		r.SetHeader("Refresh", strconv.Itoa(leaveFor)+";url="+a.onward)
	}
	return r.Render(a.status, a.page, web.Policy{FormTargets: a.targets, FrameOrigins: origins(a.frames), Popup: a.popup})
}

func (p *Pages) failed(r *web.Request, v *visit, f *failure) error {
	r.Log(f.err)
	if seconds := retryAfter(f.err); seconds != "" {
		r.SetHeader("Retry-After", seconds)
	}
	return r.Render(pageStatus(f.err), v.failurePage(f), web.Policy{})
}

// fill gives the browser what it is to keep.
func (j jar) fill(r *web.Request) {
	if j.holds != nil {
		r.KeepSessions(*j.holds)
	}
	if j.device != "" {
		r.KeepDevice(j.device)
	}
	if locales.Known(j.language) {
		r.KeepLanguage(j.language)
	}
}
