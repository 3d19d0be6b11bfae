package applications

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"gatehouse/identity/keys"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
)

// Metadata is what can be chosen about an application, by the names of RFC 7591
// §2. A template fills in what is left out when an application is made.
type Metadata struct {
	DisplayName            string // client_name
	ClientURI              string
	RedirectURIs           []string
	PostLogoutRedirectURIs []string
	GrantTypes             []string
	ResponseTypes          []string
	AuthMethod             string // token_endpoint_auth_method
	Scope                  string
	FirstParty             bool
	RequirePKCE            *bool  // nil: as the template has it
	IDTokenAlg             string // id_token_signed_response_alg
	AllowedOrigins         []string
	AccessTokenSeconds     int
	Options                models.ClientOptions
}

// Template is a type of application with its defaults.
type Template struct {
	Type     models.ApplicationType
	Defaults Metadata
}

// PreferredAlg signs the ID tokens of applications that administrators make by
// hand: it takes a thirtieth of RS256's time. Clients that name no algorithm
// count on RS256 (OpenID Connect Registration §2).
const PreferredAlg = keys.ES256

// DefaultScope is what an application that signs users in may ask for.
const DefaultScope = "openid profile email offline_access"

// Templates lists the templates. Their words are in locales, under
// console.template.<type>.
func Templates() []Template {
	code := []string{models.GrantAuthorizationCode, models.GrantRefreshToken}
	signIn := func(t models.ApplicationType, auth string) Template {
		return Template{t, Metadata{
			GrantTypes: code, ResponseTypes: []string{"code"}, AuthMethod: auth, Scope: DefaultScope,
		}}
	}
	return []Template{
		signIn(models.TypeWeb, models.AuthBasic),
		signIn(models.TypeSPA, models.AuthNone),
		signIn(models.TypeNative, models.AuthNone),
		{models.TypeService, Metadata{GrantTypes: []string{models.GrantClientCredentials}, AuthMethod: models.AuthBasic}},
		{models.TypeDevice, Metadata{
			GrantTypes: []string{models.GrantDeviceCode, models.GrantRefreshToken}, AuthMethod: models.AuthNone, Scope: DefaultScope,
		}},
	}
}

// TemplateOf returns the template of a type.
func TemplateOf(t models.ApplicationType) (Template, bool) {
	all := Templates()
	i := slices.IndexFunc(all, func(x Template) bool { return x.Type == t })
	if i < 0 {
		return Template{}, false
	}
	return all[i], true
}

// over fills what m leaves out with the template's defaults.
func (t Template) over(m Metadata) Metadata {
	d := t.Defaults
	if m.GrantTypes == nil {
		m.GrantTypes = d.GrantTypes
	}
	if m.ResponseTypes == nil {
		m.ResponseTypes = d.ResponseTypes
	}
	if m.AuthMethod == "" {
		m.AuthMethod = d.AuthMethod
	}
	if m.Scope == "" {
		m.Scope = d.Scope
	}
	if m.IDTokenAlg == "" {
		m.IDTokenAlg = keys.RS256 // OpenID Connect Registration §2
	}
	if m.RequirePKCE == nil {
		yes := true
		m.RequirePKCE = &yes // R25
	}
	if m.AllowedOrigins == nil && t.Type == models.TypeSPA {
		m.AllowedOrigins = origins(m.RedirectURIs)
	}
	return m
}

// origins are those of redirect URIs: where a single-page application runs.
func origins(uris []string) []string {
	var all []string
	for _, uri := range uris {
		u, err := url.Parse(uri)
		if err != nil || u.Host == "" {
			continue
		}
		if origin := u.Scheme + "://" + u.Host; isOrigin(origin) && !slices.Contains(all, origin) {
			all = append(all, origin)
		}
	}
	return all
}

// AuthMethods are the values of token_endpoint_auth_method that are supported
// (RFC 7591 §2).
func AuthMethods() []string {
	return []string{models.AuthBasic, models.AuthPost, models.AuthPrivateKeyJWT, models.AuthSecretJWT, models.AuthTLS, models.AuthSelfSignedTLS, models.AuthNone}
}

var (
	clientIDForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{1,128}$`)
	nameForm     = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$`)
)

// NewClientID makes a client_id nobody chose.
func NewClientID() string { return secret.Random("", 16).Reveal() }

const (
	maxName = 200
	maxURIs = 50
)

