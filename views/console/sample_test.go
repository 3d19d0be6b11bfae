package console_test

import (
	"time"

	"github.com/a-h/templ"

	"gatehouse/journeys/prompt"
	"gatehouse/models"
	"gatehouse/views/console"
	"gatehouse/views/ui"
)

var noon = time.Date(2026, 11, 20, 12, 4, 5, 0, time.UTC)

func at(ago time.Duration) models.Time { return models.At(noon.Add(-ago)) }

var (
	acme = models.Tenant{
		Owned: models.Owned{TenantID: "0199f0a0-0000-7000-8000-000000000001"}, Name: "acme", DisplayName: "Acme",
		DefaultLocale: "en", Status: models.TenantActive, CreatedAt: at(90 * time.Hour),
	}
	ada = models.User{
		ID: "0199f0a1-8c2e-7a41-9d3f-2f6b1c0a7e55", Username: "ada", Kind: models.UserLocal, Status: models.UserActive,
		Email: "ada@example.com", EmailVerified: true, CreatedAt: at(50 * time.Hour),
		Claims: models.AsJSON(models.Claims{GivenName: "Ada", FamilyName: "Lovelace"}),
	}
	grace = models.User{
		ID: "0199f0a1-8c2e-7a41-9d3f-2f6b1c0a7e56", Username: "grace", Kind: models.UserLocal, Status: models.UserLocked,
		Email: "grace@example.com", CreatedAt: at(40 * time.Hour), Claims: models.AsJSON(models.Claims{Name: "Grace Hopper"}),
	}
	portal = models.Application{
		ID: "0199f0a2-1111-7a41-9d3f-2f6b1c0a7e57", Name: "portal", ClientID: "portal", Type: models.TypeWeb, DisplayName: "Customer portal",
		Status: models.ApplicationActive, RedirectURIs: models.AsJSON([]string{"https://portal.acme.example/callback"}),
		AuthMethod: models.AuthBasic, Scope: "openid profile email offline_access", FirstParty: true, Version: 3, IDTokenAlg: "ES256",
	}
	robot = models.Application{
		ID: "0199f0a2-1111-7a41-9d3f-2f6b1c0a7e58", Name: "robot", ClientID: "robot", Type: models.TypeService, DisplayName: "Night job",
		Status: models.ApplicationDisabled, AuthMethod: models.AuthBasic, Scope: "reports",
	}
)

const base = "http://localhost:8080/t/acme"

func everything() map[string]bool {
	may := map[string]bool{}
	for _, p := range []string{
		"tenants", "users", "applications", "branding", "sessions", "events", "attempts", "administrators", "api_clients",
	} {
		may[p+":read"], may[p+":write"] = true, true
	}
	may["users:support"] = true
	return may
}

func shell(title, section string) console.Shell {
	return console.Shell{
		Title: title, Section: section, Tenant: &acme, Colour: "#b4235a", May: everything(),
		Me: console.Me{Name: "Olivia Owner", Email: "olivia@example.com", Roles: "Owner"},
	}
}

func deployment(title, section string) console.Shell {
	s := shell(title, section)
	s.Tenant = nil
	return s
}

func attempt(reason string, steps ...models.AttemptStep) console.AttemptCard {
	a := console.AttemptCard{UserName: "Ada Lovelace", ApplicationName: "Customer portal", Row: models.Attempt{
		ID: "0199f0a3-1111-7a41-9d3f-2f6b1c0a7e59", Reference: "7K4-Q2M", Kind: "sign_in", At: at(time.Hour), DurationMicros: 84_000,
		UserID: ada.ID, ApplicationID: portal.ID, ClientID: "portal", Outcome: "success", IP: "192.0.2.7", RequestID: "0199f0a3-req",
		UserAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0", Steps: models.AsJSON(steps),
	}}
	if reason != "" {
		a.Row.Outcome, a.Row.Reason = "failure", reason
		a.Fixes = []console.Fix{{Name: "user.set_password", URL: "/console/t/acme/users/x/password"}}
	}
	return a
}

