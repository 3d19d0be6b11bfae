package authorize

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/models"
	"gatehouse/oidc/claims"
	"gatehouse/oidc/details"
	"gatehouse/reason"
)

// Step is what a request needs next.
type Step int

// The steps of a request.
const (
	Issue   Step = iota // nothing: a code may be issued
	SignIn              // the user has to sign in, again or as somebody else
	Consent             // the user has to be asked
	Choose              // the user has to say which of his accounts he means
	SignUp              // the user wants an account that he has not
)

// Standing is what is known of the browser's user when a request is judged.
type Standing struct {
	Session *models.Session // valid, of a user who may sign in; nil: none
	Subject string          // by which the application knows the session's user
	Consent *models.Consent // what the user allowed the application; nil: nothing
	// Weak tells that the session is not enough for the application: it has to be
	// signed in anew, even if it was chosen.
	Weak bool
	// Others tells that the browser holds further sessions, as far as that
	// matters, and Hinted which of them the request's hints name; empty: none.
	Others bool
	Hinted string
	Now    time.Time
}

// Next says what the request needs, from what is known now; it is asked when
// the request comes in and again at every return. A refusal is for the
// application: prompt=none where somebody would have to be asked (OpenID
// Connect Core §3.1.2.6), or a user other than the hint's.
func Next(r *Request, app *models.Application, s Standing) (Step, *reason.Error) {
	if r.Asks(PromptCreate) && !r.Answered(s.Session) {
		return SignUp, nil
	}
	if r.chooses(s) {
		return r.unlessSilent(Choose, reason.OAuthAccount)
	}
	if s.Session == nil || s.Weak || !r.fresh(s.Session, s.Now) {
		return r.unlessSilent(SignIn, reason.OAuthLoginRequired)
	}
	if r.HintSubject != "" && r.HintSubject != s.Subject {
		if r.Answered(s.Session) {
			return SignIn, reason.New(reason.OAuthLoginRequired)
		}
		return r.unlessSilent(SignIn, reason.OAuthLoginRequired)
	}
	if r.ACREssential && !slices.Contains(r.ACRValues, s.Session.ACR) {
		if r.during(s.Session.AuthTime) || r.Asks(PromptNone) {
			return SignIn, reason.New(reason.OAuthACR)
		}
		return SignIn, nil
	}
	if r.needsConsent(app, s) {
		return r.unlessSilent(Consent, reason.OAuthConsentRequired)
	}
	return Issue, nil
}

func (r *Request) unlessSilent(step Step, code reason.Code) (Step, *reason.Error) {
	if r.Asks(PromptNone) {
		return step, reason.New(code)
	}
	return step, nil
}

// during reports whether something happened after the request came in, so
// that it answers the request.
func (r *Request) during(at models.Time) bool { return !at.Before(r.BeganAt()) }

// Answered reports whether the user signed in or chose this session after the
// request came in: then it is the one that he means.
func (r *Request) Answered(s *models.Session) bool {
	return s != nil && (r.during(s.AuthTime) || r.during(s.ChosenAt))
}

// chooses reports whether the user has to say which of his accounts he means:
// because the application asks him to, because it names another one than
// answers now, or because none does. Who signs in anyway says it there.
func (r *Request) chooses(s Standing) bool {
	switch {
	case r.Answered(s.Session):
		return false
	case r.Asks(PromptSelectAccount):
		return s.Session != nil || s.Others
	case r.Asks(PromptLogin):
		return false
	}
	return s.Hinted != "" || s.Session == nil && s.Others
}

// fresh reports whether the sign-in is as recent as the request demands. One
// that happened for this very request always is.
func (r *Request) fresh(s *models.Session, now time.Time) bool {
	if r.during(s.AuthTime) {
		return true
	}
	if r.Asks(PromptLogin) || r.Asks(PromptSelectAccount) && !r.Answered(s) {
		return false
	}
	return r.MaxAge == nil || now.Sub(s.AuthTime.Time) <= time.Duration(*r.MaxAge)*time.Second
}

// MayAsk reports whether the request can need a consent at all, so that it is
// worth reading what was allowed before.
func MayAsk(r *Request, app *models.Application) bool {
	return !app.FirstParty || r.Asks(PromptConsent) || app.Type == models.TypeNative || len(r.Details) > 0
}

// needsConsent holds R31. An answer that was given during this request counts
// for it, whatever it was asked for; where the user has to be asked each time, only
// one to this very request does, since another may wait beside it.
func (r *Request) needsConsent(app *models.Application, s Standing) bool {
	answered := s.Consent != nil && (r.Allowed || !r.AskAlways && r.during(s.Consent.UpdatedAt))
	if answered && r.covered(app, s.Consent) {
		return false
	}
	switch {
	case r.Asks(PromptConsent), r.AskAlways:
		return true
	case !r.detailsCovered(s.Consent): // of whoever's application (RFC 9396 §12)
		return true
	case app.FirstParty:
		return app.Type == models.TypeNative && unproven(app, r) && !r.during(s.Session.AuthTime)
	case s.Consent == nil || !r.covered(app, s.Consent):
		return true
	}
	return unproven(app, r)
}

// Asked are the scopes that a user is asked for: those of the request, and those
// to which the claims belong that it asks for one by one, as far as the
// application may have them.
func (r *Request) Asked(app *models.Application) []string {
	if len(r.Claims) == 0 {
		return r.Scopes
	}
	asked, wishes, allowed := slices.Clone(r.Scopes), claims.Read(r.Claims), strings.Fields(app.Scope)
	for _, names := range [][]string{claims.Wished(wishes.IDToken, allowed), claims.Wished(wishes.UserInfo, allowed)} {
		for _, name := range names {
			if scope := claims.ScopeOf(name); !slices.Contains(asked, scope) {
				asked = append(asked, scope)
			}
		}
	}
	return asked
}

func (r *Request) covered(app *models.Application, c *models.Consent) bool {
	for _, scope := range r.Asked(app) {
		if !slices.Contains(c.Scopes.V, scope) {
			return false
		}
	}
	return r.detailsCovered(c)
}

// detailsCovered: the user allowed each of the details just as it is asked for.
func (r *Request) detailsCovered(c *models.Consent) bool {
	if len(r.Details) == 0 || c == nil {
		return len(r.Details) == 0
	}
	return details.Stored(r.Details).Covered(details.Stored(c.Details.V))
}

// unproven reports whether another app on the same device could pose as this
// one: a public client whose redirect URI nobody can claim for himself (RFC
// 8252 §8.6).
func unproven(app *models.Application, r *Request) bool {
	if !app.Public() {
		return false
	}
	u, err := url.Parse(r.RedirectURI)
	return err != nil || u.Scheme != "https"
}