// check finds what is wrong with the metadata of an application of a type.
func (m Metadata) check(t models.ApplicationType) error {
	e := reason.New(reason.InputInvalid)
	if len([]rune(m.DisplayName)) > maxName {
		e.On("client_name", reason.InputTooLong, "200")
	}
	if strings.ContainsFunc(m.DisplayName, misleading) {
		e.On("client_name", reason.InputFormat, "")
	}
	m.checkURIs(e, t)
	subset(e, "grant_types", m.GrantTypes, models.GrantTypes()...)
	m.checkResponseTypes(e)
	subset(e, "token_endpoint_auth_method", []string{m.AuthMethod}, AuthMethods()...)
	subset(e, "id_token_signed_response_alg", []string{m.IDTokenAlg}, keys.Algorithms()...)
	m.checkTogether(e)
	m.checkFAPI(e, t)
	m.checkOptions(e)
	if m.AccessTokenSeconds != 0 && (m.AccessTokenSeconds < 60 || m.AccessTokenSeconds > 3600) {
		e.On("access_token_seconds", reason.InputInvalid, "60 – 3600") // R32
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// misleading are characters that nobody sees and that change how others look: a
// name with them could pose as another on the page that asks for consent. The
// marks that right-to-left names need are none of them.
func misleading(c rune) bool {
	mark := c == '\u200e' || c == '\u200f' || c == '\u061c'
	return unicode.IsControl(c) || unicode.In(c, unicode.Bidi_Control, unicode.Zl, unicode.Zp) && !mark
}

func (m Metadata) checkURIs(e *reason.Error, t models.ApplicationType) {
	for name, uris := range map[string][]string{
		"redirect_uris": m.RedirectURIs, "post_logout_redirect_uris": m.PostLogoutRedirectURIs,
	} {
		if len(uris) > maxURIs {
			e.On(name, reason.InputTooLong, "50")
		}
		for i, uri := range uris {
			if err := ValidateRedirectURI(uri, t); err != nil {
				e.On(pointer(name, i), reason.InputFormat, err.Error())
			}
		}
	}
	for i, origin := range m.AllowedOrigins {
		if !isOrigin(origin) {
			e.On(pointer("allowed_origins", i), reason.InputFormat, "https://app.example.com")
		}
	}
	if m.ClientURI != "" && !isWeb(m.ClientURI) {
		e.On("client_uri", reason.InputFormat, "https://example.com")
	}
}

// checkTogether holds fields against one another.
func (m Metadata) checkTogether(e *reason.Error) {
	code := slices.Contains(m.GrantTypes, models.GrantAuthorizationCode)
	if (code || slices.Contains(m.GrantTypes, models.GrantImplicit)) && len(m.RedirectURIs) == 0 {
		e.On("redirect_uris", reason.InputRequired, "")
	}
	if slices.Contains(m.GrantTypes, models.GrantClientCredentials) && m.AuthMethod == models.AuthNone {
		e.On("token_endpoint_auth_method", reason.InputInvalid, models.GrantClientCredentials) // RFC 6749 §4.4
	}
	if slices.Contains(m.GrantTypes, models.GrantTokenExchange) && m.AuthMethod == models.AuthNone {
		e.On("token_endpoint_auth_method", reason.InputInvalid, models.GrantTokenExchange) // R44
	}
	if m.AuthMethod == models.AuthPrivateKeyJWT && len(m.Options.JWKS) == 0 && m.Options.JWKSURI == "" {
		e.On("jwks_uri", reason.InputRequired, m.AuthMethod) // OpenID Connect Core §9
	}
	m.checkCertificate(e)
	m.checkBackchannel(e)
	m.checkVouching(e)
	if m.RequirePKCE != nil && !*m.RequirePKCE && m.AuthMethod == models.AuthNone {
		e.On("require_pkce", reason.InputInvalid, models.AuthNone) // R25
	}
	for _, word := range strings.Fields(m.Scope) {
		if strings.ContainsFunc(word, func(c rune) bool { return c < 0x21 || c > 0x7e || c == '"' || c == '\\' }) {
			e.On("scope", reason.InputFormat, "RFC 6749 §3.3")
		}
	}
}

// checkResponseTypes: what passes through the browser needs the implicit grant
// (RFC 7591 §2.1, R24). The order of a type's parts has no meaning.
func (m Metadata) checkResponseTypes(e *reason.Error) {
	for _, t := range m.ResponseTypes {
		parts := strings.Fields(t)
		known := slices.ContainsFunc(models.ResponseTypes(), func(k string) bool { return sameWords(k, parts) })
		if !known {
			e.On("response_types", reason.InputUnknown, strings.Join(models.ResponseTypes(), ", "))
			return
		}
		if (len(parts) > 1 || t != "code") && !slices.Contains(m.GrantTypes, models.GrantImplicit) {
			e.On("response_types", reason.InputInvalid, t+": "+models.GrantImplicit)
			return
		}
	}
}

func sameWords(known string, parts []string) bool {
	a, b := strings.Fields(known), slices.Clone(parts)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func subset(e *reason.Error, name string, values []string, of ...string) {
	for _, v := range values {
		if !slices.Contains(of, v) {
			e.On(name, reason.InputUnknown, strings.Join(of, ", "))
			return
		}
	}
}
