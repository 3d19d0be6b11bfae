package console

import (
	"gatehouse/identity/sessions"
	"gatehouse/internal/page"
	"gatehouse/reason"
	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

// ask draws the page that asks before a weighty deed.
func (c *Console) ask(name string) func(*visit) error {
	return func(v *visit) error { return c.drawAsk(v, name, ui.Form{}, nil) }
}

// drawAsk says in numbers what the deed touches.
func (c *Console) drawAsk(v *visit, name string, f ui.Form, err error) error {
	if err != nil && len(f.Errors) == 0 && !wrong(v.say, &f, err) {
		return err
	}
	u, readErr := c.user(v, "")
	if readErr != nil {
		return readErr
	}
	d := views.UserDeed{User: u, Name: name, Form: f, Minimum: v.tenant.Settings.V.MinPassword()}
	live, readErr := c.Sessions.List(v.ctx, v.in, sessions.Filter{UserID: u.Row.ID, Live: true}, page.Request{Limit: page.MaxLimit})
	if readErr != nil {
		return readErr
	}
	d.Sessions = len(live.Items)
	families, readErr := c.Tokens.FamiliesOf(v.ctx, v.in, u.Row.ID, page.Request{Limit: page.MaxLimit})
	if readErr != nil {
		return readErr
	}
	now := c.Now()
	for i := range families {
		if families[i].RevokedAt.IsZero() && now.Before(families[i].ExpiresAt.Time) {
			d.Families++
		}
	}
	return v.showForm(views.UserDeedPage(c.shell(v, v.t("console.user."+name), "users"), d), err)
}

// deed does something to the user of the address and says so on his page.
func (c *Console) deed(v *visit, name, said string, do func(id, why string) error) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if err := do(v.param("user"), form.Get("why")); err != nil {
		return c.drawAsk(v, name, formOf(form), err)
	}
	return v.done(said, views.At(v.tenant, "users", v.param("user")))
}

func (c *Console) userLock(v *visit) error {
	return c.deed(v, "lock", "user.locked", func(id, why string) error {
		_, err := c.Users.Lock(v.ctx, v.in, id, why)
		return err
	})
}

func (c *Console) userUnlock(v *visit) error {
	return c.deed(v, "unlock", "user.unlocked", func(id, why string) error {
		_, err := c.Users.Unlock(v.ctx, v.in, id, why)
		return err
	})
}

func (c *Console) userDisable(v *visit) error {
	return c.deed(v, "disable", "user.disabled", func(id, why string) error {
		_, err := c.Users.Disable(v.ctx, v.in, id, why)
		return err
	})
}

func (c *Console) userEnable(v *visit) error {
	return c.deed(v, "enable", "user.enabled", func(id, why string) error {
		_, err := c.Users.Enable(v.ctx, v.in, id, why)
		return err
	})
}

func (c *Console) userRevoke(v *visit) error {
	return c.deed(v, "revoke", "user.revoked", func(id, why string) error { return c.Users.EndSessions(v.ctx, v.in, id, why) })
}

func (c *Console) userClear(v *visit) error {
	return c.deed(v, "unlock", "user.cleared", func(id, _ string) error { return c.Users.ClearThrottle(v.ctx, v.in, id) })
}

func (c *Console) userPassword(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if !form.Has("password") {
		err = reason.New(reason.InputInvalid).On("password", reason.InputRequired, "")
	} else {
		err = c.Users.SetPassword(v.ctx, v.in, v.param("user"), form.Get("password"), form.Get("why"))
	}
	if err != nil {
		return c.drawAsk(v, "password", formOf(form), err)
	}
	return v.done("user.password", views.At(v.tenant, "users", v.param("user")))
}

func (c *Console) userDelete(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	u, err := c.Users.ByID(v.ctx, v.in, v.param("user"))
	if err != nil {
		return err
	}
	if form.Get("confirm") != u.Username {
		f := v.mismatch()
		f.Values["why"] = form.Get("why")
		return c.drawAsk(v, "delete", f, reason.New(reason.InputInvalid))
	}
	if err := c.Users.Delete(v.ctx, v.in, u.ID, form.Get("why")); err != nil {
		return c.drawAsk(v, "delete", formOf(form), err)
	}
	return v.done("user.deleted", views.At(v.tenant, "users"))
}
