package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"

	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// The limits of a request (R104).
const (
	maxHeader   = 16 << 10
	maxBody     = 1 << 20
	maxUpload   = 2<<20 + 64<<10 // a picture and the form around it
	headerTime  = 5 * time.Second
	bodyTime    = 10 * time.Second
	writeTime   = 30 * time.Second
	idleTime    = 60 * time.Second
	requestTime = 25 * time.Second // for our own work, within writeTime
)

// Tenants finds tenants; *tenants.Directory does.
type Tenants interface {
	ByName(ctx context.Context, name string) (*models.Tenant, error)
	ByHost(ctx context.Context, host string) (*models.Tenant, error)
}

// Options are what an App needs.
type Options struct {
	PublicURL      *url.URL
	ConsoleURL     *url.URL // on the public host, or on one of its own (R116)
	TrustedProxies []netip.Prefix
	// ClientCertificates is where the certificates of clients come from.
	ClientCertificates ClientCertificates
	DB                 *store.DB
	Tenants            Tenants
	K                  *seal.Keyring
	Logger             *slog.Logger
	Now                func() time.Time
	// ErrorPage draws a refusal in the tenant's branding, or plainly where
	// there is no tenant.
	ErrorPage func(r *Request, e *reason.Error) error
	// Ready says why the server cannot serve yet; nil: it can.
	Ready   func(ctx context.Context) error
	Metrics *Metrics
}

// App is the server's HTTP side.
type App struct {
	Options
	fiber  *fiber.App
	hosts  hosts
	secure bool
	open   atomic.Int64 // requests that are being answered
}

// New builds the app without any routes but those that every deployment has.
func New(o Options) *App {
	a := &App{Options: o, hosts: newHosts(o.PublicURL, o.ConsoleURL), secure: o.PublicURL.Scheme == "https"}
	a.fiber = fiber.New(fiber.Config{
		Immutable:               true,
		EnableTrustedProxyCheck: true, // and none is trusted: clientIP walks the header itself
		StrictRouting:           true,
		CaseSensitive:           true,
		DisableStartupMessage:   true,
		DisableDefaultDate:      false,
		ReadBufferSize:          maxHeader,
		WriteBufferSize:         maxHeader, // a page leaves in one piece
		BodyLimit:               maxUpload,
		ReadTimeout:             headerTime,
		WriteTimeout:            writeTime,
		IdleTimeout:             idleTime,
		ErrorHandler:            a.outside,
	})
	a.below()
	a.fiber.Use(a.entry)
	a.root()
	return a
}

// Fiber is the server below, for listening and for tests.
func (a *App) Fiber() *fiber.App { return a.fiber }

// Shutdown takes no more requests and returns once those under way are
// answered, or ctx ends. Connections that merely stand open are not waited for.
func (a *App) Shutdown(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- a.fiber.ShutdownWithContext(ctx) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for quiet := 0; quiet < 3; { // an answer is still being sent when its handler has ended
		select {
		case err := <-ended:
			return err
		case <-tick.C:
			if quiet++; a.open.Load() > 0 {
				quiet = 0
			}
		}
	}
	return nil
}

// root registers what is there once per deployment. Whoever asks after the
// server's health may ask by any address; all else is there on our hosts alone
// (R3).
func (a *App) root() {
	r := a.Anywhere()
	r.Add(Route{Method: "GET", Path: "/healthz", Kind: Machine, Public: true, Handle: func(r *Request) error {
		return r.JSONBytes(200, []byte(`{"status":"alive"}`))
	}})
	r.Add(Route{Method: "GET", Path: "/readyz", Kind: Machine, Public: true, Handle: a.ready})
	r = a.ours()
	r.Add(Route{Method: "GET", Path: "/static/*", Kind: File, Public: true, Handle: serveStatic})
	r.Add(Route{Method: "GET", Path: "/robots.txt", Kind: File, Public: true, Handle: func(r *Request) error {
		return r.File("text/plain; charset=utf-8", "public, max-age=86400", []byte("User-agent: *\nDisallow: /\n"))
	}})
	r.Add(Route{Method: "GET", Path: "/.well-known/security.txt", Kind: File, Public: true, Handle: a.securityText})
	for _, path := range []string{"/", "/t/:gh_tenant", "/t/:gh_tenant/"} {
		if path != "/" || a.consolePath() != "" { // the console may itself stand there
			r.Add(Route{Method: "GET", Path: path, Kind: Page, Public: true, Handle: a.front})
		}
	}
}

// front leads on whoever typed an address without a page: to the console where
// it is on that host, else to the account at the tenant.
func (a *App) front(r *Request) error {
	if r.c.Params("gh_tenant") == "" && a.hosts.isConsole(r.host()) {
		return r.Redirect(a.consolePath())
	}
	if err := r.enterTenant(); err != nil {
		return err
	}
	return r.Redirect(r.Base + "/account")
}

func (a *App) ready(r *Request) error {
	if err := a.Ready(r.Context()); err != nil {
		a.Logger.WarnContext(r.Context(), "not ready", "error", err, "request_id", r.RequestID)
		return r.JSONBytes(503, []byte(`{"status":"not ready"}`))
	}
	return r.JSONBytes(200, []byte(`{"status":"ready"}`))
}

// securityText is where to report vulnerabilities (RFC 9116, R115): the mailbox
// that every domain has for it (RFC 2142 §4).
func (a *App) securityText(r *Request) error {
	expires := a.Now().UTC().AddDate(0, 6, 0).Truncate(24 * time.Hour).Format(time.RFC3339)
	text := "Contact: mailto:security@" + a.PublicURL.Hostname() + "\nExpires: " + expires +
		"\nCanonical: " + a.PublicURL.String() + "/.well-known/security.txt\n"
	return r.File("text/plain; charset=utf-8", "public, max-age=86400", []byte(text))
}

// WellKnown is for what stands on the public host about a tenant whose name ends
// the path as :gh_tenant.
func (a *App) WellKnown() *Router {
	return &Router{app: a, prefixes: []string{""}, enter: (*Request).enterTenant}
}

// outside answers for requests that never met a route, or that the server below
// refused: too large, malformed, unknown.
func (a *App) outside(c *fiber.Ctx, err error) error {
	code := reason.ServerError
	var e *fiber.Error
	if errors.As(err, &e) {
		switch e.Code {
		case fiber.StatusNotFound:
			code = reason.RequestNotFound
		case fiber.StatusMethodNotAllowed, fiber.StatusNotImplemented:
			code = reason.RequestMethod
		case fiber.StatusRequestEntityTooLarge, fiber.StatusRequestHeaderFieldsTooLarge:
			code = reason.RequestTooLarge
		case fiber.StatusBadRequest, fiber.StatusRequestTimeout, fiber.StatusBadGateway: // the last: the client left amid its request
			code = reason.RequestMalformed
		}
	}
	a.begin(c)
	r := a.request(c)
	defer r.done()
	if r.misdirected() {
		return r.Fail(errMisdirected)
	}
	if code == reason.ServerError {
		return r.Fail(err)
	}
	return r.failWith(reason.Wrap(code, err), e.Code)
}

// Base is the address of a tenant that has no domain of its own: the default
// tenant's is the public URL itself.
func (a *App) Base(t *models.Tenant) string { return a.hosts.base(t) }

// Shared serves a handler of the standard library beside the rest, on every
// host.
func (a *App) Shared(path string, h http.Handler) {
	a.fiber.Get(path, adaptor.HTTPHandler(h))
}
