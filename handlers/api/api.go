package api

import (
	"context"
	"time"

	"gatehouse/handlers/web"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/claimrules"
	"gatehouse/identity/logouts"
	"gatehouse/identity/resources"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tenants"
	"gatehouse/identity/throttle"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/oidc/clientauth"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/idempotency"
)

// Options are what the API works with.
type Options struct {
	DB           *store.DB
	Now          func() time.Time
	Users        *users.Directory
	Sessions     *sessions.Keeper
	Tenants      *tenants.Directory
	Applications *applications.Registry
	Tokens       *tokens.Mint
	Access       *access.Desk
	Throttle     *throttle.Guard
	Clients      *clientauth.Authenticator
	Idempotency  *idempotency.Keep
	Logouts      *logouts.Teller
	Resources    *resources.Catalogue
	Rules        *claimrules.Book
	Previews     Previews
	Approvals    Approvals
	Holders      Holders
}

// API serves the management API.
type API struct{ Options }

// New returns the API.
func New(o Options) *API { return &API{o} }

// prefix is the API's place below a tenant's base.
const prefix = "/api/v1"

// route is one line of a table.
type route struct {
	method, path string
	permission   access.Permission
	handle       func(*call) error
}

// Register adds the routes to each tenant's base.
func (a *API) Register(app *web.App) {
	r := app.Tenant()
	r.Guard = a.guard
	r.Add(web.Route{Method: "GET", Path: prefix + "/openapi.json", Kind: web.Machine, Public: true, Handle: description})
	for _, t := range a.routes() {
		r.Add(web.Route{
			Method: t.method, Path: prefix + t.path, Kind: web.Machine, Permission: t.permission,
			Handle: func(r *web.Request) error { return a.noted(r, t.permission, nil, t.handle(&call{r, a})) },
		})
	}
}

func (a *API) routes() []route {
	all := append(a.tenantRoutes(), a.applicationRoutes()...)
	all = append(all, a.registrationRoutes()...)
	all = append(all, a.userRoutes()...)
	all = append(all, a.backchannelRoutes()...)
	all = append(all, a.logoutRoutes()...)
	all = append(all, a.resourceRoutes()...)
	all = append(all, a.claimRuleRoutes()...)
	return append(all, a.recordRoutes()...)
}

// call is one request with what serves it.
type call struct {
	*web.Request
	*API
}

func (c *call) ctx() context.Context { return c.Context() }

// list answers a page of things.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// listed answers a page, each item as present makes it.
func listed[M, T any](c *call, p page.Of[M], present func(*M) T) error {
	out := list[T]{Items: make([]T, 0, len(p.Items)), Next: p.Next}
	for i := range p.Items {
		out.Items = append(out.Items, present(&p.Items[i]))
	}
	return c.answer(out)
}

// unowned refuses what is only there for those who run the deployment.
func (c *call) unowned() error {
	if name := c.Tenant.Name; name != models.DefaultTenant && name != models.SystemTenant {
		return reason.New(reason.RequestNotFound)
	}
	return nil
}
