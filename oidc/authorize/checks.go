package authorize

import (
	"slices"
	"strconv"
	"strings"

	"gatehouse/models"
	"gatehouse/oidc/claims"
	"gatehouse/reason"
)

// The parameters that may hold many words, and how many.
const maxWords = 32

// requestObject holds an application to signing its requests where it or its
// profile demands it (RFC 9101 §10.5, FAPI 2.0 Message Signing §5.3).
func requestObject(in Input, _ *Request) *reason.Error {
	o := in.Application.Options.V
	switch {
	case in.Object.Err != nil:
		return in.Object.Err
	case !in.Object.Signed && (o.RequireSignedRequestObject || o.SecurityProfile == models.ProfileFAPI2Messages):
		return reason.New(reason.OAuthObjectRequired)
	}
	return nil
}

func registration(in Input, _ *Request) *reason.Error {
	return absent(in, "registration", reason.OAuthRegistration)
}

// absent refuses a parameter that is not supported, even where it was sent
// twice or without value beside a real one.
func absent(in Input, name string, code reason.Code) *reason.Error {
	if in.Values.Has(name) || slices.Contains(in.Repeated, name) {
		return reason.New(code)
	}
	return nil
}

// pushed holds an application to pushing its requests where it or its profile
// demands it (RFC 9126 §6, R49).
func pushed(in Input, _ *Request) *reason.Error {
	if o := in.Application.Options.V; in.Pushed == nil && (o.RequirePAR || o.FAPI()) {
		return reason.New(reason.OAuthPushedRequired)
	}
	return nil
}

func repeated(in Input, _ *Request) *reason.Error {
	if len(in.Repeated) > 0 {
		return reason.New(reason.OAuthParameterRepeated)
	}
	return nil
}

// scope takes those of the scopes that the application is registered for:
// others are ignored (OpenID Connect Core §3.1.2.1), and the token answer says
// what was granted (RFC 6749 §3.3). It refuses where nothing is left.
func scope(in Input, r *Request) *reason.Error {
	asked := in.Values.Get("scope")
	if asked == "" && len(r.Details) > 0 { // who asks by details alone gets no more (RFC 9396 §3)
		return nil
	}
	if asked == "" {
		return reason.New(reason.OAuthScope).On("scope", reason.InputRequired, "")
	}
	scopes, ok := Scopes(asked)
	if !ok {
		return reason.New(reason.OAuthScope).On("scope", reason.InputFormat, "")
	}
	scopes = registered(in.Application, scopes, r.offered)
	// Without refresh tokens there is nothing that could outlive the session
	// (OpenID Connect Core §11): the scope is ignored.
	if !in.Application.MayUse(models.GrantRefreshToken) || !r.Gives(PartCode) {
		scopes = slices.DeleteFunc(scopes, func(s string) bool { return s == ScopeOffline })
	}
	if len(scopes) == 0 {
		return reason.New(reason.OAuthScope).On("scope", reason.InputUnknown, "")
	}
	r.Scopes = scopes
	return nil
}

// registered are those of the scopes that the application may have.
func registered(app *models.Application, scopes, offered []string) []string {
	allowed := append(strings.Fields(app.Scope), offered...)
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return !slices.Contains(allowed, s) })
}

// Scopes reads a scope parameter (RFC 6749 §3.3) into its words, each once, in
// the order given. It is false where the syntax is broken or words are too many.
func Scopes(s string) ([]string, bool) {
	words := strings.Split(s, " ")
	if len(words) > maxWords {
		return nil, false
	}
	out := make([]string, 0, len(words))
	for _, w := range words {
		if w == "" || strings.IndexFunc(w, notScope) >= 0 {
			return nil, false
		}
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out, true
}

// notScope is true for what RFC 6749 Appendix A.4 keeps out of a scope token.
func notScope(c rune) bool {
	return c < 0x21 || c > 0x7e || c == '"' || c == '\\'
}

// resource finds the APIs that the tokens are for, those that the details speak to
// among them; the tenant's own audience
// needs no naming. The management API is for API clients, who hold no code.
func resource(in Input, r *Request) *reason.Error {
	others := slices.DeleteFunc(strings.Fields(in.Values.Get("resource")), func(s string) bool { return s == in.Issuer })
	for _, api := range r.apis {
		if !slices.Contains(others, api) {
			others = append(others, api)
		}
	}
	if len(others) == 0 {
		return nil
	}
	found, scopes, err := in.Targets(others)
	if err != nil {
		return reason.From(err)
	}
	r.Resource, r.offered = strings.Join(found, " "), scopes
	return nil
}

// pkceMethod: S256 alone; a challenge without method would be plain.
func pkceMethod(in Input, r *Request) *reason.Error {
	method, challenge := in.Values.Get("code_challenge_method"), in.Values.Has("code_challenge")
	switch {
	case !r.Gives(PartCode): // there is no code to protect
	case challenge && method != "S256":
		return reason.New(reason.OAuthPKCEMethod)
	case !challenge && method != "":
		return reason.New(reason.OAuthPKCERequired)
	}
	return nil
}

// pkceChallenge: every public client, and every application unless its
// administrator chose otherwise (R25).
func pkceChallenge(in Input, r *Request) *reason.Error {
	challenge := in.Values.Get("code_challenge")
	if !r.Gives(PartCode) {
		return nil
	}
	if challenge == "" {
		if in.Application.RequirePKCE || in.Application.Public() || in.Application.Options.V.FAPI() {
			return reason.New(reason.OAuthPKCERequired)
		}
		return nil
	}
	if !Unreserved(challenge) {
		return reason.New(reason.OAuthRequestInvalid).On("code_challenge", reason.InputFormat, "")
	}
	r.Challenge = challenge
	return nil
}

// Unreserved reports whether s is 43 to 128 of the characters that verifiers
// and challenges are made of (RFC 7636 §4.1 and §4.2).
func Unreserved(s string) bool {
	if len(s) < 43 || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && c != '-' && c != '.' && c != '_' && c != '~' {
			return false
		}
	}
	return true
}

