package oidc

import (
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/tokens"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/details"
	"gatehouse/oidc/grants"
	"gatehouse/reason"
	"gatehouse/store"
)

// ApprovalView is a request that waits for its user.
type ApprovalView struct {
	ID              string
	ApplicationName string
	Verified        bool // the tenant vouches for the application's publisher
	BindingMessage  string
	Scopes          []ConsentScope
	Details         []details.Shown
	Lasting         time.Duration // as in ConsentView
	AskedAt         time.Time
	ExpiresAt       time.Time
}

// Approvals lists the requests that wait for whoever is signed in by the
// session.
func (p *Provider) Approvals(ctx context.Context, t Tenant, s *models.Session) ([]ApprovalView, error) {
	rows, err := p.Tokens.BackchannelsOf(ctx, t.Store, s.UserID)
	if err != nil {
		return nil, err
	}
	all := make([]ApprovalView, 0, len(rows))
	for i := range rows {
		v, err := p.approval(ctx, t, &rows[i])
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// Approval is one of them. It returns BackchannelUnknown, also for that of
// somebody else (R5).
func (p *Provider) Approval(ctx context.Context, t Tenant, s *models.Session, id string) (ApprovalView, error) {
	b, err := p.ownBackchannel(ctx, t, s, id)
	if err != nil {
		return ApprovalView{}, err
	}
	return p.approval(ctx, t, b)
}

func (p *Provider) ownBackchannel(ctx context.Context, t Tenant, s *models.Session, id string) (*models.BackchannelRequest, error) {
	b, err := p.Tokens.Backchannel(ctx, t.Store, id)
	if err == nil && b.UserID != s.UserID {
		return nil, reason.New(reason.BackchannelUnknown)
	}
	return b, err
}

func (p *Provider) approval(ctx context.Context, t Tenant, b *models.BackchannelRequest) (ApprovalView, error) {
	app, err := p.Applications.ByID(ctx, t.Store, b.ApplicationID)
	if err != nil {
		return ApprovalView{}, err
	}
	given, err := p.consentOf(ctx, t, b.UserID, app)
	if err != nil {
		return ApprovalView{}, err
	}
	targets, err := p.Grants.Named(ctx, t.Store, t, app, strings.Join(b.Details.V.Resources, " "))
	if err != nil {
		return ApprovalView{}, err
	}
	v := ApprovalView{
		Details: shownDetails(b.Details.V.AuthorizationDetails, targets, given),
		ID:      b.ID, ApplicationName: app.DisplayName, Verified: app.FirstParty, BindingMessage: b.BindingMessage,
		AskedAt: b.CreatedAt.Time, ExpiresAt: b.ExpiresAt.Time,
	}
	v.Scopes = consentScopes(strings.Fields(b.Scope), targets, given)
	if slices.Contains(strings.Fields(b.Scope), authorize.ScopeOffline) {
		v.Lasting = t.Row.Settings.V.For(app.Options.V).RefreshLifetime()
	}
	return v, nil
}

// Approve takes the user's answer. It returns BackchannelUnknown and the
// refusals of MayIssue.
func (p *Provider) Approve(ctx context.Context, t Tenant, s *models.Session, id string, d Decision) error {
	b, err := p.ownBackchannel(ctx, t, s, id)
	if err != nil {
		return err
	}
	by := tokens.Approval{SessionID: s.ID, AuthTime: s.AuthTime.Time, AMR: s.AMR.V, ACR: s.ACR}
	return p.answerBackchannel(as(ctx, userActor(s)), t.Store, t, b, by, d)
}

// ApproveFor answers in the user's place: for tests of applications and for
// devices of the operator's own that ask the user themselves. It needs
// access.SessionsWrite. It returns what Approve returns, and AccessGrant for an
// administrator who holds more than the caller; consent of the user is not the
// caller's to give.
func (p *Provider) ApproveFor(ctx context.Context, t Tenant, id string, d Decision) error {
	if err := access.Require(ctx, t.Store.ID(), access.SessionsWrite); err != nil {
		return err
	}
	b, err := p.Tokens.Backchannel(ctx, t.Store, id)
	if err != nil {
		return err
	}
	return t.Store.Write(ctx, func(tx *store.Tx) error {
		// Whoever answers for somebody has what that one's tokens open (R69).
		if err := p.Users.Access.MayTouch(ctx, tx, b.UserID); err != nil {
			return err
		}
		return p.answerBackchannel(ctx, tx, t, b, tokens.Approval{AuthTime: p.Now(), AMR: []string{}}, d)
	})
}

func (p *Provider) answerBackchannel(ctx context.Context, w store.Writer, t Tenant, b *models.BackchannelRequest, by tokens.Approval, d Decision) error {
	app, err := p.Applications.ByID(ctx, t.Store, b.ApplicationID)
	if err != nil {
		return err
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		if d == Deny {
			if err := p.Tokens.DenyBackchannel(ctx, tx, b); err != nil {
				return err
			}
			return p.recordBackchannel(ctx, tx, audit.BackchannelDenied, reason.ConsentDenied, b, app, by)
		}
		if err := p.allowBackchannel(ctx, tx, t, b, app, by); err != nil {
			return err
		}
		return p.recordBackchannel(ctx, tx, audit.BackchannelAllowed, "", b, app, by)
	})
}

// allowBackchannel keeps the user's consent, judges anew and lets the
// application have tokens (R36).
func (p *Provider) allowBackchannel(
	ctx context.Context, tx *store.Tx, t Tenant, b *models.BackchannelRequest, app *models.Application, by tokens.Approval,
) error {
	scopes := strings.Fields(b.Scope)
	if err := p.consentBackchannel(ctx, tx, b, app, by); err != nil {
		return err
	}
	targets, err := p.Grants.Named(ctx, tx, t, app, strings.Join(b.Details.V.Resources, " "))
	if err != nil {
		return err
	}
	_, err = p.Grants.MayIssue(ctx, tx, t, grants.Claim{
		Application: app, GrantType: models.GrantCIBA, UserID: b.UserID, SessionID: by.SessionID, Scopes: scopes,
		Targets: targets, Details: details.Stored(b.Details.V.AuthorizationDetails),
	})
	if err != nil {
		return err
	}
	return p.Tokens.AllowBackchannel(ctx, tx, b, by)
}

// consentBackchannel keeps what the user allowed; whoever answers in his place
// finds that he allowed the details before.
func (p *Provider) consentBackchannel(ctx context.Context, tx *store.Tx, b *models.BackchannelRequest, app *models.Application, by tokens.Approval) error {
	if app.FirstParty {
		return nil
	}
	asked := b.Details.V.AuthorizationDetails
	given, err := p.Applications.ConsentOf(ctx, tx, b.UserID, app.ID)
	if err != nil && !reason.Has(err, reason.ConsentRequired) {
		return err
	}
	if by.SessionID != "" {
		return p.Applications.GrantConsent(ctx, tx, b.UserID, app, union(given, strings.Fields(b.Scope), asked))
	}
	if given == nil || !details.Stored(asked).Covered(details.Stored(given.Details.V)) {
		return reason.New(reason.ConsentRequired)
	}
	return nil
}

func (p *Provider) recordBackchannel(
	ctx context.Context, tx *store.Tx, action string, why reason.Code, b *models.BackchannelRequest, app *models.Application, by tokens.Approval,
) error {
	return audit.Append(ctx, tx, p.Now(), audit.Event{
		Action: action, Reason: why, UserID: b.UserID, SessionID: by.SessionID, ApplicationID: app.ID,
		Target:  audit.Target{Type: "application", ID: app.ID, Name: app.DisplayName},
		Details: told(app, strings.Fields(b.Scope), b.Details.V.AuthorizationDetails),
	})
}
