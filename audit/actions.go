package audit

import (
	"slices"

	"gatehouse/models"
)

// The actions, noun.verb in the past. They are stable: they stand in the log,
// in filters and in exports.
const (
	TenantCreated   = "tenant.created"
	TenantUpdated   = "tenant.updated"
	TenantSuspended = "tenant.suspended"
	TenantActivated = "tenant.activated"
	TenantRevoked   = "tenant.revoked" // all sessions and tokens

	DomainAdded    = "domain.added"
	DomainVerified = "domain.verified"
	DomainRemoved  = "domain.removed"

	BrandingUpdated = "branding.updated"

	ApplicationCreated       = "application.created"
	ApplicationUpdated       = "application.updated"
	ApplicationDeleted       = "application.deleted"
	ApplicationDisabled      = "application.disabled"
	ApplicationEnabled       = "application.enabled"
	ApplicationRevoked       = "application.revoked" // all its tokens
	ApplicationSecretAdded   = "application.secret_added"
	ApplicationSecretRemoved = "application.secret_removed"

	InitialTokenCreated = "initial_token.created"
	InitialTokenRevoked = "initial_token.revoked"

	ResourceCreated     = "resource.created"
	ResourceUpdated     = "resource.updated"
	ResourceDeleted     = "resource.deleted"
	ClaimRuleCreated    = "claim_rule.created"
	ClaimRuleUpdated    = "claim_rule.updated"
	ClaimRuleDeleted    = "claim_rule.deleted"
	RegistrationRefused = "registration.refused"

	UserCreated          = "user.created"
	UserUpdated          = "user.updated"
	UserDeleted          = "user.deleted"
	UserLocked           = "user.locked"
	UserUnlocked         = "user.unlocked"
	UserDisabled         = "user.disabled"
	UserEnabled          = "user.enabled"
	UserPasswordSet      = "user.password_set"
	UserPasswordRemoved  = "user.password_removed"
	UserPasswordRehashed = "user.password_rehashed"
	UserThrottleCleared  = "user.throttle_cleared"
	UserSignedOut        = "user.signed_out" // everywhere, by staff

	SessionStarted = "session.started"
	SessionEnded   = "session.ended"
	SessionChosen  = "session.chosen" // among several of a browser

	SignInSucceeded  = "sign_in.succeeded"
	SignInFailed     = "sign_in.failed"
	SignUpSucceeded  = "sign_up.succeeded" // he created his account, which began a session
	SignUpFailed     = "sign_up.failed"
	SignOutCompleted = "sign_out.completed"

	LogoutTold    = "logout.told"    // an application's server has answered
	LogoutFailed  = "logout.failed"  // nobody tries any more
	LogoutRetried = "logout.retried" // staff has it tried again

	ConsentGranted = "consent.granted"
	ConsentDenied  = "consent.denied"
	ConsentRevoked = "consent.revoked"

	DeviceAllowed = "device.allowed"
	DeviceDenied  = "device.denied"

	BackchannelAllowed  = "backchannel.allowed"
	BackchannelDenied   = "backchannel.denied"
	BackchannelNotified = "backchannel.notified"

	AuthorizeRefused = "authorize.refused"
	TokenIssued      = "token.issued"
	TokenRefreshed   = "token.refreshed"
	TokenRevoked     = "token.revoked"
	TokenRefused     = "token.refused"
	TokenReused      = "token.reused"
	CodeReused       = "code.reused"

	KeyCreated   = "key.created"
	KeyActivated = "key.activated"
	KeyRetired   = "key.retired"
	KeyRevoked   = "key.revoked"

	RoleAssigned = "role.assigned"
	RoleRemoved  = "role.removed"

	APIClientCreated = "api_client.created"
	APIClientUpdated = "api_client.updated"
	APIClientDeleted = "api_client.deleted"

	AccessRefused   = "access.refused"
	SetupLinkMade   = "setup.link_made"
	SetupCompleted  = "setup.completed"
	AuditExported   = "audit.exported"
	AuditVerified   = "audit.verified"
	ConfigApplied   = "config.applied"
	ServerStarted   = "server.started"
	RequestRefused  = "request.refused"
	BackupCompleted = "backup.completed"
)

// allowance says what an action may record (R137).
type allowance struct {
	details []string
	values  []string // fields of Before and After whose values may stand in the log
}

