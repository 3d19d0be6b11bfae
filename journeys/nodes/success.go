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
func (success) Ask(context.Context, store.Tenant, *journeys.Execution) (prompt.Prompt, error) {
	return prompt.Prompt{}, nil
}

// Take implements journeys.Node. The account, where it is made here, session, attempt and event are written in one
// transaction, or none of them. What the proof was charged is given back when it
// is committed.
func (n success) Take(ctx context.Context, tenant store.Tenant, x *journeys.Execution, _ journeys.Submission) (journeys.Verdict, error) {
	out, err := n.finish(ctx, tenant, x)
	return journeys.Verdict{Complete: out}, err
}

func (n success) finish(ctx context.Context, tenant store.Tenant, x *journeys.Execution) (*journeys.Outcome, error) {
	if x.Proof == nil || x.Proof.User == nil {
		return nil, reason.Wrap(reason.ServerError, errors.New("nodes: success without a proof"))
	}
	begin, err := n.terms(ctx, tenant, x)
	if err != nil {
		return nil, err
	}
	ctx = as(ctx, x)
	out := outcome(x)
	var void error
	err = tenant.Write(ctx, func(tx *store.Tx) error {
		if void = n.confirm(ctx, tx, x.Proof); void != nil {
			return void
		}
		return n.enter(ctx, tx, x, begin, out)
	})
	switch {
	case void != nil:
		return nil, n.voided(ctx, tenant, x, reason.From(void))
	case err != nil:
		return nil, err
	}
	out.DeviceToken = n.device(tenant, x.Proof.User.ID, x.Browser.Device)
	return out, nil
}

// confirm asks whether the proof holds still; of an account that is made here there
// is nothing that could have changed. It comes before all else in the transaction,
// since whoever changes the password waits for it and ends the user's sessions then.
func (n success) confirm(ctx context.Context, tx *store.Tx, p *journeys.Proof) error {
	if p.Draft != nil {
		return nil
	}
	return n.Users.Confirm(ctx, tx, p.User.ID, p.Password)
}

// voided records that the proof holds no longer, and tells the user the safe reason.
// Our own faults are no refusals.
func (n success) voided(ctx context.Context, tenant store.Tenant, x *journeys.Execution, why *reason.Error) error {
	if kind := why.Meaning().Kind; kind == reason.Internal || kind == reason.Unavailable {
		return why
	}
	if err := n.shut(ctx, tenant, x, why.Code); err != nil {
		return err
	}
	return safe(why)
}

// enter begins the session of whoever is proved, and makes his account first where
// he has none yet.
func (n success) enter(ctx context.Context, tx *store.Tx, x *journeys.Execution, begin sessions.New, out *journeys.Outcome) error {
	if one := x.Proof.Draft; one != nil {
		if err := n.Users.Enter(ctx, tx, one); err != nil {
			return err
		}
	}
	kept, own, err := n.kept(ctx, tx, x)
	if err != nil {
		return err
	}
	begin.Line = own
	session, secret, err := n.Sessions.BeginWithin(ctx, tx, begin)
	if err != nil {
		return err
	}
	out.SessionID, out.Sessions = session.ID, sessions.Hold(append(kept, sessions.Held{Session: session, Secret: secret}), session.ID)
	a := attempt(x, users.Result{User: x.Proof.User})
	a.SessionID = session.ID
	a.Details = map[string]any{"kind": session.Kind, "amr": session.AMR.V, "acr": session.ACR}
	if _, err := attempts.Record(ctx, tx, n.Now(), a); err != nil {
		return err
	}
	return n.Users.Settle(ctx, tx, x.Proof.Spent)
}

// terms are how long the session may live: the tenant's choice for its users,
// the default of the kind for everybody else.
func (n success) terms(ctx context.Context, tenant store.Tenant, x *journeys.Execution) (sessions.New, error) {
	row, err := n.Tenants.ByID(ctx, tenant.ID())
	if err != nil {
		return sessions.New{}, err
	}
	if !row.Active() {
		refusal := reason.New(reason.TenantSuspended)
		if err := n.shut(ctx, tenant, x, refusal.Code); err != nil {
			return sessions.New{}, err
		}
		return sessions.New{}, refusal
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

// shut records why nobody is let in.
func (n success) shut(ctx context.Context, tenant store.Tenant, x *journeys.Execution, why reason.Code) error {
	a := attempt(x, users.Result{User: x.Proof.User})
	a.Reason = why
	return tenant.Write(ctx, func(tx *store.Tx) error {
		_, err := attempts.Record(ctx, tx, n.Now(), a)
		return err
	})
}

// kept are the sessions of other users that the browser goes on holding; of too
// many, the one that was there longest ends. The user's own lives on beside the
// new one without the browser, since applications live on it, and ends with it:
// its line is returned, too. Nothing lives on one of the console, so that the new
// one takes its place (R64).
func (n success) kept(ctx context.Context, tx *store.Tx, x *journeys.Execution) (kept []sessions.Held, line string, err error) {
	held, err := n.Sessions.Held(ctx, tx, x.Browser.Sessions, x.Kind())
	if err != nil {
		return nil, "", err
	}
	for _, h := range held {
		switch {
		case x.Kind() == models.SessionUser && h.UserID == x.Proof.User.ID && line == "":
			if line = h.Line; line == "" {
				line = h.ID
			}
		case x.Kind() == models.SessionUser && h.UserID != x.Proof.User.ID && len(kept) < sessions.Most-1:
			kept = append(kept, h)
		default:
			if _, err := n.Sessions.Leave(ctx, tx, &h.Session, sessions.WhyReplaced); err != nil {
				return nil, "", err
			}
		}
	}
	return kept, line, nil
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
