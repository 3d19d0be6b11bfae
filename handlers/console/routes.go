package console

import (
	"gatehouse/identity/access"
)

// scope says what a route is about.
type scope int

const (
	public     scope = iota // anybody: sign-in and the first run
	anyone                  // every administrator
	deployment              // the permission is needed in the system tenant
	tenant                  // the permission is needed in the tenant of the address
)

// route is one line of the table below.
type route struct {
	method, path string
	scope        scope
	permission   access.Permission
	handle       func(*visit) error
	upload       bool // takes a form with a picture
}

// guarded reports whether serve itself looks for the token against forgery, so
// that no handler can forget to (R113). Forms with a picture are read once, by
// their handler; those before the sign-in have an answer of their own.
func (r route) guarded() bool { return r.method == "POST" && r.scope != public && !r.upload }

// table is everything that the console answers (R6: each with the permission
// that it needs).
func (c *Console) table() []route {
	all := c.publicRoutes()
	all = append(all, c.deploymentRoutes()...)
	all = append(all, c.tenantRoutes()...)
	all = append(all, c.userRoutes()...)
	all = append(all, c.applicationRoutes()...)
	return append(all, route{"GET", "/*", anyone, "", c.missing, false})
}

func (c *Console) publicRoutes() []route {
	return []route{
		{"GET", "/sign-in", public, "", c.signIn, false},
		{"POST", "/sign-in", public, "", c.signInPost, false},
		{"GET", "/setup", public, "", c.setup, false},
		{"POST", "/setup", public, "", c.setupPost, false},
		{"POST", "/preferences", public, "", c.preferences, false},
	}
}

func (c *Console) deploymentRoutes() []route {
	return []route{
		{"GET", "/", anyone, "", c.home, false},
		{"POST", "/sign-out", anyone, "", c.signOut, false},
		{"GET", "/search", anyone, "", c.search, false},
		{"GET", "/switch", anyone, "", c.switchTenant, false},
		{"GET", "/setup/url", anyone, "", c.setupURL, false},
		{"GET", "/setup/tenant", deployment, access.TenantsWrite, c.setupTenant, false},
		{"POST", "/setup/tenant", deployment, access.TenantsWrite, c.setupTenantPost, true},
		{"GET", "/tenants", anyone, "", c.tenants, false},
		{"GET", "/tenants/new", deployment, access.TenantsWrite, c.tenantNew, false},
		{"POST", "/tenants/new", deployment, access.TenantsWrite, c.tenantCreate, true},
		{"GET", "/administrators", deployment, access.AdministratorsRead, c.administrators, false},
		{"GET", "/administrators/new", deployment, access.AdministratorsWrite, c.weighty(c.administratorNew), false},
		{"POST", "/administrators/new", deployment, access.AdministratorsWrite, c.weighty(c.administratorCreate), false},
		{"POST", "/administrators/:user/roles", deployment, access.AdministratorsWrite, c.weighty(c.roleAssign), false},
		{"POST", "/administrators/roles/:role/remove", deployment, access.AdministratorsWrite, c.weighty(c.roleRemove), false},
	}
}