func (a allowance) detail(key string) bool { return slices.Contains(a.details, key) }
func (a allowance) value(key string) bool  { return slices.Contains(a.values, key) }

// What changes of a thing are shown with their values.
var (
	tenantValues = []string{
		"name", "display_name", "default_locale", "status", "session_idle_seconds", "session_lifetime_seconds",
		"access_token_seconds", "id_token_seconds", "refresh_idle_seconds", "refresh_lifetime_seconds", "password_min_length", "settings",
	}
	applicationValues = append([]string{
		"name", "client_id", "type", "application_type", "display_name", "client_name", "status", "client_uri", "logo_id",
		"redirect_uris", "post_logout_redirect_uris", "grant_types", "response_types", "auth_method", "token_endpoint_auth_method",
		"scope", "first_party", "require_pkce", "id_token_alg", "id_token_signed_response_alg", "allowed_origins", "access_token_seconds",
	}, optionNames()...)
	claimRuleValues = []string{"claim", "expression", "application_id", "targets", "scope", "position", "disabled"}

	resourceValues = []string{"identifier", "display_name", "scopes", "everybody", "applications", "server_id", "access_token_seconds", "access_token_format", "disabled", "words", "authorization_details_types"}
	// Users' own data is named, not shown: the log outlives their erasure.
	userValues     = []string{"username", "status", "kind", "email_verified", "phone_verified", "phone_number_verified"}
	clientValues   = []string{"name", "tenants", "permissions", "addresses", "rate_per_minute", "expires_at", "owner", "owner_user_id"}
	brandingValues = []string{"tokens", "logo_id"}
)

// optionNames are the registered names of an application's further choices, of
// which none is secret.
func optionNames() []string {
	var names []string
	for _, option := range new(models.ClientOptions).Options() {
		names = append(names, option.Name)
	}
	return names
}

// Facts that tell of a token or an authorization.
var oauthDetails = []string{
	"grant_type", "scope", "resource", "client_id", "family_id", "jti", "error", "parameter", "redirect_uri", "redirect_host", "prompt",
	"kind", "generation", "count", "reference", "why", "auth_method", "response_type", "response_mode", "alg",
	"actor", "authorization_details_types",
}

// Facts that tell what a user was asked.
var consentDetails = []string{"client_id", "scopes", "authorization_details_types"}

// Facts that tell of a sign-in.
var signInDetails = []string{
	"method", "amr", "acr", "reference", "identifier_class", "identifier_mac", "client_id", "journey", "version", "device", "kind",
}