func attempts() []console.AttemptCard {
	unknown := attempt("identifier.unknown", models.AttemptStep{Step: "identifier", Verdict: "failed", Reason: "identifier.unknown"})
	unknown.UserName, unknown.Row.UserID, unknown.Row.IdentifierClass, unknown.Fixes = "", "", "email", nil
	return []console.AttemptCard{
		attempt("", models.AttemptStep{Step: "identifier", Verdict: "passed", Micros: 900}, models.AttemptStep{Step: "password", Verdict: "passed", Micros: 61_000}, models.AttemptStep{Step: "session", Verdict: "passed", Micros: 2100}),
		attempt("cred.password_wrong", models.AttemptStep{Step: "identifier", Verdict: "passed", Micros: 900}, models.AttemptStep{Step: "password", Verdict: "failed", Reason: "cred.password_wrong", Micros: 58_000}),
		unknown,
	}
}

func events() console.Events {
	row := func(action, outcome, reason string, ago time.Duration) console.Event {
		return console.Event{Number: 41, EventFields: models.EventFields{
			At: at(ago), Action: action, Outcome: outcome, Reason: reason, ActorType: "administrator", ActorName: "Olivia Owner",
			Via: "console", TargetType: "user", TargetName: "ada", IP: "192.0.2.1", RequestID: "0199f0a3-req",
		}}
	}
	changed := row("user.updated", "success", "", 3*time.Hour)
	changed.Changes = []console.Change{{Field: "username", Before: "adal", After: "ada"}}
	failed := row("sign_in.failed", "failure", "cred.password_wrong", time.Hour)
	failed.ActorName, failed.ActorType, failed.Via, failed.AttemptID = "ada", "user", "hosted", "0199f0a3-1111-7a41-9d3f-2f6b1c0a7e59"
	return console.Events{List: console.List{Path: "/console/t/acme/audit", At: "/console/t/acme/audit"}, Rows: []console.Event{
		row("sign_in.succeeded", "success", "", time.Minute), failed, changed, row("user.created", "success", "", 50*time.Hour),
	}}
}

func user(tab string) console.User {
	return console.User{Row: ada, Tab: tab, Verdict: console.Verdict{Can: true}}
}

func lockedUser() console.User {
	return console.User{Row: grace, Tab: "timeline", Verdict: console.Verdict{
		Codes: []string{"user.locked"}, Fixes: []console.Fix{{Name: "user.unlock", URL: "/console/t/acme/users/x/unlock", Post: true}},
	}}
}

func app(tab string) console.Application {
	return console.Application{Row: portal, Tab: tab, Base: base}
}

func dashboard() console.Dashboard {
	d := console.Dashboard{
		Now: console.Week{Succeeded: 1284, Failed: 96, Users: 402}, Before: console.Week{Succeeded: 1190, Failed: 131, Users: 377},
		Users: 402, NewUsers: 18,
		Reasons: []console.ReasonCount{{Reason: "cred.password_wrong", Count: 61}, {Reason: "identifier.unknown", Count: 22}, {Reason: "user.locked", Count: 4}},
		Funnel:  []console.Stage{{Name: "started", Count: 1460}, {Name: "identified", Count: 1410}, {Name: "authenticated", Count: 1284}, {Name: "consent", Count: 1281}, {Name: "token", Count: 1279}},
		Checklist: []console.Task{
			{Name: "branding", URL: "/console/t/acme/branding", Done: true},
			{Name: "application", URL: "/x", Done: true},
			{Name: "user", URL: "/x", Done: true},
			{Name: "sign_in", URL: "/x", Done: true},
			{Name: "domain", URL: "/console/t/acme/settings"},
		},
	}
	for i, n := range []int64{160, 210, 190, 240, 235, 130, 119} {
		d.Days = append(d.Days, console.Day{Label: noon.AddDate(0, 0, i-6).Format("02.01."), Succeeded: n, Failed: n / 12})
	}
	return d
}

func signIn() console.SignIn {
	return console.SignIn{Action: "/console/sign-in?executionId=x", Prompt: prompt.Prompt{
		Step: "sign_in",
		Inputs: []prompt.Input{
			{Ref: "identifier", Name: "username", Type: prompt.TextInput, Purpose: prompt.ForUsername, Required: true, Label: "console.user.email"},
			{Ref: "password", Name: "password", Type: prompt.PasswordInput, Purpose: prompt.ForCurrentPassword, Required: true, Label: "console.credential.password"},
		},
		Actions: []prompt.Action{{Ref: "submit", Event: prompt.Submit, Primary: true, Label: "console.sign_in"}},
		Error:   "cred.password_wrong", Reference: "7K4-Q2M",
	}}
}

