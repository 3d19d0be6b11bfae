package access

import (
	"context"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/caller"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Desk resolves and changes who may do what.
type Desk struct {
	DB     *store.DB
	System string // id of the system tenant
	Now    func() time.Time
	// Refusals bounds how many refusals of an address are recorded; nil: all are.
	Refusals *audit.Gate
	// Active narrows user ids of the system tenant to those who can sign in.
	// It is users' knowledge, handed in from above; nil: all can.
	Active func(ctx context.Context, r store.Reader, userIDs []string) ([]string, error)
}

func (d *Desk) system() store.Tenant { return d.DB.Tenant(d.System) }

// Resolve computes the grants of an administrator from his roles.
func (d *Desk) Resolve(ctx context.Context, userID string) (caller.Grants, error) {
	assigned, err := assignmentsOf(ctx, d.system(), userID)
	if err != nil {
		return Grants{}, err
	}
	return of(assigned), nil
}

// effective computes the actor's grants anew inside a transaction, with the
// rows locked that they rest on, so that a right lost meanwhile is not given
// on (R8).
func (d *Desk) effective(ctx context.Context, tx *store.Tx) (Grants, error) {
	by := caller.From(ctx)
	switch by.Actor.Type {
	case caller.ActorOperator, caller.ActorSystem:
		g, ok := by.Grants.(Grants)
		if !ok {
			return Grants{}, reason.New(reason.AccessDenied)
		}
		return g, nil
	case caller.ActorAdmin:
		assigned, err := d.assigned(ctx, tx, by.Actor.ID)
		return of(assigned), err
	case caller.ActorAPIClient:
		// A client's grants are computed with each request from its owner's.
		g, _ := by.Grants.(Grants)
		return g, nil
	case caller.ActorNobody, caller.ActorUser, caller.ActorClient:
	}
	return Grants{}, reason.New(reason.AccessDenied)
}

// assigned reads a user's roles, locked where the transaction reaches them. A
// transaction of another tenant does not: what is given there (API clients) is
// cut to its owner's grants with each use, so that a lost right is lost there
// too.
func (d *Desk) assigned(ctx context.Context, tx *store.Tx, userID string) ([]models.RoleAssignment, error) {
	if tx.ID() == d.System {
		return lockAssignmentsOf(ctx, tx, userID)
	}
	return assignmentsOf(ctx, d.system(), userID)
}

// mayGive refuses to give permissions that the actor lacks: AccessGrant (R8).
func (d *Desk) mayGive(ctx context.Context, tx *store.Tx, tenantID string, ps []Permission) error {
	own, err := d.effective(ctx, tx)
	if err != nil {
		return err
	}
	if !own.covers(tenantID, ps) {
		return reason.New(reason.AccessGrant)
	}
	return nil
}
