package reason

// Every refusal. Codes are stable: they stand in attempts, in exports and in
// the words of locales.
const (
	ServerError        Code = "server.error"
	ServerBusy         Code = "server.busy"
	RequestMalformed   Code = "request.malformed"
	RequestTooLarge    Code = "request.too_large"
	RequestMediaType   Code = "request.media_type"
	RequestCrossSite   Code = "request.cross_site"
	RequestMethod      Code = "request.method"
	RequestNotFound    Code = "request.not_found"
	RequestConflict    Code = "request.idempotency_conflict"
	InputInvalid       Code = "input.invalid"
	InputRequired      Code = "input.required"
	InputTooLong       Code = "input.too_long"
	InputFormat        Code = "input.format"
	InputTaken         Code = "input.taken"
	InputUnknown       Code = "input.unknown"
	InputReserved      Code = "input.reserved"
	InputExpression    Code = "input.expression"
	VersionStale       Code = "version.stale"
	VersionRequired    Code = "version.required"
	TenantUnknown      Code = "tenant.unknown"
	TenantSuspended    Code = "tenant.suspended"
	DomainUnverified   Code = "tenant.domain_unverified"
	IdentifierUnknown  Code = "identifier.unknown"
	UserUnknown        Code = "user.unknown"
	UserDisabled       Code = "user.disabled"
	UserLocked         Code = "user.locked"
	SignUpOff          Code = "user.sign_up_off"
	UsernameAt         Code = "user.name_at"
	PasswordWrong      Code = "cred.password_wrong"
	PasswordNone       Code = "cred.none"
	PasswordTooShort   Code = "cred.password_short"
	PasswordTooLong    Code = "cred.password_long"
	PasswordCommon     Code = "cred.password_common"
	PasswordContext    Code = "cred.password_context"
	ThrottleAccount    Code = "throttle.account"
	ThrottleSource     Code = "throttle.source"
	ThrottleTenant     Code = "throttle.tenant"
	ThrottleAPI        Code = "throttle.api"
	SessionNone        Code = "session.none"
	SessionEnded       Code = "session.ended"
	SessionIdle        Code = "session.idle"
	SessionAbsolute    Code = "session.absolute"
	SessionStepUp      Code = "session.step_up"
	JourneyExpired     Code = "journey.expired"
	JourneyBrowser     Code = "journey.other_browser"
	JourneyInvalid     Code = "journey.invalid"
	JourneyInput       Code = "journey.input"
	ConsentDenied      Code = "consent.denied"
	ConsentRequired    Code = "consent.required"
	AccessDenied       Code = "access.denied"
	AccessUnauthorized Code = "access.unauthenticated"
	AccessGrant        Code = "access.grant_exceeds"
	AccessLastOwner    Code = "access.last_owner"
	AccessAddress      Code = "access.address"
	AccessExpired      Code = "access.expired"
	AccessSetupUsed    Code = "access.setup_link"
	ApplicationUnknown Code = "client.not_found"
	SecretLimit        Code = "client.secret_limit"
	ImageInvalid       Code = "image.invalid"
	BrandingContrast   Code = "branding.contrast"

	OAuthClientUnknown     Code = "oauth.client_unknown"
	OAuthClientDisabled    Code = "oauth.client_disabled"
	OAuthClientAuth        Code = "oauth.client_auth"
	OAuthClientMethod      Code = "oauth.client_auth_method"
	OAuthSecretExpired     Code = "oauth.secret_expired"
	OAuthRedirectURI       Code = "oauth.redirect_uri"
	OAuthRequestInvalid    Code = "oauth.request_invalid"
	OAuthParameterRepeated Code = "oauth.parameter_repeated"
	OAuthResponseType      Code = "oauth.response_type"
	OAuthResponseMode      Code = "oauth.response_mode"
	OAuthScope             Code = "oauth.scope"
	OAuthLaunch            Code = "oauth.launch"
	OAuthDPoPProof         Code = "oauth.dpop_proof"
	OAuthDPoPNonce         Code = "oauth.dpop_nonce"
	OAuthUnbound           Code = "oauth.unbound"
	OAuthNoCertificate     Code = "oauth.no_certificate"
	OAuthOtherKey          Code = "oauth.other_key"
	OAuthTokenBound        Code = "oauth.token_bound"
	OAuthPKCERequired      Code = "oauth.pkce_required"
	OAuthPKCEMethod        Code = "oauth.pkce_method"
	OAuthPKCEMismatch      Code = "oauth.pkce_mismatch"
	OAuthPKCEUnexpected    Code = "oauth.pkce_unexpected"
	OAuthPrompt            Code = "oauth.prompt"
	OAuthPromptCreate      Code = "oauth.prompt_create"
	OAuthKeys              Code = "oauth.client_keys"
	OAuthACR               Code = "oauth.acr_unmet"
	OAuthMaxAge            Code = "oauth.max_age"
	OAuthObjectRequired    Code = "oauth.request_object_required"
	OAuthObjectInvalid     Code = "oauth.request_object"
	OAuthRequestURI        Code = "oauth.request_uri_not_supported"
	OAuthRequestURIUnknown Code = "oauth.request_uri_unknown"
	OAuthRequestURIFetch   Code = "oauth.request_uri_fetch"
	OAuthPushedRequired    Code = "oauth.pushed_required"
	OAuthPushedUnknown     Code = "oauth.pushed_unknown"
	OAuthPushedUsed        Code = "oauth.pushed_used"
	OAuthClientDocument    Code = "oauth.client_document"
	OAuthRegistrationToken Code = "oauth.registration_token"
	OAuthRegistrationFull  Code = "oauth.registration_full"
	OAuthClientMetadata    Code = "oauth.client_metadata"
	OAuthRedirectURIs      Code = "oauth.redirect_uris"
	OAuthStatement         Code = "oauth.software_statement"
	OAuthRegistration      Code = "oauth.registration_not_supported"
	OAuthResource          Code = "oauth.resource"
	OAuthDetails           Code = "oauth.authorization_details"
	OAuthLoginRequired     Code = "oauth.login_required"
	OAuthAccount           Code = "oauth.account_selection"
	OAuthConsentRequired   Code = "oauth.consent_required"
	OAuthInteraction       Code = "oauth.interaction_required"
	OAuthGrantType         Code = "oauth.grant_type"
	OAuthGrantNotAllowed   Code = "oauth.grant_not_allowed"
	OAuthCodeUnknown       Code = "oauth.code_unknown"
	OAuthCodeExpired       Code = "oauth.code_expired"
	OAuthCodeReused        Code = "oauth.code_reused"
	OAuthCodeClient        Code = "oauth.code_other_client"
	OAuthCodeRedirect      Code = "oauth.code_redirect_uri"
	OAuthRefreshUnknown    Code = "oauth.refresh_unknown"
	OAuthRefreshExpired    Code = "oauth.refresh_expired"
	OAuthRefreshReused     Code = "oauth.refresh_reused"
	OAuthRefreshRevoked    Code = "oauth.refresh_revoked"
	OAuthRefreshClient     Code = "oauth.refresh_other_client"
	OAuthTokenInvalid      Code = "oauth.token_invalid"
	OAuthTokenScope        Code = "oauth.insufficient_scope"
	OAuthLogoutHint        Code = "oauth.logout_hint"
	OAuthLogoutURI         Code = "oauth.logout_uri"

	LogoutNowhere     Code = "logout.no_address"
	LogoutAddress     Code = "logout.address_refused"
	LogoutUnreachable Code = "logout.unreachable"
	LogoutAnswer      Code = "logout.answer"
	LogoutSettled     Code = "logout.settled"

	DeviceCodeUnknown   Code = "device.code_unknown"
	OAuthDeviceUnknown  Code = "oauth.device_unknown"
	OAuthPending        Code = "oauth.pending"
	OAuthSlowDown       Code = "oauth.slow_down"
	OAuthRequestExpired Code = "oauth.request_expired"
	OAuthRequestDenied  Code = "oauth.request_denied"
	OAuthTokenType      Code = "oauth.token_type"
	OAuthSubjectToken   Code = "oauth.subject_token"
	OAuthActorToken     Code = "oauth.actor_token"
	OAuthPasswordShort  Code = "oauth.password_not_enough"

	BackchannelUnknown     Code = "backchannel.unknown"
	OAuthAuthReqUnknown    Code = "oauth.backchannel_unknown"
	OAuthHintUnknown       Code = "oauth.hint_unknown"
	OAuthHintToken         Code = "oauth.login_hint_token"
	OAuthBindingMessage    Code = "oauth.binding_message"
	OAuthNotificationToken Code = "oauth.notification_token"
	OAuthAssertion         Code = "oauth.assertion"
)