func brandingPage() console.Branding {
	return console.Branding{
		Form: ui.Form{Values: map[string]string{"version": "1"}}, Preview: "/preview.html",
		Tokens: []console.Token{
			{Name: "brand", Kind: "colour", Default: "#b4235a"},
			{Name: "on-brand", Kind: "colour", Default: "#ffffff"},
			{Name: "page", Kind: "colour", Default: "#f3f4f7"},
			{Name: "brand-dark", Kind: "colour", Default: "#9db7ff"},
			{Name: "radius", Kind: "length", Default: "10px"},
			{Name: "font", Kind: "choice", Default: "system", Choices: []string{"classic", "system"}},
		},
		Contrast: []console.Contrast{{Foreground: "muted", Background: "page", Ratio: "3.1", Wanted: "4.5", Fix: "#565c68", Token: "muted"}},
	}
}

// pages are all pages with something on them.
func pages() map[string]templ.Component {
	list := func(path string) console.List {
		return console.List{Path: path, At: path, Count: 2, Next: path + "?after=x"}
	}
	secretive := app("overview")
	secretive.Secret = "gts_7d1kM0r9cVQ2n4xWb8sYt3aLpZfGhJkEuTiOqRyXwAc"
	refused := attempt("oauth.redirect_uri")
	refused.Row.Kind = "authorize"
	overview := console.Overview{Application: app("overview"), TryURL: "/console/t/acme/try", Refused: []console.Refused{{
		AttemptCard: refused, Sent: "https://portal.acme.example/cb", Registered: portal.RedirectURIs.V, Redirect: "https://portal.acme.example/cb",
	}}, Profile: "web", Findings: []console.Score{
		{Rule: "pkce", Met: true, Must: true, Setting: "settings"},
		{Rule: "https", Must: true, Setting: "settings"},
		{Rule: "keys", Setting: "settings"},
		{Rule: "pushed", Met: true, Setting: "protocol"},
	}}
	options := console.ApplicationOptions{ApplicationForm: console.ApplicationForm{Application: app("protocol"), Form: ui.Form{
		Values: map[string]string{"contacts": "ops@acme.example", "jwks": "{}", "default_max_age": "300", "require_auth_time": "yes"},
		Errors: map[string]string{"jwks_uri": "https is needed"},
	}}}
	return map[string]templ.Component{
		"dashboard":            console.DashboardPage(shell("Dashboard", "dashboard"), dashboard()),
		"dashboard-empty":      console.DashboardPage(shell("Dashboard", "dashboard"), console.Dashboard{}),
		"users":                console.UsersPage(shell("Users", "users"), console.Users{List: list("/console/t/acme/users"), Rows: []models.User{ada, grace}}),
		"users-empty":          console.UsersPage(shell("Users", "users"), console.Users{List: console.List{At: "/console/t/acme/users"}}),
		"users-none":           console.UsersPage(shell("Users", "users"), console.Users{List: console.List{At: "/console/t/acme/users?q=x", Path: "/console/t/acme/users", Query: "x"}}),
		"user-new":             console.UserNew(shell("New user", "users"), ui.Form{Values: map[string]string{"username": "ada"}, Errors: map[string]string{"username": "Taken"}}, 15),
		"user":                 console.UserTimeline(shell("Ada", "users"), user("timeline"), events()),
		"user-locked":          console.UserTimeline(shell("Grace", "users"), lockedUser(), events()),
		"user-attempts":        console.UserAttempts(shell("Ada", "users"), user("attempts"), attempts(), console.List{}),
		"user-profile":         console.UserProfile(shell("Ada", "users"), console.Profile{User: user("profile"), Stale: &console.Stale{At: noon, Fields: []console.Conflict{{Label: "E-mail", Theirs: "a@example.com", Yours: "b@example.com"}}}}),
		"user-credentials":     console.UserCredentials(shell("Ada", "users"), console.Credentials{User: user("credentials"), Password: true}),
		"user-sessions":        console.UserSessions(shell("Ada", "users"), user("sessions"), []console.Session{{Row: models.Session{ID: "0199f0a5", IP: "192.0.2.7", UserAgent: "Firefox/130 Windows", CreatedAt: at(time.Hour), LastSeenAt: at(time.Minute)}, Live: true, Families: []console.Family{{ApplicationName: "Customer portal", Live: true, Row: models.Family{Scope: "openid email", RotatedAt: at(time.Minute)}}}}}, []console.Family{{ApplicationName: "Phone"}}, console.List{}),
		"user-applications":    console.UserApplications(shell("Ada", "users"), user("applications"), []console.Consent{{ApplicationName: "Shop", Row: models.Consent{Scopes: models.AsJSON([]string{"openid"})}}}, console.List{}),
		"user-lock":            console.UserDeedPage(shell("Lock", "users"), console.UserDeed{User: user(""), Name: "lock", Sessions: 2, Families: 1}),
		"user-delete":          console.UserDeedPage(shell("Delete user", "users"), console.UserDeed{User: user(""), Name: "delete", Sessions: 2, Families: 1}),
		"user-password":        console.UserDeedPage(shell("Set password", "users"), console.UserDeed{User: user(""), Name: "password", Minimum: 15}),
		"attempts":             console.AttemptsPage(shell("Attempts", "attempts"), console.Attempts{List: list("/console/t/acme/attempts"), Rows: attempts(), Reason: "cred.password_wrong"}),
		"attempt":              console.AttemptPage(shell("Attempt 7K4-Q2M", "attempts"), attempts()[1]),
		"audit":                console.AuditPage(shell("Audit", "audit"), console.Audit{Events: events(), Sealed: 41}),
		"audit-verified":       console.AuditPage(shell("Audit", "audit"), console.Audit{Events: events(), Chain: &console.Chain{OK: true, Checked: 41}}),
		"applications":         console.ApplicationsPage(shell("Applications", "applications"), console.Applications{List: list("/console/t/acme/applications"), Rows: []models.Application{portal, robot}}),
		"applications-empty":   console.ApplicationsPage(shell("Applications", "applications"), console.Applications{}),
		"application-gallery":  console.ApplicationNew(shell("New application", "applications"), console.NewApplication{Action: "/console/t/acme/applications/new"}),
		"application-new":      console.ApplicationNew(shell("New application", "applications"), console.NewApplication{Type: models.TypeWeb}),
		"application":          console.ApplicationOverview(shell("Portal", "applications"), overview),
		"application-secret":   console.ApplicationOverview(shell("Portal", "applications"), console.Overview{Application: secretive, Signed: true, TryURL: "/x", Profile: "fapi2_security", Findings: []console.Score{{Rule: "bound", Met: true}}}),
		"application-protocol": console.ApplicationProtocol(shell("Portal", "applications"), options),
		"application-settings": console.ApplicationSettings(shell("Portal", "applications"), console.ApplicationForm{Application: app("settings"), Form: ui.Form{Values: map[string]string{"grant.authorization_code": "yes", "display_name": "Customer portal"}}}),
		"application-secrets":  console.ApplicationSecrets(shell("Portal", "applications"), console.Secrets{Application: app("secrets"), Rows: []models.Secret{{ID: "s", Hint: "yXwA", CreatedAt: at(time.Hour)}}}),
		"application-logouts": console.ApplicationLogouts(shell("Portal", "applications"), app("logouts"), []console.Notice{
			{Row: models.LogoutNotice{ID: "1", SessionID: "0199f0a5", Channel: models.LogoutBack, Why: "sign_out", Status: models.LogoutWaiting, Attempts: 2, Answer: 503, Reason: "logout.answer", Address: "https://rp.example/logout", CreatedAt: at(time.Hour), NextAt: at(-time.Hour)}},
			{Row: models.LogoutNotice{ID: "2", SessionID: "0199f0a5", Channel: models.LogoutFront, Why: "user_locked", Status: models.LogoutUnshown, CreatedAt: at(time.Hour)}},
		}, console.List{}),
		"application-logouts-empty": console.ApplicationLogouts(shell("Portal", "applications"), app("logouts"), nil, console.List{}),
		"application-activity":      console.ApplicationActivity(shell("Portal", "applications"), app("activity"), events()),
		"application-danger":        console.ApplicationDanger(shell("Portal", "applications"), app("danger"), 3, ui.Form{}),
		"application-api": console.ApplicationAPI(shell("Robot", "applications"), console.APIAccess{
			Application: console.Application{Row: robot, Tab: "api", Base: base}, Exists: true, Owner: "Olivia",
			Permissions: []ui.Option{{Value: "users:read", Label: "users:read", Chosen: true}, {Value: "users:write", Label: "users:write"}},
		}),
		"clients":       console.ClientsPage(shell("API clients", "clients"), console.Clients{Rows: []console.Client{{Owner: "Olivia", Row: models.APIClient{Name: "robot", Permissions: models.AsJSON([]string{"users:read"})}}}}),
		"clients-empty": console.ClientsPage(shell("API clients", "clients"), console.Clients{}),
		"branding":      console.BrandingPage(shell("Branding", "branding"), brandingPage()),
		"settings":      console.TenantSettingsPage(shell("Settings", "settings"), console.TenantSettings{Base: base, Domains: []models.Domain{{ID: "d", Host: "login.acme.example", Challenge: "abc"}, {ID: "e", Host: "id.acme.example", VerifiedAt: at(0)}}}),
		"registration": console.RegistrationPage(shell("Registration", "settings"), console.Registration{
			Endpoint: base + "/oauth2/register", Secret: "gti_secret", Now: at(0).Time, Form: ui.Form{Values: map[string]string{"registration": "token"}},
			Grants: []ui.Option{{Value: "authorization_code", Label: "authorization_code", Chosen: true}},
			Tokens: []models.InitialToken{{ID: "t", Name: "Pipeline", MaxUses: 3, Uses: 3, ExpiresAt: at(5)}, {ID: "u", Name: "Partner", Uses: 7, ExpiresAt: at(9)}},
		}),
		"tenant-suspend":    console.TenantDeedPage(shell("Suspend tenant", "settings"), console.TenantDeed{Name: "suspend", Sessions: 3, Families: 1}),
		"tenant-revoke":     console.TenantDeedPage(shell("Revoke everything", "settings"), console.TenantDeed{Name: "revoke", Sessions: console.MostCounted, Families: console.MostCounted}),
		"tenants":           console.TenantsPage(deployment("Tenants", "tenants"), console.Tenants{List: list("/console/tenants"), Rows: []console.Tenant{{Row: acme, Colour: "#b4235a", Base: base}}}),
		"tenant-new":        console.TenantNew(deployment("New tenant", "tenants"), console.NewTenant{Action: "/console/tenants/new"}),
		"switch":            console.SwitchPage(deployment("Change tenant", "tenants"), console.Tenants{Rows: []console.Tenant{{Row: acme}}}),
		"administrators":    console.AdministratorsPage(deployment("Administrators", "administrators"), console.Administrators{Mine: ada.ID, Roles: []string{"owner", "support"}, Rows: []console.Administrator{{User: ada, Roles: []console.Role{{ID: "r", Name: "owner"}, {ID: "q", Name: "support", Tenant: "Acme"}}}}}),
		"administrator-new": console.AdministratorNew(deployment("New administrator", "administrators"), console.Administrators{Roles: []string{"owner", "tenant_admin", "support", "auditor"}, Minimum: 15}),
		"search":            console.SearchPage(shell("Search", "search"), console.Search{Query: "ada", Users: []models.User{ada}, Applications: []models.Application{portal}, Attempts: attempts()[:1], Pages: shell("", "").Links()[:1]}),
		"search-none":       console.SearchPage(shell("Search", "search"), console.Search{Query: "zzz"}),
		"sign-in":           console.SignInPage(signIn()),
		"setup-admin":       console.SetupAdministrator(console.Setup{Step: "administrator"}, ui.Form{}, 15),
		"setup-url":         console.SetupURL(console.Setup{Step: "url"}, console.URLCheck{Public: "http://localhost:8080", Seen: "http://localhost:8080", Findings: []console.Finding{{Name: "match", Tone: "success"}, {Name: "local", Tone: "warning"}}}),
		"setup-tenant":      console.SetupTenant(console.Setup{Step: "tenant"}, console.NewTenant{}),
		"setup-application": console.SetupApplication(console.Setup{Step: "application"}, console.NewApplication{Action: "/console/setup/application"}, "/console"),
		"setup-done":        console.SetupWaiting(console.Setup{Step: "done"}, console.SetupDone{Tenant: &acme, Overview: console.Overview{Application: secretive, TryURL: "/x", Waiting: true}}),
		"denied":            console.Trouble(deployment("Not for you", ""), "shield-lock", "Your roles do not allow this page.", "", "0199-req"),
	}
}
