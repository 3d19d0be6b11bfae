package console

import (
	"net/url"
	"strings"

	"gatehouse/handlers/web"
	"gatehouse/identity/access"
	"gatehouse/internal/caller"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/console"
)

// The console's cookies (R65).
const (
	sessionCookie = "gatehouse_console"
	browserCookie = "gatehouse_console_browser"
	themeCookie   = "gatehouse_theme"
)

// Register registers the table with the app.
func (c *Console) Register(app *web.App) {
	router := app.Console()
	router.Guard, router.ErrorPage = c.guard, c.ErrorPage
	for _, r := range c.table() {
		router.Add(web.Route{
			Method: r.method, Path: r.path, Kind: web.Page, Permission: r.permission, Public: r.permission == "",
			Upload: r.upload, Handle: c.serve(r),
		})
	}
}

// guard finds out who asks, and refuses whoever lacks the permission in the
// tenant of the address (R6). Nobody passes who is not signed in: serve sends
// him to the sign-in page.
func (c *Console) guard(r *web.Request, p access.Permission) error {
	if _, _, err := c.recognise(r); err != nil {
		return nil //nolint:nilerr // serve asks again and leads to the sign-in page
	}
	t, err := c.tenantOf(r)
	if err != nil {
		return err
	}
	err = c.require(r, t, p)
	c.note(r, t, p, err)
	return err
}

// note records a refusal for want of a right (R130): in the tenant that the page
// is about, or, where that is hidden from him, in the administrator's own.
func (c *Console) note(r *web.Request, t *models.Tenant, p access.Permission, refused error) {
	if refused == nil {
		return
	}
	n := access.Refusal{Permission: p, Method: r.Method(), Route: r.Route(), Err: refused}
	in := c.system()
	if t != nil {
		n.Tenant = t.Name
		if !reason.Has(refused, reason.TenantUnknown) {
			in = c.DB.Tenant(t.TenantID)
		}
	}
	if err := c.Access.NoteRefusal(r.Context(), in, n); err != nil {
		r.Log(reason.From(err))
	}
}

// require asks for the permission where the page is. A tenant that the
// administrator may not see looks like one that does not exist (R5).
func (c *Console) require(r *web.Request, t *models.Tenant, p access.Permission) error {
	if t == nil {
		return access.Require(r.Context(), c.System, p)
	}
	if err := access.Require(r.Context(), t.TenantID, access.TenantsRead); err != nil {
		return reason.Wrap(reason.TenantUnknown, err)
	}
	return access.Require(r.Context(), t.TenantID, p)
}

// recognise finds the administrator whose session the browser holds, and has
// the request act in his name with his grants of this moment.
func (c *Console) recognise(r *web.Request) (*models.User, *models.Session, error) {
	text := r.Cookie(sessionCookie)
	if text == "" {
		return nil, nil, reason.New(reason.SessionNone)
	}
	s, err := c.Sessions.Find(r.Context(), c.system(), text, models.SessionConsole)
	if err != nil {
		return nil, nil, err
	}
	grants, err := c.Access.Resolve(r.Context(), s.UserID)
	if err != nil {
		return nil, nil, err
	}
	actor := caller.Actor{Type: caller.ActorAdmin, ID: s.UserID, SessionID: s.ID}
	r.Act(caller.ViaConsole, actor, grants)
	u, err := c.Users.ByID(r.Context(), c.system(), s.UserID)
	if err != nil {
		return nil, nil, err
	}
	if !u.Active() {
		return nil, nil, reason.New(reason.SessionEnded)
	}
	actor.Name = u.DisplayName()
	r.Act(caller.ViaConsole, actor, grants)
	return u, s, nil
}

// tenantOf is the tenant of the address; nil on pages about the deployment.
func (c *Console) tenantOf(r *web.Request) (*models.Tenant, error) {
	name := r.Param("tenant")
	if name == "" {
		return nil, nil //nolint:nilnil // a page about the deployment has none
	}
	return c.Tenants.ByName(r.Context(), name)
}

