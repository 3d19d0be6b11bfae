package grants

import (
	"context"
	"slices"
	"strings"

	"gatehouse/identity/applications"
	"gatehouse/identity/resources"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/oidc/details"
	"gatehouse/reason"
	"gatehouse/store"
)

// Claim is what somebody wants tokens for.
type Claim struct {
	Application *models.Application
	GrantType   string
	UserID      string // empty: the application itself
	// Session is the user's, already found valid; nil: SessionID is looked up.
	Session *models.Session
	// User was asked for together with Session; another one than UserID, or nil, is
	// of no use.
	User *users.Asked
	// SessionID is empty where the tokens outlive the session.
	SessionID string
	// Lasts tells that what comes of it is kept: the session is not ended before the
	// transaction is over, so that whoever ends it ends that, too (R66).
	Lasts  bool
	Scopes []string
	// Targets are the APIs that the tokens are for, found just now.
	Targets resources.Targets
	// Details are for these APIs (RFC 9396); what the user allowed of them is
	// found where he is asked.
	Details details.List
	// Allowed is when the user did; zero: just now, or what a revocation of all
	// that the application or the tenant holds ends by itself.
	Allowed models.Time
}

// MayIssue is the one judge of all grants and of every authorization: tenant,
// application, grant, scopes, session, user and consent, each as it is now
// (R36, L24). It returns the user, nil for an application's own tokens, or the
// first refusal.
func (i *Issuer) MayIssue(ctx context.Context, r store.Reader, t Tenant, c Claim) (*models.User, error) {
	switch {
	case !t.Row.Active():
		return nil, reason.New(reason.TenantSuspended)
	case !c.Application.Active():
		return nil, reason.New(reason.OAuthClientDisabled)
	case !c.Application.MayUse(c.GrantType):
		return nil, reason.New(reason.OAuthGrantNotAllowed)
	case !registered(c):
		return nil, reason.New(reason.OAuthScope)
	case c.Details.Judge(c.Targets.DetailTypes(c.Application)) != nil:
		return nil, reason.New(reason.OAuthDetails)
	case c.UserID == "":
		return nil, nil //nolint:nilnil // an application of its own has no user
	}
	f := found(ctx, r, c)
	for _, holds := range []func(facts, Claim) error{i.cutoffsSpare, i.sessionHolds} {
		if err := holds(f, c); err != nil {
			return nil, err
		}
	}
	user, err := f.user.User()
	if err != nil {
		return nil, err
	}
	if err := i.Users.Verdict(ctx, r, user); err != nil {
		return nil, err
	}
	return user, i.consentHolds(f, c)
}

// facts are what the database knows of a claim; nil: it does not matter.
type facts struct {
	cutoffs *tokens.Cutoffs
	session *sessions.Asked
	user    *users.Asked
	consent *applications.AskedConsent
}

// found asks for all that a claim needs in one go.
func found(ctx context.Context, r store.Reader, c Claim) facts {
	f := facts{user: c.User}
	var questions []*store.Question
	if !f.user.Of(c.UserID) {
		f.user = users.Ask(c.UserID)
		questions = append(questions, f.user.Question)
	}
	if !c.Allowed.IsZero() {
		f.cutoffs = tokens.AskCutoffs(c.Application.ClientID)
		questions = append(questions, f.cutoffs.Question)
	}
	if c.Session == nil && c.SessionID != "" {
		f.session = c.askSession()
		questions = append(questions, f.session.Question)
	}
	if c.asked() {
		f.consent = applications.AskConsent(c.UserID, c.Application.ID)
		questions = append(questions, f.consent.Question)
	}
	store.Ask(ctx, r, questions...)
	return f
}

func (c Claim) askSession() *sessions.Asked {
	if c.Lasts {
		return sessions.AskHeld(c.SessionID)
	}
	return sessions.Ask(c.SessionID)
}

func (i *Issuer) cutoffsSpare(f facts, c Claim) error {
	if f.cutoffs == nil {
		return nil
	}
	ended, err := f.cutoffs.End(c.Allowed)
	if err == nil && ended {
		return reason.New(reason.OAuthCodeUnknown)
	}
	return err
}

// registered reports whether the application may still have every scope.
func registered(c Claim) bool {
	allowed := append(strings.Fields(c.Application.Scope), c.Targets.Scopes()...)
	return !slices.ContainsFunc(c.Scopes, func(s string) bool { return !slices.Contains(allowed, s) })
}

func (i *Issuer) sessionHolds(f facts, c Claim) error {
	if f.session == nil {
		return nil
	}
	s, err := i.Sessions.Live(f.session)
	if err != nil {
		return err
	}
	if s.UserID != c.UserID {
		return reason.New(reason.SessionNone)
	}
	return i.Sessions.Suffices(s, c.Application.Options.V)
}

// asked reports whether the user was asked, so that there is a consent: others'
// applications always ask, the operator's own for details. Devices and CIBA keep
// no consent to the operator's own.
func (c Claim) asked() bool {
	return !c.Application.FirstParty || c.GrantType == models.GrantAuthorizationCode && len(c.Details) > 0
}

// consentHolds asks only where consent was needed in the first place.
func (i *Issuer) consentHolds(f facts, c Claim) error {
	if f.consent == nil {
		return nil
	}
	consent, err := f.consent.Consent()
	if err != nil {
		return err
	}
	if !c.Application.FirstParty && slices.ContainsFunc(c.Scopes, func(s string) bool { return !slices.Contains(consent.Scopes.V, s) }) {
		return reason.New(reason.ConsentRequired)
	}
	return nil
}
