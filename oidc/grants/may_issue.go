package grants

import (
	"context"
	"slices"
	"strings"

	"gatehouse/identity/resources"
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
	// SessionID is empty where the tokens outlive the session.
	SessionID string
	Scopes    []string
	// Targets are the APIs that the tokens are for, found just now.
	Targets resources.Targets
	// Details are for these APIs (RFC 9396); what the user allowed of them is
	// found where he is asked.
	Details details.List
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
	if err := i.sessionHolds(ctx, r, c); err != nil {
		return nil, err
	}
	user, err := i.Users.ByID(ctx, r, c.UserID)
	if err != nil {
		return nil, err
	}
	if err := i.Users.Verdict(ctx, r, user); err != nil {
		return nil, err
	}
	return user, i.consentHolds(ctx, r, c)
}

// registered reports whether the application may still have every scope.
func registered(c Claim) bool {
	allowed := append(strings.Fields(c.Application.Scope), c.Targets.Scopes()...)
	return !slices.ContainsFunc(c.Scopes, func(s string) bool { return !slices.Contains(allowed, s) })
}

func (i *Issuer) sessionHolds(ctx context.Context, r store.Reader, c Claim) error {
	if c.Session != nil || c.SessionID == "" {
		return nil
	}
	s, err := i.Sessions.ByID(ctx, r, c.SessionID)
	if err != nil {
		return err
	}
	if s.UserID != c.UserID {
		return reason.New(reason.SessionNone)
	}
	return i.Sessions.Suffices(s, c.Application.Options.V)
}

// consentHolds asks only where consent was needed in the first place.
func (i *Issuer) consentHolds(ctx context.Context, r store.Reader, c Claim) error {
	if c.Application.FirstParty {
		return nil
	}
	consent, err := i.Applications.ConsentOf(ctx, r, c.UserID, c.Application.ID)
	if err != nil {
		if store.NotFound(err) {
			return reason.New(reason.ConsentRequired)
		}
		return err
	}
	if slices.ContainsFunc(c.Scopes, func(s string) bool { return !slices.Contains(consent.Scopes.V, s) }) {
		return reason.New(reason.ConsentRequired)
	}
	return nil
}
