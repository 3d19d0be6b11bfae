package console

import (
	"net/url"
	"strings"

	"gatehouse/identity/access"
	"gatehouse/identity/throttle"
	"gatehouse/identity/users"
	"gatehouse/internal/page"
	"gatehouse/internal/secret"
	"gatehouse/locales"
	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

func knownLanguage(tag string) bool { return locales.Known(tag) }

// linkField carries the one-time secret of the set-up link: in the address that
// the terminal prints, and from there in the form.
const linkField = "token"

// setup shows the form for the first administrator to whoever holds the link.
func (c *Console) setup(v *visit) error {
	link := v.query.Get(linkField)
	if err := c.tryLink(v, link); err != nil {
		return err
	}
	f := ui.Form{Values: map[string]string{linkField: link}}
	return v.show(views.SetupAdministrator(views.Setup{Step: "administrator", Theme: v.theme()}, f, c.minimum(v)))
}

// tryLink counts the try before it looks at the link (R80).
func (c *Console) tryLink(v *visit, link string) error {
	if err := c.Throttle.Spend(v.ctx, c.system(), throttle.Setup, throttle.SourceKey(v.r.IP)); err != nil {
		return err
	}
	return c.Access.Link(v.ctx, secret.New(link))
}

func (c *Console) setupPost(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if err := c.tryLink(v, form.Get(linkField)); err != nil {
		return err
	}
	_, session, err := c.Users.FirstAdministrator(v.ctx, c.system(), secret.New(form.Get(linkField)), administrator(form))
	if err != nil {
		f := formOf(form)
		if reason.Has(err, reason.AccessSetupUsed) || !wrong(v.say, &f, err) {
			return err
		}
		// Whoever changes the language comes back with the link.
		v.path = views.At(nil, "setup") + "?" + url.Values{linkField: {form.Get(linkField)}}.Encode()
		return v.showForm(views.SetupAdministrator(views.Setup{Step: "administrator", Theme: v.theme()}, f, c.minimum(v)), err)
	}
	v.begin(session)
	return v.goTo(views.At(nil, "setup", "url"))
}

func (v *visit) step(name string) views.Setup {
	return views.Setup{Step: name, Theme: v.theme(), Flash: v.flash}
}

// setupURL says whether the public address is the one that browsers use.
func (c *Console) setupURL(v *visit) error {
	return v.show(views.SetupURL(v.step("url"), c.checkURL(v)))
}

func (c *Console) checkURL(v *visit) views.URLCheck {
	public := strings.TrimSuffix(c.PublicURL, "/")
	seen := seen(v, public)
	check := views.URLCheck{Public: public, Seen: seen}
	add := func(name, tone string) {
		check.Findings = append(check.Findings, views.Finding{Name: name, Tone: tone})
	}
	if strings.EqualFold(public, seen) {
		add("match", "success")
	} else {
		add("differs", "warning")
	}
	u, err := url.Parse(public)
	switch {
	case err == nil && u.Scheme == "https":
		add("https", "success")
	case err == nil && (u.Hostname() == "localhost" || strings.HasPrefix(u.Hostname(), "127.") || u.Hostname() == "::1"):
		add("local", "success")
	default:
		add("plain", "warning")
	}
	return check
}

func (c *Console) setupTenant(v *visit) error {
	return c.drawSetupTenant(v, ui.Form{Values: map[string]string{"default_locale": v.say.Tag()}}, nil)
}

func (c *Console) drawSetupTenant(v *visit, f ui.Form, err error) error {
	if err != nil && !wrong(v.say, &f, err) {
		return err
	}
	form := views.NewTenant{Form: f, Action: views.At(nil, "setup", "tenant")}
	return v.showForm(views.SetupTenant(v.step("tenant"), form), err)
}

func (c *Console) setupTenantPost(v *visit) error {
	form, logo, err := v.upload("logo")
	if err != nil {
		return err
	}
	t, err := c.makeTenant(v, form, logo)
	if err != nil {
		return c.drawSetupTenant(v, formOf(form), err)
	}
	return v.goTo(views.At(t, "setup", "application"))
}

func (c *Console) setupApplication(v *visit) error {
	return c.drawSetupApplication(v, template(v.query), ui.Form{Values: map[string]string{"first_party": "yes"}}, nil)
}

func (c *Console) drawSetupApplication(v *visit, t models.ApplicationType, f ui.Form, err error) error {
	if err != nil && !wrong(v.say, &f, err) {
		return err
	}
	at := views.At(v.tenant, "setup", "application")
	page := views.SetupApplication(v.step("application"), views.NewApplication{Type: t, Form: f, Action: at, Back: at}, views.At(v.tenant))
	return v.showForm(page, err)
}

func (c *Console) setupApplicationPost(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	a, text, err := c.makeApplication(v, form)
	if err != nil {
		return c.drawSetupApplication(v, template(form), formOf(form), err)
	}
	return v.doneWith("", text, views.At(v.tenant, "setup", "done", a.ID))
}

// setupDone shows how to connect the first application and waits for its first
// sign-in.
func (c *Console) setupDone(v *visit) error {
	o, err := c.overview(v)
	if err != nil {
		return err
	}
	done := views.SetupDone{Overview: o, Tenant: v.tenant}
	if v.mayDo(access.UsersWrite) {
		some, err := c.hasUsers(v)
		if err != nil {
			return err
		}
		if !some {
			done.NewUser = views.At(v.tenant, "users", "new")
		}
	}
	return v.show(views.SetupWaiting(v.step("done"), done))
}

// hasUsers reports whether the tenant has anybody who could sign in.
func (c *Console) hasUsers(v *visit) (bool, error) {
	some, err := c.Users.Search(v.ctx, v.in, users.Filter{}, page.Request{Limit: 1})
	return len(some.Items) > 0, err
}

// seen is the address that this browser uses: the page that led here tells its
// scheme, which a proxy may have changed on the way.
func seen(v *visit, public string) string {
	host, scheme := v.r.Header("Host"), "http"
	if u, err := url.Parse(public); err == nil {
		scheme = u.Scheme
	}
	if u, err := url.Parse(v.r.Header("Referer")); err == nil && u.Host == host {
		scheme = u.Scheme
	}
	return scheme + "://" + host
}
