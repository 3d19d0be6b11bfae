package protocol

import (
	"context"

	"gatehouse/handlers/web"
	"gatehouse/internal/caller"
	"gatehouse/internal/strict"
	"gatehouse/oidc"
	"gatehouse/store"
)

// Origins knows which origins a tenant's applications registered;
// *applications.Registry does.
type Origins interface {
	KnowsOrigin(ctx context.Context, r store.Reader, origin string) (bool, error)
}

// Options are what the endpoints need.
type Options struct {
	Provider *oidc.Provider
	Origins  Origins
	// Answer does what the provider decided for a browser, in the tenant's
	// branding.
	Answer func(r *web.Request, a oidc.Answer) error
}

// Endpoints serves the protocol of every tenant.
type Endpoints struct{ Options }

// New returns the endpoints.
func New(o Options) *Endpoints { return &Endpoints{o} }

// Routes registers the endpoints under each tenant's base. All are public: who
// may do what is decided by the protocol.
func (e *Endpoints) Routes(r *web.Router) {
	add := func(method, path string, kind web.Kind, handle func(*web.Request) error) {
		r.Add(web.Route{Method: method, Path: path, Kind: kind, Public: true, Handle: handle})
	}
	for path, handle := range map[string]func(*web.Request) error{
		"/.well-known/openid-configuration": e.metadata, "/.well-known/oauth-authorization-server": e.metadata,
		protectedPath: e.userResource, protectedPath + "/api/v1": e.managementResource, "/oauth2/jwks": e.jwks,
	} {
		add("GET", path, web.Machine, handle)
		add("OPTIONS", path, web.Machine, e.preflight)
	}
	for path, handle := range map[string]func(*web.Request) error{
		"/oauth2/token": e.token, "/oauth2/revoke": e.revoke, "/oauth2/introspect": e.introspect,
		"/oauth2/device_authorization": e.deviceAuthorization, "/oauth2/par": e.push, "/oauth2/bc-authorize": e.backchannel,
	} {
		add("POST", path, web.Machine, handle)
	}
	add("POST", "/oauth2/register", web.Machine, e.register)
	add("GET", "/oauth2/register/:client", web.Machine, e.registration)
	add("PUT", "/oauth2/register/:client", web.Machine, e.reregister)
	add("DELETE", "/oauth2/register/:client", web.Machine, e.deregister)
	for _, path := range []string{"/oauth2/token", "/oauth2/revoke", "/oauth2/userinfo", "/oauth2/par"} {
		add("OPTIONS", path, web.Machine, e.preflight)
	}
	for _, method := range []string{"GET", "POST"} {
		add(method, "/oauth2/userinfo", web.Machine, e.userinfo)
		// Applications may post here from their own sites (OpenID Connect Core
		// §3.1.2.1), so these are no pages of ours that guard against it.
		add(method, "/oauth2/authorize", web.Visit, e.authorize)
		add(method, "/oauth2/logout", web.Visit, e.logout)
	}
	add("GET", "/launch", web.Visit, e.launch)
	add("GET", "/oauth2/auth/callback", web.Visit, e.resume)
	add("GET", "/oauth2/logout/callback", web.Visit, e.postedLogout)
}

// protectedPath is where the metadata of protected resources begins (RFC 9728
// §3).
const protectedPath = "/.well-known/oauth-protected-resource"

// Beside registers the metadata of issuers and resources with a path, which
// stand behind the host's well-known path (RFC 8414 §3.1, RFC 9728 §3.1).
func (e *Endpoints) Beside(r *web.Router) {
	for path, handle := range map[string]func(*web.Request) error{
		"/.well-known/oauth-authorization-server/t/:gh_tenant": e.metadata,
		protectedPath + "/t/:gh_tenant":                        e.userResource,
		protectedPath + "/t/:gh_tenant/api/v1":                 e.managementResource,
	} {
		r.Add(web.Route{Method: "GET", Path: path, Kind: web.Machine, Public: true, Handle: handle})
	}
}

func (e *Endpoints) tenant(r *web.Request) oidc.Tenant {
	r.Act(caller.ViaOAuth, caller.Actor{Type: caller.ActorNobody}, nil)
	return oidc.Tenant{Row: r.Tenant, Store: r.Store, Issuer: r.Base}
}

// params are those of a request: the query of a GET, the body of a POST (R103).
func params(r *web.Request) oidc.Params {
	in := proofs(r)
	if in.Err != nil {
		return in
	}
	if in.Method == "GET" {
		in.Values, in.Err = r.Query()
	} else {
		in.Values, in.Err = r.Form()
	}
	return in
}

// proofs are a request without parameters: what came along to prove something.
func proofs(r *web.Request) oidc.Params {
	in := oidc.Params{DPoP: r.Headers("DPoP"), Method: r.Method()}
	if in.Certificates, in.Err = r.Certificates(); in.Err == nil && r.Repeated("Authorization") {
		in.Err = strict.ErrRepeated // whoever proves himself does so in one way (RFC 6749 §2.3, RFC 6750 §2)
	}
	return in
}

func browser(r *web.Request) oidc.Browser {
	if r.Withheld() {
		return oidc.Browser{Withheld: true}
	}
	held := r.Held()
	return oidc.Browser{ID: r.BrowserID(), Session: held.Current, Others: held.Others, Device: r.Device()}
}

// lead sends the browser on. Most go to another address, and need nothing that
// a page needs.
func (e *Endpoints) lead(r *web.Request, a oidc.Answer) error {
	if a.Redirect == "" {
		return e.Answer(r, a)
	}
	if a.Holds != nil {
		r.KeepSessions(*a.Holds)
	}
	return r.Redirect(a.Redirect)
}

func (e *Endpoints) authorize(r *web.Request) error {
	return e.lead(r, e.Provider.Authorize(r.Context(), e.tenant(r), params(r), browser(r)))
}

func (e *Endpoints) launch(r *web.Request) error {
	return e.lead(r, e.Provider.Launch(r.Context(), e.tenant(r), params(r)))
}

func (e *Endpoints) resume(r *web.Request) error {
	t := e.tenant(r)
	v, err := r.Query()
	if err != nil {
		return err
	}
	if posted := v.Get("posted"); posted != "" {
		return e.lead(r, e.Provider.Posted(r.Context(), t, posted, browser(r)))
	}
	a := e.Provider.Resume(r.Context(), t, v.Get("authId"), browser(r))
	if a.Redirect != "" && a.Holds == nil {
		return r.Onward(a.Redirect)
	}
	return e.lead(r, a)
}

func (e *Endpoints) logout(r *web.Request) error {
	return e.lead(r, e.Provider.Logout(r.Context(), e.tenant(r), params(r), browser(r)))
}

func (e *Endpoints) postedLogout(r *web.Request) error {
	t := e.tenant(r)
	v, err := r.Query()
	if err != nil {
		return err
	}
	return e.lead(r, e.Provider.PostedLogout(r.Context(), t, v.Get("posted"), browser(r)))
}
