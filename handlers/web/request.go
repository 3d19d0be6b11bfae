package web

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"gatehouse/internal/caller"
	"gatehouse/locales"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Request is one request and its answer. It is valid until its handler
// returns; the strings that it hands out live on.
type Request struct {
	// Tenant and Store are where the request is; nil outside a tenant.
	Tenant *models.Tenant
	Store  store.Tenant
	// Base is the address of the tenant as this request reached it, without a
	// slash at its end; it is the tenant's issuer.
	Base      string
	RequestID string
	IP        string
	UserAgent string

	app    *App
	c      *fiber.Ctx
	ctx    context.Context //nolint:containedctx // the request is the one who knows its own
	cancel context.CancelFunc
	kind   Kind
	upload bool
	nonce  string
	say    *locales.Localizer // once it was asked for
	// errorPage is the router's own, where it has one.
	errorPage func(r *Request, e *reason.Error) error
	// browser is the secret of the browser cookie, once it was asked for.
	browser string
}

type local string

const (
	keyID     local = "request id"
	keyRoute  local = "route"
	keyTenant local = "tenant"
)

func newRequestID() string { return store.NewID() }

func requestID(c *fiber.Ctx) string {
	id, _ := c.Locals(keyID).(string)
	return id
}

// request wraps a connection's context. The server below does not cancel it
// when the client leaves, so it has a deadline.
func (a *App) request(c *fiber.Ctx) *Request {
	r := &Request{
		app: a, c: c, RequestID: requestID(c),
		IP: clientIP(c, a.TrustedProxies), UserAgent: c.Get(fiber.HeaderUserAgent), kind: kindOf(c.Path()),
	}
	r.ctx, r.cancel = context.WithTimeout(context.Background(), requestTime)
	r.Act(caller.ViaHosted, caller.Actor{Type: caller.ActorNobody}, nil)
	return r
}

// kindOf guesses who asks where no route was met.
func kindOf(path string) Kind {
	if strings.Contains(path, "/api/") || strings.Contains(path, "/oauth2/") || strings.Contains(path, "/.well-known/") {
		return Machine
	}
	return Page
}

func (r *Request) done() { r.cancel() }

// Context carries the deadline and who acts.
func (r *Request) Context() context.Context { return r.ctx }

// Act says who acts from here on, by which door, with which grants.
func (r *Request) Act(via caller.Via, actor caller.Actor, grants caller.Grants) {
	r.ctx = caller.With(r.ctx, caller.Info{
		RequestID: r.RequestID, Via: via, IP: r.IP, UserAgent: r.UserAgent, Base: r.Base, Actor: actor, Grants: grants,
	})
}

// Say speaks the language of whoever asks: what the visitor chose before, what
// his browser asks for, or the tenant's. Most of what machines ask for is answered
// without.
func (r *Request) Say() *locales.Localizer {
	if r.say == nil {
		standing := ""
		if r.Tenant != nil {
			standing = r.Tenant.DefaultLocale
		}
		r.say = locales.For(r.Cookie(LanguageCookie), r.Header(fiber.HeaderAcceptLanguage), standing)
	}
	return r.say
}

// SpeakAs has the request speak a language that was chosen otherwise.
func (r *Request) SpeakAs(say *locales.Localizer) { r.say = say }

// Method and Path are those of the request line; the path has no query.
func (r *Request) Method() string { return r.c.Method() }

// Path is the path as it was asked for.
func (r *Request) Path() string { return string(r.c.Request().URI().Path()) }

// Route is the pattern of the route that the request met, without its prefix.
func (r *Request) Route() string { return routeOf(r.c) }

// Param is a part of the path, by its name in the route.
func (r *Request) Param(name string) string {
	text, err := url.PathUnescape(r.c.Params(name))
	if err != nil {
		return ""
	}
	return text
}

// Header is a header of the request.
func (r *Request) Header(name string) string { return r.c.Get(name) }

// Headers are all the headers of one name, for those that must not come twice;
// nil: there is none.
func (r *Request) Headers(name string) []string {
	var all []string
	for _, value := range r.c.Request().Header.PeekAll(name) {
		all = append(all, string(value))
	}
	return all
}

