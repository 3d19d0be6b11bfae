package applications

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"gatehouse/identity/keys"
	"gatehouse/models"
	"gatehouse/reason"
)

// checkOptions finds what is wrong with the choices that few make.
func (m Metadata) checkOptions(e *reason.Error) {
	o := m.Options
	checkEnumerations(e, o)
	checkLinks(e, o)
	checkLives(e, o)
	checkEncryptions(e, o)
	checkSignatures(e, o)
	checkDetailTypes(e, o)
	m.checkSector(e)
	m.checkLogout(e)
	for _, option := range o.Options() {
		if list, ok := option.Value.([]string); ok && len(list) > maxURIs {
			e.On(option.Name, reason.InputTooLong, "50")
		}
		if text, ok := option.Value.(string); ok && len(text) > maxText {
			e.On(option.Name, reason.InputTooLong, "2000")
		}
	}
	if text, err := json.Marshal(o.JWKS); len(o.JWKS) > 0 {
		if _, bad := ParseKeySet(text); err != nil || bad != nil {
			e.On("jwks", reason.InputFormat, "RFC 7517 §5")
		}
	}
	if len(o.JWKS) > 0 && o.JWKSURI != "" {
		e.On("jwks_uri", reason.InputInvalid, "jwks") // RFC 7591 §2
	}
}

const maxText = 2000

// checkEnumerations holds choices to their known values; empty is the default.
func checkEnumerations(e *reason.Error, o models.ClientOptions) {
	for _, one := range []struct {
		name, value string
		of          []string
	}{
		{"subject_type", o.SubjectType, []string{"public", "pairwise"}},
		{"backchannel_token_delivery_mode", o.CIBAMode, []string{models.DeliverPoll, models.DeliverPing, models.DeliverPush}},
		{"access_token_format", o.AccessTokenFormat, models.TokenFormats()},
		{"self_registration", o.SelfRegistration, []string{models.SelfRegistrationOff, models.SelfRegistrationOn}},
		{"security_profile", o.SecurityProfile, []string{models.ProfileFAPI2, models.ProfileFAPI2Messages, models.ProfileLegacy}},
	} {
		if one.value != "" {
			subset(e, one.name, []string{one.value}, one.of...)
		}
	}
}

// checkLinks: what we or browsers are sent to is https, or http on this machine.
func checkLinks(e *reason.Error, o models.ClientOptions) {
	for name, uri := range map[string]string{
		"policy_uri": o.PolicyURI, "tos_uri": o.TosURI, "initiate_login_uri": o.InitiateLoginURI, "jwks_uri": o.JWKSURI,
		"sector_identifier_uri": o.SectorIdentifierURI, "frontchannel_logout_uri": o.FrontchannelLogoutURI,
		"backchannel_logout_uri": o.BackchannelLogoutURI, "backchannel_client_notification_endpoint": o.CIBANotificationEndpoint,
	} {
		if uri != "" && !isLink(uri) {
			e.On(name, reason.InputFormat, "https://example.com/path")
		}
	}
	for i, uri := range o.RequestURIs {
		if !isWeb(uri) {
			e.On(pointer("request_uris", i), reason.InputFormat, "https://example.com/request.jwt")
		}
	}
}

// checkBackchannel: only whoever can prove himself asks users on other devices,
// and whoever wants to be told says where (OpenID Connect CIBA §4). Codes of
// users' own are not supported.
func (m Metadata) checkBackchannel(e *reason.Error) {
	o := m.Options
	if slices.Contains(m.GrantTypes, models.GrantCIBA) && m.AuthMethod == models.AuthNone {
		e.On("token_endpoint_auth_method", reason.InputInvalid, models.GrantCIBA)
	}
	if (o.CIBAMode == models.DeliverPing || o.CIBAMode == models.DeliverPush) && o.CIBANotificationEndpoint == "" {
		e.On("backchannel_client_notification_endpoint", reason.InputRequired, "")
	}
	if o.CIBAMode == models.DeliverPush && o.MustBind() { // nobody proves anything for tokens that come unasked
		e.On("backchannel_token_delivery_mode", reason.InputInvalid, "poll, ping")
	}
	if alg := o.CIBARequestSigningAlg; alg != "" {
		subset(e, "backchannel_authentication_request_signing_alg", []string{alg}, SignatureAlgorithms()...)
		if len(o.JWKS) == 0 && o.JWKSURI == "" {
			e.On("jwks_uri", reason.InputRequired, alg)
		}
	}
	if o.CIBAUserCode {
		e.On("backchannel_user_code_parameter", reason.InputUnknown, "false")
	}
}