// actions is the allow-list: an action that is not here cannot be recorded.
var actions = map[string]allowance{
	TenantCreated:   {[]string{"template", "logo"}, tenantValues},
	TenantUpdated:   {nil, tenantValues},
	TenantSuspended: {[]string{"why", "sessions", "families"}, tenantValues},
	TenantActivated: {[]string{"why"}, tenantValues},
	TenantRevoked:   {[]string{"why", "sessions", "families"}, nil},

	DomainAdded:    {[]string{"host"}, nil},
	DomainVerified: {[]string{"host", "error"}, nil},
	DomainRemoved:  {[]string{"host"}, nil},

	BrandingUpdated: {[]string{"logo"}, brandingValues},

	ApplicationCreated:       {[]string{"template", "client_id", "type", "source", "initial_token_id"}, applicationValues},
	ApplicationUpdated:       {[]string{"client_id", "source"}, applicationValues},
	ApplicationDeleted:       {[]string{"client_id", "source"}, applicationValues},
	ApplicationDisabled:      {[]string{"client_id", "why", "families"}, applicationValues},
	ApplicationEnabled:       {[]string{"client_id"}, applicationValues},
	ApplicationRevoked:       {[]string{"client_id", "why", "families"}, nil},
	ApplicationSecretAdded:   {[]string{"client_id", "secret_id", "hint", "expires_at"}, nil},
	ApplicationSecretRemoved: {[]string{"client_id", "secret_id", "hint"}, nil},

	InitialTokenCreated: {[]string{"expires_at", "max_uses", "count"}, nil},
	InitialTokenRevoked: {[]string{"expires_at", "max_uses", "count"}, nil},
	RegistrationRefused: {oauthDetails, nil},

	ResourceCreated: {nil, resourceValues},
	ResourceUpdated: {nil, resourceValues},
	ResourceDeleted: {nil, resourceValues},

	ClaimRuleCreated: {nil, claimRuleValues},
	ClaimRuleUpdated: {nil, claimRuleValues},
	ClaimRuleDeleted: {nil, claimRuleValues},

	UserCreated:          {[]string{"kind", "source"}, userValues},
	UserUpdated:          {[]string{"source"}, userValues},
	UserDeleted:          {[]string{"why", "sessions", "families"}, userValues},
	UserLocked:           {[]string{"why", "sessions", "families"}, userValues},
	UserUnlocked:         {[]string{"why"}, userValues},
	UserDisabled:         {[]string{"why", "sessions", "families"}, userValues},
	UserEnabled:          {[]string{"why"}, userValues},
	UserPasswordSet:      {[]string{"why", "source", "format", "sessions", "families"}, nil},
	UserPasswordRemoved:  {[]string{"why"}, nil},
	UserPasswordRehashed: {[]string{"from", "to"}, nil},
	UserThrottleCleared:  {[]string{"why"}, nil},
	UserSignedOut:        {[]string{"why", "sessions", "families"}, nil},

	SessionStarted: {[]string{"kind", "amr", "acr", "stays"}, nil},
	SessionEnded:   {[]string{"kind", "why"}, nil},
	SessionChosen:  {[]string{"kind"}, nil},

	SignInSucceeded:  {signInDetails, nil},
	SignInFailed:     {signInDetails, nil},
	SignUpSucceeded:  {signInDetails, nil},
	SignUpFailed:     {signInDetails, nil},
	SignOutCompleted: {[]string{"client_id", "why", "families"}, nil},

	LogoutTold:    {[]string{"channel", "answer", "attempts"}, nil},
	LogoutFailed:  {[]string{"channel", "answer", "attempts"}, nil},
	LogoutRetried: {nil, nil},

	ConsentGranted: {consentDetails, nil},
	ConsentDenied:  {consentDetails, nil},
	ConsentRevoked: {[]string{"client_id", "scopes", "families"}, nil},

	DeviceAllowed: {consentDetails, nil},
	DeviceDenied:  {consentDetails, nil},

	BackchannelAllowed:  {consentDetails, nil},
	BackchannelDenied:   {consentDetails, nil},
	BackchannelNotified: {[]string{"client_id", "kind"}, nil},

	AuthorizeRefused: {oauthDetails, nil},
	TokenIssued:      {oauthDetails, nil},
	TokenRefreshed:   {oauthDetails, nil},
	TokenRevoked:     {oauthDetails, nil},
	TokenRefused:     {oauthDetails, nil},
	TokenReused:      {oauthDetails, nil},
	CodeReused:       {oauthDetails, nil},

	KeyCreated:   {[]string{"alg", "state", "kid"}, nil},
	KeyActivated: {[]string{"alg", "state", "kid"}, nil},
	KeyRetired:   {[]string{"alg", "state", "kid"}, nil},
	KeyRevoked:   {[]string{"alg", "state", "kid", "why"}, nil},

	RoleAssigned: {[]string{"role", "tenant"}, nil},
	RoleRemoved:  {[]string{"role", "tenant"}, nil},

	APIClientCreated: {[]string{"client_id"}, clientValues},
	APIClientUpdated: {[]string{"client_id"}, clientValues},
	APIClientDeleted: {[]string{"client_id"}, clientValues},

	AccessRefused:   {[]string{"permission", "method", "route", "tenant"}, nil},
	SetupLinkMade:   {[]string{"expires_at"}, nil},
	SetupCompleted:  {[]string{"role"}, nil},
	AuditExported:   {[]string{"format", "from", "to", "count"}, nil},
	AuditVerified:   {[]string{"checked", "number", "why"}, nil},
	ConfigApplied:   {[]string{"created", "updated", "deleted", "unchanged", "prune", "kinds"}, nil},
	ServerStarted:   {[]string{"version"}, nil},
	RequestRefused:  {[]string{"method", "route", "parameter"}, nil},
	BackupCompleted: {[]string{"count"}, nil},
}

// Known reports whether the action can be recorded.
func Known(action string) bool { _, ok := actions[action]; return ok }

// Actions lists every action in no order.
func Actions() []string {
	all := make([]string, 0, len(actions))
	for a := range actions {
		all = append(all, a)
	}
	return all
}