// Repeated reports whether a header came more than once.
func (r *Request) Repeated(name string) bool { return len(r.c.Request().Header.PeekAll(name)) > 1 }

// SetHeader sets a header of the answer.
func (r *Request) SetHeader(name, value string) { r.c.Set(name, value) }

// RawQuery is the query as it was sent. It holds codes and tokens: never log
// it.
func (r *Request) RawQuery() string { return string(r.c.Request().URI().QueryString()) }

// Now is the time by the server's clock.
func (r *Request) Now() time.Time { return r.app.Now() }

// Secure reports whether browsers reach the server by https.
func (r *Request) Secure() bool { return r.app.secure }

// PublicURL is the address of the deployment.
func (r *Request) PublicURL() string { return strings.TrimSuffix(r.app.PublicURL.String(), "/") }

// Nonce lets this answer's own scripts and styles run (R110).
func (r *Request) Nonce() string {
	if r.nonce == "" {
		b := make([]byte, 18)
		_, _ = rand.Read(b) // never fails (R127)
		r.nonce = base64.RawStdEncoding.EncodeToString(b)
	}
	return r.nonce
}

// enterTenant finds the tenant by path or verified host (R3).
func (r *Request) enterTenant() error {
	host, name := r.host(), r.c.Params("gh_tenant")
	switch public := r.app.hosts.isPublic(host); {
	case public && name != "":
		return r.settle(r.app.Tenants.ByName(r.ctx, name))
	case public:
		return r.settle(r.app.Tenants.ByName(r.ctx, models.DefaultTenant))
	case name != "":
		return errMisdirected
	}
	plain, port := split(host)
	t, err := r.app.Tenants.ByHost(r.ctx, strings.ToLower(plain))
	if reason.Has(err, reason.TenantUnknown) {
		return errMisdirected
	}
	if err := r.settle(t, err); err != nil {
		return err
	}
	r.Base = r.app.PublicURL.Scheme + "://" + strings.ToLower(plain)
	if port != "" && port == r.app.PublicURL.Port() {
		r.Base += ":" + port
	}
	return nil
}

// place lets what follows know by which address the tenant was reached.
func (r *Request) place() {
	if r.Base == "" {
		return
	}
	info := caller.From(r.ctx)
	info.Base = r.Base
	r.ctx = caller.With(r.ctx, info)
}

// onOurHost reports whether the request is for a host that anything of ours
// answers on (R3).
func (r *Request) onOurHost() bool {
	host := r.host()
	if r.app.hosts.isPublic(host) || r.app.hosts.isConsole(host) {
		return true
	}
	plain, _ := split(host)
	_, err := r.app.Tenants.ByHost(r.ctx, strings.ToLower(plain))
	return err == nil
}

// misdirected reports whether a request names a host that is not ours. One that
// could not be read as far as its host names none.
func (r *Request) misdirected() bool {
	return len(r.c.Request().Host()) > 0 && !r.onOurHost()
}

func (r *Request) settle(t *models.Tenant, err error) error {
	if err != nil {
		return err
	}
	r.c.Locals(keyTenant, t.Name)
	r.Tenant, r.Store, r.Base, r.say = t, r.app.DB.Tenant(t.TenantID), r.app.Base(t), nil
	return nil
}

func (r *Request) enterConsole() error {
	if r.app.hosts.isConsole(r.host()) {
		return nil
	}
	if !r.onOurHost() {
		return errMisdirected
	}
	return reason.New(reason.RequestNotFound)
}

// host is the host that the request is for, without the port that the scheme
// means anyway.
func (r *Request) host() string {
	return usual(string(r.c.Request().Host()), r.app.PublicURL.Scheme)
}

// errMisdirected ends a request for a host that is not ours: 421, and nothing
// of us (R3).
var errMisdirected = errors.New("web: the host is not ours")

func (a *App) consolePath() string {
	if a.ConsoleURL == nil {
		return "/console"
	}
	return strings.TrimSuffix(a.ConsoleURL.Path, "/")
}