func (c *Console) tenantRoutes() []route {
	return []route{
		{"GET", "/t/:tenant", tenant, access.TenantsRead, c.dashboard, false},
		{"GET", "/t/:tenant/search", tenant, access.TenantsRead, c.search, false},
		{"GET", "/t/:tenant/setup/application", tenant, access.ApplicationsWrite, c.setupApplication, false},
		{"POST", "/t/:tenant/setup/application", tenant, access.ApplicationsWrite, c.setupApplicationPost, false},
		{"GET", "/t/:tenant/setup/done/:application", tenant, access.ApplicationsRead, c.setupDone, false},
		{"GET", "/t/:tenant/attempts", tenant, access.AttemptsRead, c.attempts, false},
		{"GET", "/t/:tenant/attempts/:attempt", tenant, access.AttemptsRead, c.attempt, false},
		{"GET", "/t/:tenant/audit", tenant, access.EventsRead, c.audit, false},
		{"POST", "/t/:tenant/audit/verify", tenant, access.EventsRead, c.auditVerify, false},
		{"POST", "/t/:tenant/audit/export", tenant, access.EventsRead, c.auditExport, false},
		{"GET", "/t/:tenant/branding", tenant, access.BrandingRead, c.branding, false},
		{"POST", "/t/:tenant/branding", tenant, access.BrandingWrite, c.brandingPost, true},
		{"GET", "/t/:tenant/branding/preview", tenant, access.BrandingRead, c.brandingPreview, false},
		{"GET", "/t/:tenant/branding/preview.css", tenant, access.BrandingRead, c.brandingStylesheet, false},
		{"GET", "/t/:tenant/branding/logo/:image", tenant, access.BrandingRead, c.brandingLogo, false},
		{"GET", "/t/:tenant/clients", tenant, access.APIClientsRead, c.clients, false},
		{"GET", "/t/:tenant/apis", tenant, access.ApplicationsRead, c.resources, false},
		{"GET", "/t/:tenant/apis/new", tenant, access.ApplicationsWrite, c.resourceNew, false},
		{"POST", "/t/:tenant/apis/new", tenant, access.ApplicationsWrite, c.resourceCreate, false},
		{"GET", "/t/:tenant/apis/:resource", tenant, access.ApplicationsRead, c.resource, false},
		{"GET", "/t/:tenant/apis/:resource/settings", tenant, access.ApplicationsRead, c.resourceSettings, false},
		{"POST", "/t/:tenant/apis/:resource/settings", tenant, access.ApplicationsWrite, c.resourcePost, false},
		{"GET", "/t/:tenant/apis/:resource/delete", tenant, access.ApplicationsWrite, c.weighty(c.resourceAsk), false},
		{"POST", "/t/:tenant/apis/:resource/delete", tenant, access.ApplicationsWrite, c.weighty(c.resourceDelete), false},
		{"GET", "/t/:tenant/claims", tenant, access.ApplicationsRead, c.claimRules, false},
		{"GET", "/t/:tenant/claims/new", tenant, access.ApplicationsWrite, c.claimRuleNew, false},
		{"POST", "/t/:tenant/claims/new", tenant, access.ApplicationsWrite, c.claimRuleCreate, false},
		{"GET", "/t/:tenant/claims/preview", tenant, access.ApplicationsWrite, c.claimRuleNew, false},
		{"POST", "/t/:tenant/claims/preview", tenant, access.ApplicationsWrite, c.claimPreview, false},
		{"GET", "/t/:tenant/claims/:rule", tenant, access.ApplicationsRead, c.claimRule, false},
		{"POST", "/t/:tenant/claims/:rule", tenant, access.ApplicationsWrite, c.claimRulePost, false},
		{"POST", "/t/:tenant/claims/:rule/delete", tenant, access.ApplicationsWrite, c.claimRuleDelete, false},
		{"GET", "/t/:tenant/settings", tenant, access.TenantsRead, c.settings, false},
		{"POST", "/t/:tenant/settings", tenant, access.TenantsWrite, c.settingsPost, false},
		{"GET", "/t/:tenant/registration", tenant, access.ApplicationsRead, c.registration, false},
		{"POST", "/t/:tenant/registration", tenant, access.TenantsWrite, c.weighty(c.registrationPost), false},
		{"POST", "/t/:tenant/registration/tokens", tenant, access.ApplicationsWrite, c.weighty(c.initialTokenAdd), false},
		{"POST", "/t/:tenant/registration/tokens/:token/revoke", tenant, access.ApplicationsWrite, c.initialTokenRevoke, false},
		{"GET", "/t/:tenant/suspend", tenant, access.TenantsWrite, c.tenantAsk("suspend"), false},
		{"POST", "/t/:tenant/suspend", tenant, access.TenantsWrite, c.tenantSuspend, false},
		{"GET", "/t/:tenant/revoke", tenant, access.TenantsWrite, c.weighty(c.tenantAsk("revoke")), false},
		{"POST", "/t/:tenant/revoke", tenant, access.TenantsWrite, c.weighty(c.tenantRevoke), false},
		{"POST", "/t/:tenant/activate", tenant, access.TenantsWrite, c.activate, false},
		{"POST", "/t/:tenant/domains", tenant, access.TenantsWrite, c.domainAdd, false},
		{"POST", "/t/:tenant/domains/:domain/verify", tenant, access.TenantsWrite, c.domainVerify, false},
		{"POST", "/t/:tenant/domains/:domain/remove", tenant, access.TenantsWrite, c.domainRemove, false},
	}
}