// The OAuth errors (RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6,
// RFC 6750 §3.1, RFC 8707 §2, RFC 9101 §6.2).
const (
	invalidRequest      = "invalid_request"
	invalidClient       = "invalid_client"
	invalidGrant        = "invalid_grant"
	invalidScope        = "invalid_scope"
	invalidToken        = "invalid_token"
	unauthorizedClient  = "unauthorized_client"
	accessDenied        = "access_denied"
	serverError         = "server_error"
	temporarilyDown     = "temporarily_unavailable"
	unsupportedGrant    = "unsupported_grant_type"
	unsupportedResponse = "unsupported_response_type"
	invalidRequestURI   = "invalid_request_uri"
)

var catalogue = map[Code]Meaning{
	ServerError:        {Internal, Warning, serverError, nil},
	ServerBusy:         {Unavailable, Warning, temporarilyDown, nil},
	RequestMalformed:   {Invalid, Info, invalidRequest, nil},
	RequestTooLarge:    {Invalid, Notice, invalidRequest, nil},
	RequestMediaType:   {Invalid, Info, invalidRequest, nil},
	RequestCrossSite:   {Forbidden, Warning, invalidRequest, nil},
	RequestMethod:      {Invalid, Info, invalidRequest, nil},
	RequestNotFound:    {NotFound, Info, "", nil},
	RequestConflict:    {Conflict, Notice, "", nil},
	InputInvalid:       {Invalid, Info, invalidRequest, nil},
	InputRequired:      {Invalid, Info, invalidRequest, nil},
	InputTooLong:       {Invalid, Info, invalidRequest, nil},
	InputFormat:        {Invalid, Info, invalidRequest, nil},
	InputTaken:         {Conflict, Info, invalidRequest, nil},
	InputUnknown:       {Invalid, Info, invalidRequest, nil},
	InputReserved:      {Invalid, Info, invalidRequest, nil},
	InputExpression:    {Invalid, Info, invalidRequest, nil},
	VersionStale:       {Conflict, Info, "", nil},
	VersionRequired:    {Invalid, Info, "", nil},
	TenantUnknown:      {NotFound, Info, invalidRequest, nil},
	TenantSuspended:    {Forbidden, Notice, accessDenied, []string{"tenant.activate"}},
	DomainUnverified:   {Conflict, Info, "", nil},
	IdentifierUnknown:  {Unauthorized, Info, invalidGrant, []string{"user.create"}},
	UserUnknown:        {NotFound, Info, invalidGrant, nil},
	UserDisabled:       {Forbidden, Notice, invalidGrant, []string{"user.enable"}},
	SignUpOff:          {Forbidden, Info, accessDenied, nil},
	UsernameAt:         {Invalid, Info, invalidRequest, nil},
	UserLocked:         {Forbidden, Notice, invalidGrant, []string{"user.unlock"}},
	PasswordWrong:      {Unauthorized, Info, invalidGrant, []string{"user.set_password"}},
	PasswordNone:       {Unauthorized, Notice, invalidGrant, []string{"user.set_password"}},
	PasswordTooShort:   {Invalid, Info, "", nil},
	PasswordTooLong:    {Invalid, Info, "", nil},
	PasswordCommon:     {Invalid, Info, "", nil},
	PasswordContext:    {Invalid, Info, "", nil},
	ThrottleAccount:    {Throttled, Warning, accessDenied, []string{"user.clear_throttle"}},
	ThrottleSource:     {Throttled, Warning, accessDenied, nil},
	ThrottleTenant:     {Throttled, Warning, accessDenied, nil},
	ThrottleAPI:        {Throttled, Notice, "", nil},
	SessionNone:        {Unauthorized, Info, invalidToken, nil},
	SessionEnded:       {Unauthorized, Info, invalidToken, nil},
	SessionIdle:        {Unauthorized, Info, invalidToken, nil},
	SessionAbsolute:    {Unauthorized, Info, invalidToken, nil},
	SessionStepUp:      {Unauthorized, Info, invalidToken, nil},
	JourneyExpired:     {Invalid, Info, invalidRequest, nil},
	JourneyBrowser:     {Invalid, Notice, invalidRequest, nil},
	JourneyInvalid:     {Invalid, Notice, invalidRequest, nil},
	JourneyInput:       {Invalid, Info, invalidRequest, nil},
	ConsentDenied:      {Forbidden, Info, accessDenied, nil},
	ConsentRequired:    {Forbidden, Info, accessDenied, nil},
	AccessDenied:       {Forbidden, Notice, accessDenied, nil},
	AccessUnauthorized: {Unauthorized, Info, invalidToken, nil},
	AccessGrant:        {Forbidden, Warning, "", nil},
	AccessLastOwner:    {Conflict, Notice, "", nil},
	AccessAddress:      {Forbidden, Warning, "", nil},
	AccessExpired:      {Unauthorized, Notice, invalidToken, nil},
	AccessSetupUsed:    {NotFound, Notice, "", nil},
	ApplicationUnknown: {NotFound, Info, invalidClient, nil},
	SecretLimit:        {Conflict, Info, "", nil},
	ImageInvalid:       {Invalid, Info, "", nil},
	BrandingContrast:   {Invalid, Info, "", nil},

	OAuthClientUnknown:     {Unauthorized, Notice, invalidClient, []string{"application.create"}},
	OAuthClientDisabled:    {Forbidden, Notice, unauthorizedClient, []string{"application.enable"}},
	OAuthClientAuth:        {Unauthorized, Warning, invalidClient, []string{"application.rotate_secret"}},
	OAuthClientMethod:      {Unauthorized, Notice, invalidClient, []string{"application.auth_method"}},
	OAuthSecretExpired:     {Unauthorized, Warning, invalidClient, []string{"application.rotate_secret"}},
	OAuthRedirectURI:       {Invalid, Warning, invalidRequest, []string{"application.add_redirect_uri"}},
	OAuthRequestInvalid:    {Invalid, Notice, invalidRequest, nil},
	OAuthParameterRepeated: {Invalid, Notice, invalidRequest, nil},
	OAuthResponseType:      {Invalid, Notice, unsupportedResponse, nil},
	OAuthResponseMode:      {Invalid, Notice, invalidRequest, nil},
	OAuthScope:             {Invalid, Notice, invalidScope, []string{"application.add_scope"}},
	OAuthPKCERequired:      {Invalid, Notice, invalidRequest, []string{"application.require_pkce"}},
	OAuthPKCEMethod:        {Invalid, Notice, invalidRequest, nil},
	OAuthPKCEMismatch:      {Invalid, Warning, invalidGrant, nil},
	OAuthPKCEUnexpected:    {Invalid, Warning, invalidGrant, nil},
	OAuthPrompt:            {Invalid, Notice, invalidRequest, nil},
	OAuthPromptCreate:      {Invalid, Notice, invalidRequest, nil},
	OAuthKeys:              {Unavailable, Warning, invalidRequest, nil},
	OAuthACR:               {Invalid, Notice, "unmet_authentication_requirements", nil},
	OAuthMaxAge:            {Invalid, Notice, invalidRequest, nil},
	OAuthObjectRequired:    {Invalid, Notice, invalidRequest, nil},
	OAuthObjectInvalid:     {Invalid, Notice, "invalid_request_object", nil},
	OAuthRequestURI:        {Invalid, Notice, "request_uri_not_supported", nil},
	OAuthRequestURIUnknown: {Invalid, Notice, invalidRequestURI, nil},
	OAuthDPoPProof:         {Invalid, Notice, "invalid_dpop_proof", nil}, // RFC 9449 §5
	OAuthDPoPNonce:         {Invalid, Info, "use_dpop_nonce", nil},       // RFC 9449 §8
	OAuthUnbound:           {Invalid, Notice, invalidRequest, nil},
	OAuthNoCertificate:     {Invalid, Notice, invalidRequest, nil}, // RFC 8705 §3
	OAuthOtherKey:          {Invalid, Warning, invalidGrant, nil},
	OAuthTokenBound:        {Unauthorized, Warning, invalidToken, nil},
	OAuthLaunch:            {Invalid, Notice, invalidRequest, nil},
	OAuthRequestURIFetch:   {Invalid, Notice, invalidRequestURI, nil},
	OAuthPushedRequired:    {Invalid, Notice, invalidRequest, nil},
	OAuthPushedUnknown:     {Invalid, Notice, invalidRequestURI, nil},
	OAuthPushedUsed:        {Invalid, Notice, invalidRequestURI, nil},
	OAuthClientDocument:    {Unauthorized, Notice, invalidClient, nil},
	OAuthRegistrationToken: {Unauthorized, Notice, invalidToken, nil},
	OAuthRegistrationFull:  {Forbidden, Warning, accessDenied, nil},
	OAuthClientMetadata:    {Invalid, Info, "invalid_client_metadata", nil},
	OAuthRedirectURIs:      {Invalid, Info, "invalid_redirect_uri", nil},
	OAuthStatement:         {Invalid, Notice, "invalid_software_statement", nil},
	OAuthRegistration:      {Invalid, Notice, "registration_not_supported", nil},
	OAuthResource:          {Invalid, Notice, "invalid_target", nil},
	OAuthDetails:           {Invalid, Notice, "invalid_authorization_details", nil}, // RFC 9396 §5
	OAuthLoginRequired:     {Unauthorized, Info, "login_required", nil},
	OAuthAccount:           {Unauthorized, Info, "account_selection_required", nil},
	OAuthConsentRequired:   {Forbidden, Info, "consent_required", nil},
	OAuthInteraction:       {Unauthorized, Info, "interaction_required", nil},
	OAuthGrantType:         {Invalid, Notice, unsupportedGrant, nil},
	OAuthGrantNotAllowed:   {Invalid, Notice, unauthorizedClient, []string{"application.grant_types"}},
	OAuthCodeUnknown:       {Invalid, Notice, invalidGrant, nil},
	OAuthCodeExpired:       {Invalid, Info, invalidGrant, nil},
	OAuthCodeReused:        {Invalid, Warning, invalidGrant, nil},
	OAuthCodeClient:        {Invalid, Warning, invalidGrant, nil},
	OAuthCodeRedirect:      {Invalid, Warning, invalidGrant, nil},
	OAuthRefreshUnknown:    {Invalid, Notice, invalidGrant, nil},
	OAuthRefreshExpired:    {Invalid, Info, invalidGrant, nil},
	OAuthRefreshReused:     {Invalid, Warning, invalidGrant, nil},
	OAuthRefreshRevoked:    {Invalid, Info, invalidGrant, nil},
	OAuthRefreshClient:     {Invalid, Warning, invalidGrant, nil},
	OAuthTokenInvalid:      {Unauthorized, Info, invalidToken, nil},
	OAuthTokenScope:        {Forbidden, Info, "insufficient_scope", nil},
	OAuthLogoutHint:        {Invalid, Notice, invalidRequest, nil},
	OAuthLogoutURI:         {Invalid, Notice, invalidRequest, nil},

	// OpenID Connect Back-Channel Logout 1.0 §2.8.
	LogoutNowhere:     {Conflict, Notice, "", nil},
	LogoutAddress:     {Invalid, Warning, "", nil},
	LogoutUnreachable: {Unavailable, Warning, "", nil},
	LogoutAnswer:      {Unavailable, Warning, "", nil},
	LogoutSettled:     {Conflict, Info, "", nil},

	// RFC 8628 §3.5, OpenID Connect CIBA §11.
	DeviceCodeUnknown:   {Invalid, Info, "", nil},
	OAuthDeviceUnknown:  {Invalid, Notice, invalidGrant, nil},
	OAuthPending:        {Invalid, Info, "authorization_pending", nil},
	OAuthSlowDown:       {Invalid, Info, "slow_down", nil},
	OAuthRequestExpired: {Invalid, Info, "expired_token", nil},
	OAuthRequestDenied:  {Forbidden, Info, accessDenied, nil},

	// RFC 8693 §2.2.2.
	OAuthTokenType:    {Invalid, Notice, invalidRequest, nil},
	OAuthSubjectToken: {Invalid, Notice, invalidRequest, nil},
	OAuthActorToken:   {Invalid, Warning, invalidRequest, nil},

	OAuthPasswordShort: {Invalid, Notice, invalidGrant, nil},

	// OpenID Connect CIBA §13.
	BackchannelUnknown:     {NotFound, Info, "", nil},
	OAuthAuthReqUnknown:    {Invalid, Notice, invalidGrant, nil},
	OAuthHintUnknown:       {Invalid, Notice, "unknown_user_id", nil},
	OAuthHintToken:         {Invalid, Notice, invalidRequest, nil},
	OAuthBindingMessage:    {Invalid, Notice, "invalid_binding_message", nil},
	OAuthNotificationToken: {Invalid, Notice, invalidRequest, nil},

	OAuthAssertion: {Invalid, Warning, invalidGrant, nil}, // RFC 7523 §3.1
}
