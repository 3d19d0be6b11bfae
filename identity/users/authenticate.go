package users

import (
	"context"

	"gatehouse/audit"
	"gatehouse/audit/attempts"
	"gatehouse/identity/access"
	"gatehouse/identity/credentials"
	"gatehouse/identity/throttle"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Attempt is somebody's try to prove who he is.
type Attempt struct {
	Identifier  string // as typed
	Password    string
	IP          string
	DeviceToken string // of a browser in which he signed in before (R81)
}

// Result is who was meant. User is nil where nobody was; Identifier then keeps
// a keyed hash of what was typed.
type Result struct {
	User       *models.User
	Identifier attempts.Identifier
	// Spent is what the attempt was charged, for Settle.
	Spent []throttle.Charge
	// Password is the one that was right, for Confirm.
	Password credentials.Proven
}

// maxTyped bounds what is looked up, in bytes.
const maxTyped = 1024

// Authenticate judges a password. The result names the user also when it
// refuses, for the record; what it tells the visitor is the caller's to hide
// (R62). It returns reason.IdentifierUnknown, PasswordWrong, PasswordNone,
// UserLocked, UserDisabled, or a refusal of a throttle. Its transactions are
// its own: hand in a Tenant, so that a count holds whatever comes later. Who
// was right has his charges back by Settle, in the transaction that lets him in.
func (d *Directory) Authenticate(ctx context.Context, w store.Writer, a Attempt) (Result, error) {
	if len(a.Identifier) > maxTyped {
		a.Identifier = a.Identifier[:maxTyped]
	}
	name := Normalise(a.Identifier)
	result, id, password, err := d.meant(ctx, w, name)
	if err != nil {
		return result, err
	}
	charges := d.charges(w.ID(), name, id, a)
	refusal := d.Throttle.SpendAll(ctx, w, charges...)
	if refusal == nil {
		result.Password, refusal = d.Passwords.CheckAsked(ctx, w, password, id, a.Password)
	}
	if id == "" {
		if refusal == nil || reason.Has(refusal, reason.PasswordWrong) {
			refusal = reason.New(reason.IdentifierUnknown)
		}
		return result, refusal
	}
	// Last, as he stands now (L47).
	if result.User, err = d.ByID(ctx, w, id); err != nil {
		return result, err
	}
	if refusal == nil {
		refusal = d.Verdict(ctx, w, result.User)
	}
	if refusal == nil {
		result.Spent = charges
	}
	return result, refusal
}

// Confirm refuses, in the transaction that lets him in, whoever's password was
// changed since Authenticate: PasswordWrong. The change ended all sessions that there
// were, and a try that was under way would outlive it (R66).
func (d *Directory) Confirm(ctx context.Context, tx *store.Tx, userID string, proven credentials.Proven) error {
	return d.Passwords.Holds(ctx, tx, userID, proven)
}

// Settle gives back what a right attempt was charged, and lifts what it may.
func (d *Directory) Settle(ctx context.Context, tx *store.Tx, spent []throttle.Charge) error {
	if err := d.Throttle.ClearAll(ctx, tx, throttle.Lifts(spent)...); err != nil {
		return err
	}
	d.Throttle.Return(tx, spent...)
	return nil
}

// meant finds whose name was typed: the id of a user, "" of nobody. His password
// is asked for along with it, before the attempt is counted and never looked at
// before that.
func (d *Directory) meant(ctx context.Context, r store.Reader, name string) (Result, string, *credentials.Asked, error) {
	var i models.Identifier
	named := byValue.About(&i, name)
	password := credentials.Ask(passwordOf, name)
	store.Ask(ctx, r, named, password.Question)
	err := named.Err()
	if store.NotFound(err) {
		return Result{Identifier: attempts.Unknown(d.K, r.ID(), Class(name), name)}, "", password, nil
	}
	if err != nil {
		return Result{}, "", nil, err
	}
	return Result{Identifier: attempts.Identifier{Class: i.Kind}}, i.UserID, password, nil
}

// charges are the budgets that the attempt spends (R80): those of its source
// and tenant, and the account's: the known device's own, or the one that all
// unknown devices share, so that strangers cannot keep the owner out.
func (d *Directory) charges(tenantID, name, userID string, a Attempt) []throttle.Charge {
	charges := append(throttle.Source(a.IP, d.Exempt), throttle.WholeTenant()...)
	if userID == "" {
		return append(charges, throttle.Account(throttle.UnknownKey(d.K, tenantID, name))...)
	}
	if owner, device, ok := throttle.Device(d.K, tenantID, a.DeviceToken); ok && owner == userID {
		return append(charges, throttle.KnownDevice(userID, device)...)
	}
	return append(charges, throttle.Account(userID)...)
}

// Throttled reports whether guessing has used up the user's budget for unknown
// devices, for the verdict that staff see.
func (d *Directory) Throttled(ctx context.Context, r store.Reader, id string) (bool, error) {
	for _, c := range throttle.Account(id) {
		n, err := d.Throttle.Spent(ctx, r, c.Budget, c.Key)
		if err != nil || n >= c.Budget.Limit {
			return err == nil, err
		}
	}
	return false, nil
}

// ClearThrottle forgets failed attempts on a user's account. It returns
// reason.AccessGrant for an administrator who may do more than the caller:
// guessing his password would go on.
func (d *Directory) ClearThrottle(ctx context.Context, w store.Writer, id string) error {
	if err := access.Require(ctx, w.ID(), access.UsersSupport); err != nil {
		return err
	}
	return d.touching(ctx, w, id, func(tx *store.Tx, u *models.User) error {
		if err := d.Throttle.ClearAll(ctx, tx, throttle.Account(id)...); err != nil {
			return err
		}
		return d.record(ctx, tx, audit.UserThrottleCleared, u, audit.Event{})
	})
}

// PasswordIs reports whether the user's password is this one, without counting:
// for configuration files, which must not set what is already so. It needs
// access.UsersWrite.
func (d *Directory) PasswordIs(ctx context.Context, w store.Writer, id, password string) (bool, error) {
	if err := access.Require(ctx, w.ID(), access.UsersWrite); err != nil {
		return false, err
	}
	err := d.Passwords.Check(ctx, w, id, password)
	if reason.Has(err, reason.PasswordWrong) || reason.Has(err, reason.PasswordNone) {
		return false, nil
	}
	return err == nil, err
}