func (c *Console) userRoutes() []route {
	const one = "/t/:tenant/users/:user"
	return []route{
		{"GET", "/t/:tenant/users", tenant, access.UsersRead, c.users, false},
		{"GET", "/t/:tenant/users/new", tenant, access.UsersWrite, c.userNew, false},
		{"POST", "/t/:tenant/users/new", tenant, access.UsersWrite, c.userCreate, false},
		{"GET", one, tenant, access.UsersRead, c.userTimeline, false},
		{"GET", one + "/attempts", tenant, access.UsersRead, c.userAttempts, false},
		{"GET", one + "/profile", tenant, access.UsersRead, c.userProfile, false},
		{"POST", one + "/profile", tenant, access.UsersWrite, c.userProfilePost, false},
		{"GET", one + "/credentials", tenant, access.UsersRead, c.userCredentials, false},
		{"GET", one + "/sessions", tenant, access.UsersRead, c.userSessions, false},
		{"GET", one + "/applications", tenant, access.UsersRead, c.userApplications, false},
		{"POST", one + "/sessions/:session/end", tenant, access.SessionsWrite, c.sessionEnd, false},
		{"POST", one + "/consents/:application/revoke", tenant, access.UsersSupport, c.consentRevoke, false},
		{"GET", one + "/lock", tenant, access.UsersSupport, c.ask("lock"), false},
		{"POST", one + "/lock", tenant, access.UsersSupport, c.userLock, false},
		{"POST", one + "/unlock", tenant, access.UsersSupport, c.userUnlock, false},
		{"GET", one + "/disable", tenant, access.UsersWrite, c.ask("disable"), false},
		{"POST", one + "/disable", tenant, access.UsersWrite, c.userDisable, false},
		{"POST", one + "/enable", tenant, access.UsersWrite, c.userEnable, false},
		{"GET", one + "/password", tenant, access.UsersWrite, c.weighty(c.ask("password")), false},
		{"POST", one + "/password", tenant, access.UsersWrite, c.weighty(c.userPassword), false},
		{"GET", one + "/revoke", tenant, access.UsersSupport, c.ask("revoke"), false},
		{"POST", one + "/revoke", tenant, access.UsersSupport, c.userRevoke, false},
		{"POST", one + "/clear", tenant, access.UsersSupport, c.userClear, false},
		{"GET", one + "/delete", tenant, access.UsersWrite, c.weighty(c.ask("delete")), false},
		{"POST", one + "/delete", tenant, access.UsersWrite, c.weighty(c.userDelete), false},
	}
}

func (c *Console) applicationRoutes() []route {
	const one = "/t/:tenant/applications/:application"
	return []route{
		{"GET", "/t/:tenant/applications", tenant, access.ApplicationsRead, c.applications, false},
		{"GET", "/t/:tenant/applications/new", tenant, access.ApplicationsWrite, c.applicationNew, false},
		{"POST", "/t/:tenant/applications/new", tenant, access.ApplicationsWrite, c.applicationCreate, false},
		{"GET", one, tenant, access.ApplicationsRead, c.applicationOverview, false},
		{"GET", one + "/try", tenant, access.ApplicationsRead, c.applicationTry, false},
		{"POST", one + "/try", tenant, access.ApplicationsRead, c.applicationTryDevice, false},
		{"GET", one + "/device", tenant, access.ApplicationsRead, c.applicationDevice, false},
		{"GET", one + "/settings", tenant, access.ApplicationsRead, c.applicationSettings, false},
		{"POST", one + "/settings", tenant, access.ApplicationsWrite, c.applicationSettingsPost, false},
		{"GET", one + "/logouts", tenant, access.SessionsRead, c.applicationLogouts, false},
		{"POST", one + "/logouts/:notice/retry", tenant, access.SessionsWrite, c.logoutRetry, false},
		{"GET", one + "/protocol", tenant, access.ApplicationsRead, c.applicationProtocol, false},
		{"POST", one + "/protocol", tenant, access.ApplicationsWrite, c.applicationProtocolPost, false},
		{"POST", one + "/redirect", tenant, access.ApplicationsWrite, c.applicationRedirect, false},
		{"GET", one + "/secrets", tenant, access.ApplicationsRead, c.applicationSecrets, false},
		{"POST", one + "/secrets", tenant, access.ApplicationsWrite, c.weighty(c.secretAdd), false},
		{"POST", one + "/secrets/:secret/remove", tenant, access.ApplicationsWrite, c.weighty(c.secretRemove), false},
		{"GET", one + "/activity", tenant, access.EventsRead, c.applicationActivity, false},
		{"GET", one + "/danger", tenant, access.ApplicationsWrite, c.applicationDanger, false},
		{"POST", one + "/disable", tenant, access.ApplicationsWrite, c.applicationDisable, false},
		{"POST", one + "/enable", tenant, access.ApplicationsWrite, c.applicationEnable, false},
		{"POST", one + "/revoke", tenant, access.ApplicationsWrite, c.weighty(c.applicationRevoke), false},
		{"POST", one + "/delete", tenant, access.ApplicationsWrite, c.weighty(c.applicationDelete), false},
		{"GET", one + "/api", tenant, access.APIClientsRead, c.applicationAPI, false},
		{"POST", one + "/api", tenant, access.APIClientsWrite, c.weighty(c.applicationAPIPost), false},
		{"POST", one + "/api/remove", tenant, access.APIClientsWrite, c.weighty(c.applicationAPIRemove), false},
	}
}