// Prompts are the values of prompt that this server knows; create is known
// where people may create accounts.
func Prompts() []string {
	return []string{PromptNone, PromptLogin, PromptConsent, PromptSelectAccount, PromptCreate}
}

func prompt(in Input, r *Request) *reason.Error {
	asked := strings.Fields(in.Values.Get("prompt"))
	for _, p := range asked {
		if !slices.Contains(Prompts(), p) {
			return reason.New(reason.OAuthPrompt)
		}
	}
	slices.Sort(asked)
	asked = slices.Compact(asked)
	r.Prompts = asked
	switch {
	case r.Asks(PromptNone) && len(asked) > 1:
		return reason.New(reason.OAuthPrompt)
	case !r.Asks(PromptCreate):
	case r.Asks(PromptLogin), r.Asks(PromptSelectAccount): // nobody who has an account is asked for it
		return reason.New(reason.OAuthPrompt)
	case !in.SignsUp:
		return reason.New(reason.OAuthPromptCreate)
	}
	return nil
}

func maxAge(in Input, r *Request) *reason.Error {
	given := in.Values.Get("max_age")
	if given == "" { // OpenID Connect Registration §2
		r.MaxAge = in.Application.Options.V.DefaultMaxAge
		return nil
	}
	// The longest session is far below this; more digits would overflow.
	seconds, err := strconv.ParseUint(given, 10, 31)
	if err != nil {
		return reason.New(reason.OAuthMaxAge)
	}
	age := int(seconds)
	r.MaxAge = &age
	return nil
}

// hints are voluntary: what is unusable is cut or left out, never refused.
func hints(in Input, r *Request) *reason.Error {
	const longest = 320 // an e-mail address, RFC 3696 erratum 1690
	if hint := in.Values.Get("login_hint"); len(hint) <= longest {
		r.LoginHint = hint
	}
	if locales := in.Values.Get("ui_locales"); len(locales) <= longest {
		r.UILocales = locales
	}
	r.Popup = in.Values.Get("display") == "popup"
	if acr := strings.Fields(in.Values.Get("acr_values")); len(acr) <= maxWords {
		r.ACRValues = acr
	}
	if len(r.ACRValues) == 0 {
		r.ACRValues = in.Application.Options.V.DefaultACRValues
	}
	return nil
}

// claimsRequest reads the claims parameter. A value that is wanted for sub names
// the user, and one that is essential for acr is asked of the sign-in.
func claimsRequest(in Input, r *Request) *reason.Error {
	text := in.Values.Get("claims")
	if text == "" {
		return nil
	}
	asked, err := claims.Parse(text)
	if err != nil {
		return reason.Wrap(reason.OAuthRequestInvalid, err).On("claims", reason.InputFormat, "")
	}
	r.Claims = asked.Granted(strings.Fields(in.Application.Scope))
	for _, wishes := range []map[string]*claims.Wish{asked.IDToken, asked.UserInfo} {
		if subjects := wishes["sub"].Accepts(); len(subjects) == 1 {
			r.HintSubject = subjects[0]
		}
	}
	if acr := asked.IDToken["acr"]; acr != nil {
		r.ACRValues = acr.Accepts()
		r.ACREssential = acr.Essential && len(r.ACRValues) > 0
	}
	return nil
}

func idTokenHint(in Input, r *Request) *reason.Error {
	token := in.Values.Get("id_token_hint")
	if token == "" {
		return nil
	}
	subject, err := in.Hint(token)
	if err != nil {
		return reason.Wrap(reason.OAuthRequestInvalid, err).On("id_token_hint", reason.InputInvalid, "")
	}
	r.HintSubject = subject
	return nil
}
