package hosted

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"gatehouse/identity/sessions"
	"gatehouse/internal/strict"
	"gatehouse/locales"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/reason"
	"gatehouse/store"
	views "gatehouse/views/hosted"
)

// visit is a request as a page sees it: read, with its tenant and its browser.
type visit struct {
	ctx     context.Context //nolint:containedctx // a visit is one request and lives as long
	Store   store.Tenant
	row     *models.Tenant
	look    *models.Branding
	issuer  string
	root    *string // base, once it was asked for
	query   strict.Values
	form    func() (strict.Values, error) // of this site alone (R113), its token taken out
	param   func(name string) string
	browser oidc.Browser
	// token is the field that proves a form to be ours.
	token views.Field
	// signsUp tells that the page is the one for making an account.
	signsUp bool
	nonce   string
	id      string // of the request
	// The languages of the cookie and of the Accept-Language header.
	remembered, accepted string
	say                  *locales.Localizer
	out                  jar
}

// jar is what the browser is to keep or to forget.
type jar struct {
	holds    *sessions.Bundle // nil: what it held before
	device   string
	language string
}

// reply is what the browser gets; one of page, redirect, file and failure.
type reply struct {
	status   int
	page     templ.Component
	targets  []string // origins that form-action must allow
	popup    bool     // an application opened a window for the page
	frames   []string // addresses that the page shows in frames
	onward   string   // where the browser goes by itself after a while
	redirect string
	file     *file
	failure  *failure
}

// file is something that a page loads.
type file struct {
	kind, cache string
	body        []byte
}

// failure is what did not work.
type failure struct {
	err       *reason.Error
	reference string
	again     string
}

// speak chooses the language: what this page was asked for in, what the
// application asked for, the user's own, what the browser remembers, what it
// accepts, the tenant's. A choice that was made here is remembered.
func (v *visit) speak(application string, user ...string) {
	chosen := v.query.Get(uiLocales)
	if locales.Known(chosen) {
		v.out.language = chosen
	}
	v.say = locales.For(chosen, application, strings.Join(user, " "), v.remembered, v.accepted, v.row.DefaultLocale)
}

func (v *visit) tenant() oidc.Tenant {
	return oidc.Tenant{Row: v.row, Store: v.Store, Issuer: v.issuer}
}

func (v *visit) tenantName() string {
	if v.row.DisplayName != "" {
		return v.row.DisplayName
	}
	return v.row.Name
}

// base is the path of the issuer, under which the pages answer.
func (v *visit) base() string {
	if v.root == nil {
		root := ""
		if u, err := url.Parse(v.issuer); err == nil {
			root = strings.TrimSuffix(u.EscapedPath(), "/")
		}
		v.root = &root
	}
	return *v.root
}

// path is a page of the tenant.
func (v *visit) path(to string) string { return v.base() + to }

// frame is what every page knows. The form's token is left out of the address
// that a change of language keeps.
func (v *visit) frame() views.Page {
	p := views.Page{
		Say: v.say, Tenant: v.tenantName(), Base: v.base(), Nonce: v.nonce, Token: v.token,
	}
	if v.row.TenantID != "" {
		p.Stylesheet = v.path(stylesheetPath(v.look))
	}
	if v.look.LogoID != "" {
		p.Logo = v.path("/branding/images/" + v.look.LogoID)
	}
	for _, name := range v.query.Names() {
		if name != uiLocales && v.query.Has(name) {
			p.Keep = append(p.Keep, views.Field{Name: name, Value: v.query.Get(name)})
		}
	}
	return p
}

func (v *visit) show(page templ.Component, targets []string) reply {
	return reply{status: 200, page: page, targets: targets}
}

// goTo leads to another page of the tenant.
func (v *visit) goTo(path string) reply { return reply{redirect: v.path(path)} }

func (v *visit) fail(err error, again string) reply {
	return reply{failure: &failure{err: reason.From(err), again: again}}
}

// answer does what the provider decided.
func (v *visit) answer(a oidc.Answer) reply {
	if a.Holds != nil {
		v.out.holds = a.Holds
	}
	switch {
	case a.Redirect != "":
		return reply{redirect: a.Redirect}
	case a.FormPost != nil:
		return v.formPost(a.FormPost)
	case a.Refusal != nil:
		return reply{failure: &failure{err: reason.New(a.Refusal.Code), reference: a.Refusal.Reference}}
	}
	return v.fail(reason.New(reason.ServerError), "")
}

func (v *visit) formPost(f *oidc.FormPost) reply {
	page := v.frame()
	page.NoSwitch = true
	fields := make([]views.Field, len(f.Fields))
	for i, field := range f.Fields {
		fields[i] = views.Field{Name: field.Name, Value: field.Value}
	}
	shown := v.show(views.FormPostPage(page, views.FormPost{Action: f.Action, Fields: fields}), []string{origin(f.Action)})
	shown.popup = f.Popup
	return shown
}

// origin is the part of an address that form-action takes.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if u.Host == "" {
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}

func origins(addresses []string) []string {
	var all []string
	for _, address := range addresses {
		if o := origin(address); !slices.Contains(all, o) {
			all = append(all, o)
		}
	}
	return all
}

// failurePage draws a failure.
func (v *visit) failurePage(f *failure) templ.Component {
	return views.FailurePage(v.frame(), views.Failure{
		Code: f.err.Code, Reference: f.reference, RequestID: v.id, StartAgain: f.again, Wait: f.err.RetryAfter,
	})
}

// retryAfter is the header of a refusal that says when trying again may help, in
// whole seconds; empty: it does not say.
func retryAfter(err *reason.Error) string {
	if err.RetryAfter <= 0 {
		return ""
	}
	return strconv.Itoa(int((err.RetryAfter + time.Second - 1) / time.Second))
}
