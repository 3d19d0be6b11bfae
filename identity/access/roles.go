package access

import (
	"context"
	"slices"

	"gatehouse/audit"
	"gatehouse/internal/caller"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Assignment is a role to be given to an administrator.
type Assignment struct {
	UserID   string // of the system tenant
	UserName string // for the event
	Role     Role
	TenantID string // where it holds; empty: everywhere
}

// Assign gives a role. It needs AdministratorsWrite and every permission of
// the role where the role shall hold (R8: AccessGrant). The writer must be the
// system tenant's (R9: AccessDenied). Owners and auditors of everything hold
// everywhere only: Owner in a tenant is InputInvalid on "tenant". Giving a
// role twice changes nothing.
func (d *Desk) Assign(ctx context.Context, w store.Writer, a Assignment) (models.RoleAssignment, error) {
	row := models.RoleAssignment{
		ID: store.NewID(), UserID: a.UserID, Role: string(a.Role), TargetTenant: a.TenantID,
		CreatedAt: models.At(d.Now()), CreatedBy: caller.From(ctx).Actor.ID,
	}
	if err := d.judge(ctx, w, a); err != nil {
		return row, err
	}
	err := w.Write(ctx, func(tx *store.Tx) error {
		if err := d.mayGive(ctx, tx, a.TenantID, a.Role.Permissions()); err != nil {
			return err
		}
		if had, err := assignment(ctx, tx, a); err == nil || !store.NotFound(err) {
			row = had
			return err
		}
		if err := insertAssignment(ctx, tx, &row); err != nil {
			if store.Orphan(err) {
				return reason.Wrap(reason.UserUnknown, err)
			}
			return err
		}
		return d.recordRole(ctx, tx, audit.RoleAssigned, row, a.UserName)
	})
	return row, err
}

func (d *Desk) judge(ctx context.Context, w store.Writer, a Assignment) error {
	if w.ID() != d.System {
		return reason.New(reason.AccessDenied)
	}
	if err := Require(ctx, d.System, AdministratorsWrite); err != nil {
		return err
	}
	if !a.Role.Known() {
		return reason.New(reason.InputInvalid).On("role", reason.InputUnknown, "")
	}
	if a.Role == Owner && a.TenantID != "" {
		return reason.New(reason.InputInvalid).On("tenant", reason.InputInvalid, "")
	}
	if a.UserID == "" {
		return reason.New(reason.InputInvalid).On("user", reason.InputRequired, "")
	}
	return nil
}

func (d *Desk) recordRole(ctx context.Context, tx *store.Tx, action string, row models.RoleAssignment, name string) error {
	return audit.Append(ctx, tx, d.Now(), audit.Event{
		Action: action, UserID: row.UserID, Target: audit.Target{Type: "user", ID: row.UserID, Name: name},
		Details: map[string]any{"role": row.Role, "tenant": row.TargetTenant},
	})
}

// Remove takes a role away. It needs AdministratorsWrite and, as giving does,
// every permission of the role. The last owner stays: AccessLastOwner (R10).
// No such assignment is RequestNotFound.
func (d *Desk) Remove(ctx context.Context, w store.Writer, assignmentID string) error {
	if w.ID() != d.System {
		return reason.New(reason.AccessDenied)
	}
	if err := Require(ctx, d.System, AdministratorsWrite); err != nil {
		return err
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		row, err := assignmentByID(ctx, tx, assignmentID)
		if store.NotFound(err) {
			return reason.Wrap(reason.RequestNotFound, err)
		}
		if err != nil {
			return err
		}
		if err := d.mayGive(ctx, tx, row.TargetTenant, Role(row.Role).Permissions()); err != nil {
			return err
		}
		if Role(row.Role) == Owner {
			if err := d.KeepOwner(ctx, tx, row.UserID); err != nil {
				return err
			}
		}
		if err := deleteAssignment(ctx, tx, row.ID); err != nil {
			return err
		}
		return d.recordRole(ctx, tx, audit.RoleRemoved, row, "")
	})
}

// KeepOwner refuses, with AccessLastOwner, to let a user go without whom no
// owner could sign in (R10). Whoever disables, locks or deletes a user of the
// system tenant asks it in the same transaction, which then holds the owners'
// rows locked; users of other tenants pass.
func (d *Desk) KeepOwner(ctx context.Context, tx *store.Tx, userID string) error {
	if tx.ID() != d.System {
		return nil
	}
	owners, err := lockOwners(ctx, tx)
	if err != nil {
		return err
	}
	others := make([]string, 0, len(owners))
	for _, o := range owners {
		if o.UserID != userID {
			others = append(others, o.UserID)
		}
	}
	if len(others) == len(owners) {
		return nil // no owner himself
	}
	if d.Active != nil && len(others) > 0 {
		if others, err = d.Active(ctx, tx, others); err != nil {
			return err
		}
	}
	if len(others) == 0 {
		return reason.New(reason.AccessLastOwner)
	}
	return nil
}

// MayTouch refuses, with AccessGrant, to change an administrator who holds
// more than the actor does: resetting a password is taking over its rights.
func (d *Desk) MayTouch(ctx context.Context, tx *store.Tx, userID string) error {
	if tx.ID() != d.System {
		return nil
	}
	theirs, err := lockAssignmentsOf(ctx, tx, userID)
	if err != nil {
		return err
	}
	for _, a := range theirs {
		if err := d.mayGive(ctx, tx, a.TargetTenant, Role(a.Role).Permissions()); err != nil {
			return err
		}
	}
	return nil
}

// List lists role assignments, of one user or (userID empty) of all, in the
// order of their making. It needs AdministratorsRead.
func (d *Desk) List(ctx context.Context, userID string) ([]models.RoleAssignment, error) {
	if err := Require(ctx, d.System, AdministratorsRead); err != nil {
		return nil, err
	}
	if userID != "" {
		return assignmentsOf(ctx, d.system(), userID)
	}
	return assignments(ctx, d.system())
}

// Owned reports whether there is an owner: whether set-up is over.
func (d *Desk) Owned(ctx context.Context) (bool, error) {
	found, err := assignmentsWith(ctx, d.system(), Owner)
	return len(found) > 0, err
}

// Administrators lists the ids of all users who hold a role.
func (d *Desk) Administrators(ctx context.Context) ([]string, error) {
	rows, err := d.List(ctx, "")
	ids := make([]string, 0, len(rows))
	for _, a := range rows {
		if !slices.Contains(ids, a.UserID) {
			ids = append(ids, a.UserID)
		}
	}
	return ids, err
}
