package console

import (
	"github.com/a-h/templ"

	"gatehouse/reason"
	views "gatehouse/views/console"
)

// face is the page of a refusal: denied, missing, wrong or failed, each with
// what to do next.
func (c *Console) face(v *visit, e *reason.Error) templ.Component {
	icon, title, help, reference := "alert-triangle", "console.failed.title", "", ""
	text := v.say.User(string(e.Code))
	switch e.Meaning().Kind {
	case reason.Forbidden:
		icon, title = "shield-lock", "console.denied.title"
		if e.Code == reason.AccessDenied {
			text = v.t("console.denied.help")
		}
	case reason.NotFound:
		if e.Code == reason.AccessSetupUsed {
			return views.TroublePlain(v.t("console.setup"), v.theme(), "key", v.t("console.setup.used"), "", "")
		}
		icon, title, text = "map-pin", "console.missing.title", v.t("console.missing.help")
	case reason.Internal, reason.Unavailable:
		help, reference = v.t("console.failed.help"), v.r.RequestID
	case reason.Invalid, reason.Conflict, reason.Throttled, reason.Unauthorized:
	}
	if v.me == nil {
		return views.TroublePlain(v.t(title), v.theme(), icon, text, help, reference)
	}
	return views.Trouble(c.shell(v, v.t(title), ""), icon, text, help, reference)
}

// fixes are the ways to mend a refusal that the administrator may go.
func (v *visit) fixes(code reason.Code, userID, applicationID string) []views.Fix {
	rights := may(v)
	var all []views.Fix
	for _, name := range reason.Of(code).Fixes {
		f, permission := v.fix(name, userID, applicationID)
		if f.URL != "" && rights[permission] {
			all = append(all, f)
		}
	}
	return all
}

// fix is where a named mend is done, and the permission that it needs.
func (v *visit) fix(name, userID, applicationID string) (views.Fix, string) {
	f := views.Fix{Name: name}
	user := func(parts ...string) string {
		if userID == "" {
			return ""
		}
		return views.At(v.tenant, append([]string{"users", userID}, parts...)...)
	}
	application := func(parts ...string) string {
		if applicationID == "" {
			return ""
		}
		return views.At(v.tenant, append([]string{"applications", applicationID}, parts...)...)
	}
	switch name {
	case "user.create":
		f.URL = views.At(v.tenant, "users", "new")
		return f, "users:write"
	case "user.enable":
		f.URL, f.Post = user("enable"), true
		return f, "users:write"
	case "user.unlock":
		f.URL, f.Post = user("unlock"), true
		return f, "users:support"
	case "user.set_password":
		f.URL = user("password")
		return f, "users:write"
	case "user.clear_throttle":
		f.URL, f.Post = user("clear"), true
		return f, "users:support"
	case "tenant.activate":
		f.URL, f.Post = views.At(v.tenant, "activate"), true
		return f, "tenants:write"
	case "application.create":
		f.URL = views.At(v.tenant, "applications", "new")
	case "application.enable":
		f.URL, f.Post = application("enable"), true
	case "application.rotate_secret":
		f.URL = application("secrets")
	default:
		f.URL = application("settings")
	}
	return f, "applications:write"
}

// missing answers for addresses that no page has.
func (c *Console) missing(*visit) error { return reason.New(reason.RequestNotFound) }
