package users

import (
	"context"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/sessions"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Change is what becomes of a user's profile. Version is the one that was read.
type Change struct {
	Profile
	Version int64
}

// Update changes a user's profile. It returns reason.InputInvalid,
// reason.InputTaken, reason.UserUnknown, or reason.VersionStale when somebody
// was faster.
func (d *Directory) Update(ctx context.Context, w store.Writer, id string, c Change) (*models.User, error) {
	if err := access.Require(ctx, w.ID(), access.UsersWrite); err != nil {
		return nil, err
	}
	c.Profile = c.Clean()
	if err := c.check(); err != nil {
		return nil, err
	}
	var u *models.User
	err := d.touching(ctx, w, id, func(tx *store.Tx, found *models.User) error {
		u = found
		if u.Version != c.Version {
			return reason.New(reason.VersionStale)
		}
		return d.change(ctx, tx, audit.UserUpdated, u, nil, func() { c.onto(u) })
	})
	return u, err
}

// touching finds a user and runs fn in one transaction, if the caller may touch
// somebody with that user's rights (R8).
func (d *Directory) touching(ctx context.Context, w store.Writer, id string, fn func(*store.Tx, *models.User) error) error {
	return w.Write(ctx, func(tx *store.Tx) error {
		u, err := d.ByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := d.Access.MayTouch(ctx, tx, id); err != nil {
			return err
		}
		return fn(tx, u)
	})
}

// change applies a change to the user and records it.
func (d *Directory) change(
	ctx context.Context, tx *store.Tx, action string, u *models.User, details map[string]any, apply func(),
) error {
	before, names, read := facts(u), identifiers(u), u.Version
	apply()
	u.Version, u.UpdatedAt = read+1, models.At(d.Now())
	if err := update(ctx, tx, u, read); err != nil {
		return taken(err, "username")
	}
	if err := renameIdentifiers(ctx, tx, u.ID, names, identifiers(u)); err != nil {
		return taken(err, takenField(u))
	}
	return d.record(ctx, tx, action, u, audit.Event{Details: details, Before: before, After: facts(u)})
}

// Lock keeps a user out until he is unlocked. His sessions and tokens end.
func (d *Directory) Lock(ctx context.Context, w store.Writer, id, why string) (*models.User, error) {
	return d.keepOut(ctx, w, id, models.UserLocked, audit.UserLocked, why, sessions.WhyLocked, access.UsersSupport)
}

// Disable keeps a user out until he is enabled. His sessions and tokens end.
func (d *Directory) Disable(ctx context.Context, w store.Writer, id, why string) (*models.User, error) {
	return d.keepOut(ctx, w, id, models.UserDisabled, audit.UserDisabled, why, sessions.WhyDisabled, access.UsersWrite)
}

func (d *Directory) keepOut(
	ctx context.Context, w store.Writer, id string, to models.UserStatus, action, why, end string, p access.Permission,
) (*models.User, error) {
	if err := access.Require(ctx, w.ID(), p); err != nil {
		return nil, err
	}
	var u *models.User
	err := d.touching(ctx, w, id, func(tx *store.Tx, found *models.User) error {
		if u = found; u.Status == to {
			return nil
		}
		if err := d.Access.KeepOwner(ctx, tx, id); err != nil { // R10
			return err
		}
		details, err := d.endAll(ctx, tx, id, end)
		if err != nil {
			return err
		}
		details["why"] = why
		return d.change(ctx, tx, action, u, details, func() { u.Status = to })
	})
	return u, err
}

// endAll ends a user's sessions and refresh families (R66).
func (d *Directory) endAll(ctx context.Context, tx *store.Tx, id, why string) (map[string]any, error) {
	ended, err := d.Sessions.EndAllOf(ctx, tx, id, why)
	if err != nil {
		return nil, err
	}
	families, err := d.Families.RevokeFamiliesOfUser(ctx, tx, id, why)
	return map[string]any{"sessions": ended, "families": families}, err
}

// Unlock lets a locked user in again.
func (d *Directory) Unlock(ctx context.Context, w store.Writer, id, why string) (*models.User, error) {
	return d.letIn(ctx, w, id, audit.UserUnlocked, why, access.UsersSupport)
}

// Enable lets a disabled user in again.
func (d *Directory) Enable(ctx context.Context, w store.Writer, id, why string) (*models.User, error) {
	return d.letIn(ctx, w, id, audit.UserEnabled, why, access.UsersWrite)
}

func (d *Directory) letIn(ctx context.Context, w store.Writer, id, action, why string, p access.Permission) (*models.User, error) {
	if err := access.Require(ctx, w.ID(), p); err != nil {
		return nil, err
	}
	var u *models.User
	err := d.touching(ctx, w, id, func(tx *store.Tx, found *models.User) error {
		if u = found; u.Status == models.UserActive {
			return nil
		}
		if u.Status == models.UserDisabled && p != access.UsersWrite {
			return reason.New(reason.AccessDenied) // support unlocks, and does not enable
		}
		return d.change(ctx, tx, action, u, map[string]any{"why": why}, func() { u.Status = models.UserActive })
	})
	return u, err
}

// SetPassword gives a user a password; an empty one takes it away. His other
// sessions and all refresh families end (R66). Why is for the record; empty:
// nobody said.
func (d *Directory) SetPassword(ctx context.Context, w store.Writer, id, password, why string) error {
	return d.setPassword(ctx, w, id, password, "", why)
}

// SetPasswordHash gives a user the password behind a hash of another system.
func (d *Directory) SetPasswordHash(ctx context.Context, w store.Writer, id, hash, why string) error {
	return d.setPassword(ctx, w, id, "", hash, why)
}

func (d *Directory) setPassword(ctx context.Context, w store.Writer, id, password, hash, why string) error {
	if err := access.Require(ctx, w.ID(), access.UsersWrite); err != nil {
		return err
	}
	u, err := d.ByID(ctx, w, id)
	if err != nil {
		return err
	}
	set, err := d.prepare(ctx, w.ID(), ProfileOf(u), password, hash)
	if err != nil {
		return err
	}
	return d.touching(ctx, w, id, func(tx *store.Tx, _ *models.User) error {
		if password == "" && hash == "" {
			err = d.Passwords.Remove(ctx, tx, id, why)
		} else {
			err = set(ctx, tx, id, why)
		}
		if err != nil {
			return err
		}
		_, err := d.endAll(ctx, tx, id, sessions.WhyPassword)
		return err
	})
}

// Delete removes a user with all that is his. It returns reason.UserUnknown, or
// reason.AccessLastOwner.
func (d *Directory) Delete(ctx context.Context, w store.Writer, id, why string) error {
	if err := access.Require(ctx, w.ID(), access.UsersWrite); err != nil {
		return err
	}
	return d.touching(ctx, w, id, func(tx *store.Tx, u *models.User) error {
		if err := d.Access.KeepOwner(ctx, tx, id); err != nil {
			return err
		}
		details, err := d.endAll(ctx, tx, id, sessions.WhyDeleted)
		if err != nil {
			return err
		}
		details["why"] = why
		if err := remove(ctx, tx, id); err != nil {
			return err
		}
		return d.record(ctx, tx, audit.UserDeleted, u, audit.Event{Details: details, Before: facts(u)})
	})
}

// EndSessions signs a user out everywhere and ends his tokens.
func (d *Directory) EndSessions(ctx context.Context, w store.Writer, id, why string) error {
	if err := access.Require(ctx, w.ID(), access.SessionsWrite); err != nil {
		return err
	}
	return d.touching(ctx, w, id, func(tx *store.Tx, u *models.User) error {
		details, err := d.endAll(ctx, tx, id, sessions.WhyRevoked)
		if err != nil {
			return err
		}
		details["why"] = why
		return d.record(ctx, tx, audit.UserSignedOut, u, audit.Event{Details: details})
	})
}