// checkVouching: only applications of the operator's own vouch for users, with
// keys that they registered (RFC 7523 §2.1).
func (m Metadata) checkVouching(e *reason.Error) {
	if !slices.Contains(m.GrantTypes, models.GrantJWTBearer) {
		return
	}
	if !m.FirstParty {
		e.On("first_party", reason.InputRequired, models.GrantJWTBearer)
	}
	if m.AuthMethod == models.AuthNone {
		e.On("token_endpoint_auth_method", reason.InputInvalid, models.GrantJWTBearer)
	}
	if len(m.Options.JWKS) == 0 && m.Options.JWKSURI == "" {
		e.On("jwks_uri", reason.InputRequired, models.GrantJWTBearer)
	}
}

// isLink reports whether s is a web address without a fragment.
func isLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && isWeb(s) && u.Fragment == ""
}

// checkLives bounds the lives of tokens (R32, R35) and sessions (R64).
func checkLives(e *reason.Error, o models.ClientOptions) {
	const year = 365 * 24 * 3600
	for _, one := range []struct {
		name     string
		seconds  int
		from, to int
		said     string
	}{
		{"session_idle_seconds", o.SessionIdle, 60, year, "60 – 31536000"},
		{"session_lifetime_seconds", o.SessionLifetime, 60, year, "60 – 31536000"},
		{"id_token_seconds", o.IDTokenSeconds, 60, 86400, "60 – 86400"},
		{"refresh_idle_seconds", o.RefreshIdleSeconds, 60, year, "60 – 31536000"},
		{"refresh_lifetime_seconds", o.RefreshLifetimeSeconds, 60, year, "60 – 31536000"},
	} {
		if one.seconds != 0 && (one.seconds < one.from || one.seconds > one.to) {
			e.On(one.name, reason.InputInvalid, one.said)
		}
	}
	if o.DefaultMaxAge != nil && *o.DefaultMaxAge < 0 {
		e.On("default_max_age", reason.InputInvalid, "0")
	}
	if slices.Contains(o.ResponseModes, "") {
		e.On("response_modes", reason.InputRequired, "")
	}
}

// checkSignatures: what we sign, we sign with our algorithms; what we verify,
// with those that we know.
func checkSignatures(e *reason.Error, o models.ClientOptions) {
	for name, alg := range map[string]string{
		"userinfo_signed_response_alg": o.UserinfoSignedAlg, "authorization_signed_response_alg": o.AuthorizationSignedAlg,
		"access_token_signed_response_alg": o.AccessTokenAlg, "introspection_signed_response_alg": o.IntrospectionSignedAlg,
	} {
		if alg != "" {
			subset(e, name, []string{alg}, keys.Algorithms()...)
		}
	}
	if alg := o.RequestObjectSigningAlg; alg != "" {
		subset(e, "request_object_signing_alg", []string{alg}, SignatureAlgorithms()...)
	}
}

// checkLogout: the page that browsers load is where a redirect URI is, so that
// it meets the cookies of the application (Front-Channel Logout 1.0 §2).
func (m Metadata) checkLogout(e *reason.Error) {
	page := m.Options.FrontchannelLogoutURI
	if page == "" || !isLink(page) {
		return
	}
	for _, uri := range m.RedirectURIs {
		if originOf(uri) == originOf(page) {
			return
		}
	}
	e.On("frontchannel_logout_uri", reason.InputInvalid, "redirect_uris")
}

func originOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// checkDetailTypes: names as APIs register them; which there are is theirs to
// know (RFC 9396 §10).
func checkDetailTypes(e *reason.Error, o models.ClientOptions) {
	for i, name := range o.DetailTypes {
		if name == "" || len(name) > 128 || strings.ContainsFunc(name, func(c rune) bool { return c < '!' || c > '~' }) {
			e.On(pointer("authorization_details_types", i), reason.InputFormat, "payment_initiation")
		}
	}
}
