package nodes

import (
	"context"
	"errors"

	"gatehouse/audit/attempts"
	"gatehouse/identity/sessions"
	"gatehouse/identity/throttle"
	"gatehouse/identity/users"
	"gatehouse/internal/caller"
	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// success begins the session of whoever was proved.
type success struct{ Options }

// Outcomes implements journeys.Node.
func (success) Outcomes() []string { return nil }

// Ask implements journeys.Node: nothing is asked.
func (success) Ask(*journeys.Execution) prompt.Prompt { return prompt.Prompt{} }

// Take implements journeys.Node. Session, attempt and event are written in one
// transaction, or none of them. What the proof was charged is given back last,
// since all of a tenant's attempts meet at its counter.
func (n success) Take(ctx context.Context, tenant store.Tenant, x *journeys.Execution, s journeys.Submission) (journeys.Verdict, error) {
	if x.Proof == nil || x.Proof.User == nil {
		return journeys.Verdict{}, reason.Wrap(reason.ServerError, errors.New("nodes: success without a proof"))
	}
	begin, err := n.terms(ctx, tenant, x)
	if err != nil {
		return journeys.Verdict{}, err
	}
	ctx = as(ctx, x)
	out := outcome(x)
	err = tenant.Write(ctx, func(tx *store.Tx) error {
		if err := n.replace(ctx, tx, x, s.Session); err != nil {
			return err
		}
		session, secret, err := n.Sessions.Begin(ctx, tx, begin)
		if err != nil {
			return err
		}
		out.SessionID, out.SessionSecret, out.Expires = session.ID, secret, session.ExpiresAt.Time
		a := attempt(x, users.Result{User: x.Proof.User})
		a.SessionID = session.ID
		if _, err = attempts.Record(ctx, tx, n.Now(), a); err != nil {
			return err
		}
		return n.Users.Settle(ctx, tx, x.Proof.Spent)
	})
	if err != nil {
		return journeys.Verdict{}, err
	}
	out.Stays = begin.Stays
	out.DeviceToken = n.device(tenant, x.Proof.User.ID, s.DeviceToken)
	return journeys.Verdict{Complete: out}, nil
}

// terms are how long the session may live: the tenant's choice for its users,
// the default of the kind for everybody else.
func (n success) terms(ctx context.Context, tenant store.Tenant, x *journeys.Execution) (sessions.New, error) {
	row, err := n.Tenants.ByID(ctx, tenant.ID())
	if err != nil {
		return sessions.New{}, err
	}
	if !row.Active() {
		return sessions.New{}, n.shut(ctx, tenant, x)
	}
	begin := sessions.New{
		UserID: x.Proof.User.ID, UserName: x.Proof.User.Username, Kind: x.Kind(),
		AMR: x.Proof.AMR, ACR: x.Proof.ACR, AuthTime: x.Proof.At,
	}
	if x.Kind() == models.SessionUser {
		begin.Idle, begin.Lifetime = row.Settings.V.SessionIdle(), row.Settings.V.SessionLifetime()
		begin.Stays = row.Settings.V.Stays(x.Stays)
	}
	return begin, nil
}

// shut records that the tenant lets nobody in, and refuses.
func (n success) shut(ctx context.Context, tenant store.Tenant, x *journeys.Execution) error {
	refusal := reason.New(reason.TenantSuspended)
	a := attempt(x, users.Result{User: x.Proof.User})
	a.Reason = refusal.Code
	err := tenant.Write(ctx, func(tx *store.Tx) error {
		_, err := attempts.Record(ctx, tx, n.Now(), a)
		return err
	})
	if err != nil {
		return err
	}
	return refusal
}

// replace ends the session of somebody else who was signed in in this browser.
// The user's own stays, since other applications still live on it; nothing lives
// on one of the console, so that the new one takes its place (R64).
func (n success) replace(ctx context.Context, tx *store.Tx, x *journeys.Execution, secret string) error {
	if secret == "" {
		return nil
	}
	old, err := n.Sessions.Find(ctx, tx, secret, x.Kind())
	if err != nil {
		if reason.From(err).Meaning().Kind == reason.Unauthorized {
			return nil // there is no such session, or no more
		}
		return err
	}
	if old.UserID == x.Proof.User.ID && x.Kind() == models.SessionUser {
		return nil
	}
	return n.Sessions.End(ctx, tx, old.ID, sessions.WhyReplaced)
}

// device keeps the token that the browser has, or makes its first (R81).
func (n success) device(tenant store.Tenant, userID, token string) string {
	if owner, _, ok := throttle.Device(n.K, tenant.ID(), token); ok && owner == userID {
		return token
	}
	return throttle.DeviceToken(n.K, tenant.ID(), userID)
}

func outcome(x *journeys.Execution) *journeys.Outcome {
	return &journeys.Outcome{
		Subject: x.Proof.User.ID, AMR: x.Proof.AMR, ACR: x.Proof.ACR, AuthTime: x.Proof.At,
		ReturnTo: x.Need.ReturnTo, ApplicationID: x.Need.ApplicationID, Kind: x.Kind(),
	}
}

// as makes whoever was proved the actor of what follows.
func as(ctx context.Context, x *journeys.Execution) context.Context {
	info := caller.From(ctx)
	info.Actor = caller.Actor{Type: caller.ActorUser, ID: x.Proof.User.ID, Name: x.Proof.User.Username}
	if x.Kind() == models.SessionConsole {
		info.Actor.Type = caller.ActorAdmin
	}
	return caller.With(ctx, info)
}
