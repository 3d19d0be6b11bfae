package authorize

import (
	"slices"
	"strings"

	"gatehouse/models"
	"gatehouse/reason"
)

// The parts that a response type is made of (OAuth 2.0 Multiple Response Type
// Encoding Practices §3 and §5).
const (
	PartCode    = "code"
	PartIDToken = "id_token"
	PartToken   = "token"
)

// The response modes. The ones with jwt carry a signed response (JARM §2.3).
const (
	ModeQuery       = "query"
	ModeFragment    = "fragment"
	ModeFormPost    = "form_post"
	ModeJWT         = "jwt"
	ModeQueryJWT    = "query.jwt"
	ModeFragmentJWT = "fragment.jwt"
	ModeFormPostJWT = "form_post.jwt"
)

// ResponseModes are those that are supported.
func ResponseModes() []string {
	return []string{ModeQuery, ModeFragment, ModeFormPost, ModeJWT, ModeQueryJWT, ModeFragmentJWT, ModeFormPostJWT}
}

// Canonical writes a response type in our order of its parts; "" for one that
// there is not. Their order has no meaning (RFC 6749 §3.1.1).
func Canonical(responseType string) string {
	asked := strings.Fields(responseType)
	slices.Sort(asked)
	for _, known := range models.ResponseTypes() {
		parts := strings.Fields(known)
		slices.Sort(parts)
		if slices.Equal(parts, asked) {
			return known
		}
	}
	return ""
}

// Gives reports whether the response holds the part.
func (r *Request) Gives(part string) bool {
	return slices.Contains(strings.Fields(r.ResponseType), part)
}

// front reports whether a response type holds more than a code, so that it
// must not travel in a query (OAuth 2.0 Multiple Response Types §5).
func front(responseType string) bool { return responseType != "" && responseType != PartCode }

// transport is how the answer travels: as asked where that is possible, else
// as the response type has it. Refusals of any check travel in it.
func transport(asked, responseType string) string {
	byDefault := ModeQuery
	if front(responseType) {
		byDefault = ModeFragment
	}
	switch {
	case asked == ModeJWT:
		return byDefault + ".jwt"
	case asked == "", !slices.Contains(ResponseModes(), asked), tooOpen(asked, responseType):
		return byDefault
	}
	return asked
}

// tooOpen: what a query holds ends in logs and Referer headers. A signed and
// encrypted response may stand there; a merely signed one may not (JARM §2.3.1).
func tooOpen(mode, responseType string) bool {
	return front(responseType) && (mode == ModeQuery || mode == ModeQueryJWT)
}

// Signed reports whether the response travels as a JWT (JARM §2).
func (r *Request) Signed() bool { return strings.HasSuffix(r.ResponseMode, ".jwt") }

// Posted reports whether the response travels in a form.
func (r *Request) Posted() bool { return strings.HasPrefix(r.ResponseMode, ModeFormPost) }

// responseType takes one that exists (RFC 6749 §3.1.1).
func responseType(in Input, r *Request) *reason.Error {
	switch {
	case !in.Values.Has("response_type"):
		return reason.New(reason.OAuthRequestInvalid).On("response_type", reason.InputRequired, "")
	case r.ResponseType == "":
		return reason.New(reason.OAuthResponseType)
	}
	return nil
}

// grant holds the application to what it is registered for: whatever comes by
// the browser beside a code is an administrator's choice (R24).
func grant(in Input, r *Request) *reason.Error {
	types := in.Application.ResponseTypes.V
	if len(types) == 0 {
		types = []string{PartCode}
	}
	registered := slices.ContainsFunc(types, func(t string) bool { return Canonical(t) == r.ResponseType })
	if !registered || r.Gives(PartCode) && !in.Application.MayUse(models.GrantAuthorizationCode) ||
		front(r.ResponseType) && !in.Application.MayUse(models.GrantImplicit) {
		return reason.New(reason.OAuthGrantNotAllowed)
	}
	return nil
}

// responseMode: any that there is, but no query for what holds tokens (OAuth 2.0
// Multiple Response Types §2.1); and what the application limits itself to (R29).
func responseMode(in Input, r *Request) *reason.Error {
	asked := in.Values.Get("response_mode")
	allowed := in.Application.Options.V.ResponseModes
	switch {
	case asked != "" && !slices.Contains(ResponseModes(), asked),
		tooOpen(asked, r.ResponseType),
		len(allowed) > 0 && !slices.Contains(allowed, r.ResponseMode) && !slices.Contains(allowed, asked):
		return reason.New(reason.OAuthResponseMode)
	}
	return nil
}

// nonce must come along where an ID token passes through the browser (OpenID
// Connect Core §3.2.2.1 and §3.3.2.11).
func nonce(in Input, r *Request) *reason.Error {
	if r.Gives(PartIDToken) && !in.Values.Has("nonce") {
		return reason.New(reason.OAuthRequestInvalid).On("nonce", reason.InputRequired, "")
	}
	return nil
}

// openid must be asked for where an ID token is (OpenID Connect Core §3.1.2.1).
func openid(_ Input, r *Request) *reason.Error {
	if r.Gives(PartIDToken) && !r.Wants(ScopeOpenID) {
		return reason.New(reason.OAuthScope).On("scope", reason.InputInvalid, ScopeOpenID)
	}
	return nil
}