// serve makes a visit of the request and lets the page handle it.
func (c *Console) serve(route route) func(*web.Request) error {
	return func(r *web.Request) error {
		v, err := c.visit(r, route)
		if err == nil && route.guarded() {
			_, err = v.form()
		}
		if err == nil {
			err = route.handle(v)
		}
		if err != nil {
			return c.refuse(v, err)
		}
		return nil
	}
}

func (c *Console) visit(r *web.Request, route route) (*visit, error) {
	r.Act(caller.ViaConsole, caller.Actor{Type: caller.ActorNobody}, nil)
	v := &visit{console: c, r: r, say: r.Say(), path: r.Path(), at: r.Path(), in: c.system()}
	if q := r.RawQuery(); q != "" {
		v.at += "?" + q
	}
	v.ctx = r.Context()
	v.holder = v.browser()
	var err error
	if v.query, err = r.Query(); err != nil {
		return v, err
	}
	if route.scope == public {
		v.find()
		return v, nil
	}
	if err := c.admit(v, route); err != nil {
		return v, err
	}
	v.find()
	return v, c.Sessions.Touch(v.ctx, c.system(), v.session)
}

// admit lets the administrator in who holds the route's permission.
func (c *Console) admit(v *visit, route route) error {
	var err error
	if v.me, v.session, err = c.recognise(v.r); err != nil {
		return err
	}
	v.ctx, v.holder = v.r.Context(), v.r.Cookie(sessionCookie)
	if v.tenant, err = c.tenantOf(v.r); err != nil {
		return err
	}
	if v.tenant != nil {
		v.in = c.DB.Tenant(v.tenant.TenantID)
	}
	if route.permission == "" {
		return nil
	}
	return c.require(v.r, v.tenant, route.permission)
}

// browser is the secret that binds forms and journeys to this browser before
// anybody has signed in.
func (v *visit) browser() string {
	if known := v.r.Cookie(browserCookie); known != "" {
		return known
	}
	fresh := secret.Random("", 32).Reveal()
	v.r.SetCookie(browserCookie, fresh, web.Strict, v.console.Now().AddDate(0, 1, 0))
	return fresh
}

// refuse shows why a page is not shown: the way to the sign-in, or one of the
// faces of denied, missing and failed.
func (c *Console) refuse(v *visit, err error) error {
	e := reason.From(web.Refusal(err))
	v.r.Log(e)
	c.note(v.r, v.tenant, "", err)
	if e.Meaning().Kind == reason.Unauthorized {
		return v.goTo(signInAt(v, e.Code))
	}
	return v.render(web.Status(e), c.face(v, e), web.Policy{})
}

// ErrorPage draws a refusal that met the request before its page did.
func (c *Console) ErrorPage(r *web.Request, e *reason.Error) error {
	v := &visit{console: c, r: r, say: r.Say(), path: r.Path(), at: r.Path(), in: c.system(), holder: r.Cookie(browserCookie)}
	if u, _, err := c.recognise(r); err == nil {
		v.me, v.holder = u, r.Cookie(sessionCookie)
	}
	v.ctx = r.Context()
	return v.render(web.Status(e), c.face(v, e), web.Policy{})
}

// signInAt is the sign-in page that leads back here, and says why a session
// ended or does not do.
func signInAt(v *visit, code reason.Code) string {
	q := url.Values{}
	switch {
	case v.stands != "":
		q.Set("back", v.stands)
	case v.r.Method() == "GET" && v.at != views.Root && v.at != views.Root+"/":
		q.Set("back", v.at)
	}
	if code != reason.SessionNone {
		q.Set("ended", string(code))
	}
	if len(q) == 0 {
		return views.At(nil, "sign-in")
	}
	return views.At(nil, "sign-in") + "?" + q.Encode()
}

// back is where the sign-in leads: an address of the console, whatever was
// asked for.
func back(asked string) string {
	u, err := url.Parse(asked)
	if err != nil || u.IsAbs() || u.Host != "" || strings.Contains(asked, "\\") ||
		(u.Path != views.Root && !strings.HasPrefix(u.Path, views.Root+"/")) {
		return views.Root
	}
	return u.RequestURI()
}
