package console

import (
	"gatehouse/identity/users"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

func (c *Console) users(v *visit) error {
	l := v.list()
	status := models.UserStatus(v.query.Get("status"))
	found, err := c.Users.Search(v.ctx, v.in, users.Filter{Query: l.Query, Status: status}, v.asked())
	if err != nil {
		return err
	}
	turn(v, &l, found)
	s := c.shell(v, v.t("console.nav.users"), "users")
	return v.show(views.UsersPage(s, views.Users{List: l, Rows: found.Items, Status: string(status)}))
}

func (c *Console) userNew(v *visit) error { return c.drawUserNew(v, ui.Form{}, nil) }

func (c *Console) drawUserNew(v *visit, f ui.Form, err error) error {
	if err != nil && !wrong(v.say, &f, err) {
		return err
	}
	s := c.shell(v, v.t("console.users.new"), "users")
	return v.showForm(views.UserNew(s, f, v.tenant.Settings.V.MinPassword()), err)
}

func (c *Console) userCreate(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	u, err := c.Users.Create(v.ctx, v.in, users.New{Profile: profile(form, users.Profile{}), Password: form.Get("password")})
	if err != nil {
		return c.drawUserNew(v, formOf(form), err)
	}
	return v.done("user.created", views.At(v.tenant, "users", u.ID))
}

// profile is what the form says over what was there: claims that the form does
// not show stay.
func profile(form strict.Values, p users.Profile) users.Profile {
	p.Username, p.Email, p.PhoneNumber = form.Get("username"), form.Get("email"), form.Get("phone_number")
	p.EmailVerified, p.PhoneVerified = form.Has("email_verified"), form.Has("phone_verified")
	p.Claims.GivenName, p.Claims.FamilyName = form.Get("given_name"), form.Get("family_name")
	p.Claims.Name, p.Claims.Locale, p.Claims.Zoneinfo = form.Get("name"), form.Get("locale"), form.Get("zoneinfo")
	return p
}

// user reads the user of the address and says whether he can sign in.
func (c *Console) user(v *visit, tab string) (views.User, error) {
	row, err := c.Users.ByID(v.ctx, v.in, v.param("user"))
	if err != nil {
		return views.User{}, err
	}
	verdict, err := c.verdict(v, row)
	return views.User{Row: *row, Tab: tab, Verdict: verdict}, err
}

func (c *Console) verdict(v *visit, u *models.User) (views.Verdict, error) {
	var codes []reason.Code
	if !v.tenant.Active() {
		codes = append(codes, reason.TenantSuspended)
	}
	if err := c.Users.Verdict(v.ctx, v.in, u); err != nil {
		codes = append(codes, reason.From(err).Code)
	}
	has, err := c.Passwords.Has(v.ctx, v.in, u.ID)
	if err != nil {
		return views.Verdict{}, err
	}
	if !has {
		codes = append(codes, reason.PasswordNone)
	}
	throttled, err := c.Users.Throttled(v.ctx, v.in, u.ID)
	if err != nil {
		return views.Verdict{}, err
	}
	if throttled {
		codes = append(codes, reason.ThrottleAccount)
	}
	verdict := views.Verdict{Can: len(codes) == 0, Unverified: u.Email != "" && !users.FoundByEmail(u)}
	for _, code := range codes {
		verdict.Codes = append(verdict.Codes, string(code))
		verdict.Fixes = append(verdict.Fixes, v.fixes(code, u.ID, "")...)
	}
	return verdict, nil
}

// userShell is the shell of a user's page.
func (c *Console) userShell(v *visit, u views.User) views.Shell {
	return c.shell(v, u.Row.DisplayName(), "users")
}

func (c *Console) userTimeline(v *visit) error {
	u, err := c.user(v, "timeline")
	if err != nil {
		return err
	}
	events, err := c.timeline(v, filterOfUser(u.Row.ID))
	if err != nil {
		return err
	}
	return v.show(views.UserTimeline(c.userShell(v, u), u, events))
}

func (c *Console) userProfile(v *visit) error {
	u, err := c.user(v, "profile")
	if err != nil {
		return err
	}
	return c.drawProfile(v, views.Profile{User: u, Form: userForm(&u.Row)}, nil)
}

func (c *Console) drawProfile(v *visit, p views.Profile, err error) error {
	return v.showForm(views.UserProfile(c.userShell(v, p.User), p), err)
}

func (c *Console) userProfilePost(v *visit) error {
	u, err := c.user(v, "profile")
	if err != nil {
		return err
	}
	form, err := v.form()
	if err != nil {
		return err
	}
	change := users.Change{Version: version(form), Profile: profile(form, users.ProfileOf(&u.Row))}
	if _, err = c.Users.Update(v.ctx, v.in, u.Row.ID, change); err == nil {
		return v.done("user.saved", views.At(v.tenant, "users", u.Row.ID, "profile"))
	}
	p := views.Profile{User: u, Form: formOf(form)}
	if reason.Has(err, reason.VersionStale) {
		p.Stale = stale(&p.Form, userForm(&u.Row), u.Row.UpdatedAt.Time, v.texts(userLabels))
	} else if !wrong(v.say, &p.Form, err) {
		return err
	}
	return c.drawProfile(v, p, err)
}

func userForm(u *models.User) ui.Form {
	claims := u.Claims.V
	return ui.Form{Values: map[string]string{
		"username": u.Username, "email": u.Email, "phone_number": u.PhoneNumber, "name": claims.Name,
		"given_name": claims.GivenName, "family_name": claims.FamilyName, "locale": claims.Locale, "zoneinfo": claims.Zoneinfo,
		"email_verified": ticked(u.EmailVerified), "phone_verified": ticked(u.PhoneVerified), "version": ui.Plain(u.Version),
	}}
}

var userLabels = map[string]string{
	"username": "console.user.username", "email": "console.user.email", "phone_number": "console.user.phone",
	"name": "console.user.full_name", "given_name": "console.user.given_name", "family_name": "console.user.family_name",
	"locale": "console.user.locale", "zoneinfo": "console.user.zoneinfo",
	"email_verified": "console.user.email_verified", "phone_verified": "console.user.phone_verified",
}

func (c *Console) userCredentials(v *visit) error {
	u, err := c.user(v, "credentials")
	if err != nil {
		return err
	}
	has, err := c.Passwords.Has(v.ctx, v.in, u.Row.ID)
	if err != nil {
		return err
	}
	return v.show(views.UserCredentials(c.userShell(v, u), views.Credentials{User: u, Password: has}))
}
