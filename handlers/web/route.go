package web

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"gatehouse/identity/access"
	"gatehouse/reason"
)

// Kind is who speaks on a route, and so how it is guarded and how it refuses.
type Kind int

// The kinds of route.
const (
	// Page is for people: refusals are pages, and what changes something must
	// come from our own pages (R113).
	Page Kind = iota
	// Machine is for programs: refusals are problem+json (RFC 9457).
	Machine
	// File is a fixed answer.
	File
	// Visit is for people whom another site may send: refusals are pages, and
	// the handler itself guards what it changes.
	Visit
)

// Route is one thing that the server answers.
type Route struct {
	Method, Path string
	Kind         Kind
	// Permission is what the caller needs. Public routes need none, and say so
	// (R6).
	Permission access.Permission
	Public     bool
	// Upload allows a body with a picture.
	Upload bool
	Handle func(r *Request) error
}

// Router registers routes that share a place and a guard.
type Router struct {
	app      *App
	prefixes []string
	// enter finds out where the request is; it refuses hosts that do not serve
	// these routes.
	enter func(r *Request) error
	// Guard is asked before each handler whether the permission is held. Where
	// it is nil, only public routes can be registered.
	Guard func(r *Request, p access.Permission) error
	// ErrorPage draws the refusals of these routes; nil: the app's does.
	ErrorPage func(r *Request, e *reason.Error) error
}

// Anywhere is for what is there on every host.
func (a *App) Anywhere() *Router {
	return &Router{app: a, prefixes: []string{""}, enter: func(*Request) error { return nil }}
}

// ours is for what is there on every host of ours, tenants' own included.
func (a *App) ours() *Router {
	return &Router{app: a, prefixes: []string{""}, enter: func(r *Request) error {
		if !r.onOurHost() {
			return errMisdirected
		}
		return nil
	}}
}

// Tenant is for what stands under each tenant's base: /t/{tenant} and, on the
// public host for the default tenant and on a tenant's own domain, the root.
func (a *App) Tenant() *Router {
	return &Router{app: a, prefixes: []string{"/t/:gh_tenant", ""}, enter: (*Request).enterTenant}
}

// Console is for the console, on its host alone.
func (a *App) Console() *Router {
	return &Router{app: a, prefixes: []string{a.consolePath()}, enter: (*Request).enterConsole}
}

// Add registers a route. It panics for a route that names neither a permission
// nor that it is public, and for one whose permission nobody would check.
func (t *Router) Add(route Route) {
	switch {
	case route.Public == (route.Permission != ""):
		panic(fmt.Sprintf("web: %s %s must name a permission or be public", route.Method, route.Path))
	case route.Permission != "" && !access.Known(route.Permission):
		panic(fmt.Sprintf("web: %s %s names the unknown permission %q", route.Method, route.Path, route.Permission))
	case route.Permission != "" && t.Guard == nil:
		panic(fmt.Sprintf("web: nobody checks the permission of %s %s", route.Method, route.Path))
	}
	for _, prefix := range t.prefixes {
		path := prefix + route.Path
		if path == "" {
			path = "/"
		}
		t.app.fiber.Add(route.Method, path, t.serve(route))
		if route.Method == "GET" && route.Public && (route.Kind == File || route.Kind == Machine) {
			t.app.fiber.Add("HEAD", path, t.serve(route)) // RFC 9110 §9.1
		}
		if prefix != "" && route.Path == "/" {
			t.app.fiber.Add(route.Method, prefix, t.serve(route))
		}
	}
}

func (t *Router) serve(route Route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		r := t.app.request(c)
		defer r.done()
		r.kind, r.upload, r.errorPage = route.Kind, route.Upload, t.ErrorPage
		c.Locals(keyRoute, route.Path)
		if err := t.admit(r, route); err != nil {
			return r.Fail(err)
		}
		if err := route.Handle(r); err != nil {
			return r.Fail(err)
		}
		return nil
	}
}

func (t *Router) admit(r *Request, route Route) error {
	limit := maxBody
	if route.Upload {
		limit = maxUpload
	}
	if len(r.c.Request().Body()) > limit {
		return reason.New(reason.RequestTooLarge)
	}
	if err := t.enter(r); err != nil {
		return err
	}
	r.place()
	if route.Kind == Page && !r.fromOurPages() {
		return reason.New(reason.RequestCrossSite)
	}
	if route.Permission == "" {
		return nil
	}
	return t.Guard(r, route.Permission)
}
