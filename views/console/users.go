package console

import (
	"context"
	"time"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// Users is the list of a tenant's users.
type Users struct {
	List
	Rows   []models.User
	Status string
	Kind   string
}

func (u Users) statusChips(ctx context.Context) []ui.Chip {
	chips := []ui.Chip{u.chip(ui.T(ctx, "console.all"), "status", "", u.Status)}
	for _, s := range []models.UserStatus{models.UserActive, models.UserLocked, models.UserDisabled} {
		chips = append(chips, u.chip(ui.T(ctx, "console.user.status."+string(s)), "status", string(s), u.Status))
	}
	return chips
}

// User is what every tab of a user's page shows at its head.
type User struct {
	Row     models.User
	Verdict Verdict
	Tab     string
}

// Verdict says whether the user can sign in right now, and why not.
type Verdict struct {
	Can   bool
	Codes []string // reason codes, the first one decides
	Fixes []Fix
	// Unverified tells that the user has an e-mail address with which nobody can
	// sign in, since it is not verified.
	Unverified bool
}

// userTabs are the tabs in order; the first is the page itself.
var userTabs = []struct{ Name, Icon string }{
	{"timeline", "timeline-event"},
	{"attempts", "login"},
	{"profile", "id"},
	{"credentials", "key"},
	{"sessions", "device-laptop"},
	{"applications", "apps"},
}

func (u User) tabs(ctx context.Context, t *models.Tenant) []ui.Tab {
	tabs := make([]ui.Tab, 0, len(userTabs))
	for i, tab := range userTabs {
		at := At(t, "users", u.Row.ID, tab.Name)
		if i == 0 {
			at = At(t, "users", u.Row.ID)
		}
		tabs = append(tabs, ui.Tab{Label: ui.T(ctx, "console.user.tab."+tab.Name), URL: at, Icon: tab.Icon, Active: tab.Name == u.Tab})
	}
	return tabs
}

// Session is a session with the tokens that hang on it.
type Session struct {
	Row      models.Session
	Live     bool
	Families []Family
	Notices  []Notice // which applications were to hear of its end
}

// Family is a family of tokens and the application that holds it.
type Family struct {
	Row             models.Family
	ApplicationName string
	Live            bool
}

// Consent is what the user allowed an application.
type Consent struct {
	Row             models.Consent
	ApplicationName string
}

// UserDeed is a page that asks before something weighty is done to a user.
type UserDeed struct {
	User
	Name     string // lock, disable, password, revoke, delete
	Form     ui.Form
	Sessions int
	Families int
	Minimum  int // characters of a new password
}

// Profile is the tab on which a user's data is changed.
type Profile struct {
	User
	Form  ui.Form
	Stale *Stale
}

// Stale is what somebody else saved meanwhile: both sides are shown.
type Stale struct {
	At     time.Time
	Fields []Conflict
}

// Conflict is a field that differs between what is stored and what was typed.
type Conflict struct{ Label, Theirs, Yours string }

// Credentials is the tab that shows by what a user can prove himself.
type Credentials struct {
	User
	Password  bool
	ChangedAt time.Time
}
