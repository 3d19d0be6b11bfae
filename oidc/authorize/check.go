package authorize

import (
	"time"

	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
)

// Input is a request whose client and redirect URI are already known to belong
// together: from here on a refusal may be sent to the redirect URI (R22).
type Input struct {
	Values   strict.Values
	Repeated []string // names that were sent more than once
	// Application is the client.
	Application *models.Application
	// Issuer is the tenant's.
	Issuer string
	// Hint verifies an ID token that was issued to the application, expired or
	// not, and gives its subject.
	Hint func(token string) (string, error)
	// Targets finds the APIs that the application may ask for by these
	// identifiers, each once, and their scopes. It returns OAuthResource.
	Targets func(identifiers []string) (found, scopes []string, err error)
	// Details reads authorization_details. It returns OAuthDetails.
	Details func(text string) (Detailed, error)
	// Pushed is the hash of the pushed request; nil: it came by the browser.
	Pushed []byte
	// Object tells of the request object that the values stood in.
	Object Wrapping
	// SignsUp tells that people may create an account at the application.
	SignsUp bool
	// Browser is the hash of the browser cookie.
	Browser string
	Now     time.Time
}

// Wrapping tells whether the parameters stood in a request object (RFC 9101).
type Wrapping struct {
	Signed bool
	// Err is why the object could not be read; the values are those beside it.
	Err *reason.Error
}

// Refused is a request that failed a check, with the checks that it passed.
type Refused struct {
	Passed []string
	Step   string
	// Cites is the rule that was broken, in ASCII: error_description may hold
	// nothing else (RFC 6749 §4.1.2.1).
	Cites string
	Err   *reason.Error
}

// check is one rule about a request. It reads the input and fills its part of
// the request.
type check struct {
	name  string
	cites string
	run   func(Input, *Request) *reason.Error
}

// checks are made in this order; the first that fails answers.
var checks = []check{
	{"request_object", "RFC 9101 section 6, OpenID Connect Core section 6", requestObject},
	{"registration", "OpenID Connect Core section 7.2.1", registration},
	{"pushed", "RFC 9126 section 5", pushed},
	{"repeated", "RFC 6749 section 3.1", repeated},
	{"response_type", "RFC 6749 section 3.1.1", responseType},
	{"grant", "RFC 7591 section 2", grant},
	{"response_mode", "OAuth 2.0 Multiple Response Types section 2.1", responseMode},
	{"details", "RFC 9396 section 5", authorizationDetails},
	{"resource", "RFC 8707 section 2", resource},
	{"scope", "RFC 6749 section 3.3", scope},
	{"openid", "OpenID Connect Core section 3.1.2.1", openid},
	{"nonce", "OpenID Connect Core section 3.2.2.1", nonce},
	{"pkce_method", "RFC 7636 section 4.3", pkceMethod},
	{"pkce_challenge", "RFC 7636 section 4.2 and section 4.4.1", pkceChallenge},
	{"bound", "RFC 9449 section 5.2 and section 10", bound},
	{"prompt", "OpenID Connect Core section 3.1.2.1", prompt},
	{"max_age", "OpenID Connect Core section 3.1.2.1", maxAge},
	{"hints", "OpenID Connect Core section 3.1.2.1", hints},
	{"claims", "OpenID Connect Core section 5.5", claimsRequest},
	{"id_token_hint", "OpenID Connect Core section 3.1.2.1", idTokenHint},
}

// Check makes every check. The request is never nil: with a refusal it holds
// what the answer needs, which is redirect URI, state and response mode.
func Check(in Input) (*Request, *Refused) {
	r := &Request{
		ApplicationID: in.Application.ID,
		ClientID:      in.Application.ClientID,
		RedirectURI:   in.Values.Get("redirect_uri"),
		ResponseType:  Canonical(in.Values.Get("response_type")),
		State:         in.Values.Get("state"),
		Nonce:         in.Values.Get("nonce"),
		Began:         in.Now.UnixMicro(),
		Browser:       in.Browser,
		Pushed:        in.Pushed,
	}
	r.ResponseMode = transport(in.Values.Get("response_mode"), r.ResponseType)
	for i, c := range checks {
		if err := c.run(in, r); err != nil {
			return r, &Refused{Passed: names(checks[:i]), Step: c.name, Cites: c.cites, Err: err}
		}
	}
	return r, nil
}

func names(passed []check) []string {
	out := make([]string, len(passed))
	for i, c := range passed {
		out[i] = c.name
	}
	return out
}
