package keys

import (
	"context"
	"slices"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Rotate publishes a successor for the tenant's key of the algorithm. It begins
// to sign after Notice; Advance sees to that. While a successor waits, Rotate
// returns it and makes no other.
func (r *Ring) Rotate(ctx context.Context, w store.Writer, alg string) (*models.SigningKey, error) {
	if err := access.Require(ctx, w.ID(), access.KeysWrite); err != nil {
		return nil, err
	}
	if !slices.Contains(Algorithms(), alg) {
		return nil, reason.New(reason.InputInvalid).On("alg", reason.InputUnknown, "ES256, RS256")
	}
	next, err := r.generate(w.ID(), alg)
	if err != nil {
		return nil, err
	}
	next.State, next.ActivateAt = models.KeyNext, models.At(r.now().Add(Notice))
	err = w.Write(ctx, func(tx *store.Tx) error {
		waiting, err := inState(ctx, tx, alg, models.KeyNext)
		if err != nil {
			return err
		}
		if len(waiting) > 0 {
			next = &waiting[0]
			return nil
		}
		return r.insert(ctx, tx, next)
	})
	return next, err
}

// Revoke takes a key out of the JWKS at once: nothing that it signed holds any
// longer. An active key is replaced in the same transaction. It returns
// reason.RequestNotFound.
func (r *Ring) Revoke(ctx context.Context, w store.Writer, kid, why string) error {
	if err := access.Require(ctx, w.ID(), access.KeysWrite); err != nil {
		return err
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		row, err := byID(ctx, tx, kid)
		if store.NotFound(err) {
			return reason.Wrap(reason.RequestNotFound, err)
		}
		if err != nil || row.State == models.KeyRevoked {
			return err
		}
		active := row.State == models.KeyActive
		if err := r.move(ctx, tx, row, models.KeyRevoked, audit.KeyRevoked, why); err != nil || !active {
			return err
		}
		return r.replace(ctx, tx, row.Alg)
	})
}

// replace activates the waiting successor, or a new key, at once.
func (r *Ring) replace(ctx context.Context, tx *store.Tx, alg string) error {
	waiting, err := inState(ctx, tx, alg, models.KeyNext)
	if err != nil {
		return err
	}
	if len(waiting) > 0 {
		return r.move(ctx, tx, &waiting[0], models.KeyActive, audit.KeyActivated, "")
	}
	fresh, err := r.generate(tx.ID(), alg)
	if err != nil {
		return err
	}
	fresh.State = models.KeyActive
	return r.insert(ctx, tx, fresh)
}

// List returns the tenant's keys, the newest first, without their private
// parts.
func (r *Ring) List(ctx context.Context, in store.Reader) ([]models.SigningKey, error) {
	if err := access.Require(ctx, in.ID(), access.KeysRead); err != nil {
		return nil, err
	}
	return list(ctx, in)
}

// Advance moves all tenants' keys on in their lives: successors whose time has
// come begin to sign, and replaced keys leave the JWKS when no token of theirs
// can be alive. It returns how many it moved.
func (r *Ring) Advance(ctx context.Context) (int, error) {
	due, err := due(ctx, r.db.System("advance signing keys"), models.At(r.now()))
	if err != nil {
		return 0, err
	}
	for n := range due {
		row := &due[n]
		err := r.db.Tenant(row.TenantID).Write(ctx, func(tx *store.Tx) error { return r.advance(bySystem(ctx), tx, row.ID) })
		if err != nil {
			return n, err
		}
	}
	return len(due), nil
}

func (r *Ring) advance(ctx context.Context, tx *store.Tx, kid string) error {
	row, err := byID(ctx, tx, kid)
	if err != nil {
		return err
	}
	switch row.State {
	case models.KeyNext:
		return r.activate(ctx, tx, row)
	case models.KeyRetiring:
		return r.move(ctx, tx, row, models.KeyRevoked, audit.KeyRevoked, "over")
	case models.KeyActive, models.KeyRevoked:
	}
	return nil // another node was faster
}

func (r *Ring) activate(ctx context.Context, tx *store.Tx, row *models.SigningKey) error {
	active, err := inState(ctx, tx, row.Alg, models.KeyActive)
	if err != nil {
		return err
	}
	for i := range active {
		active[i].RetiredAt, active[i].ExpiresAt = models.At(r.now()), models.At(r.now().Add(Overlap))
		if err := r.move(ctx, tx, &active[i], models.KeyRetiring, audit.KeyRetired, ""); err != nil {
			return err
		}
	}
	return r.move(ctx, tx, row, models.KeyActive, audit.KeyActivated, "")
}

func (r *Ring) move(ctx context.Context, tx *store.Tx, row *models.SigningKey, to models.KeyState, action, why string) error {
	row.State = to
	if err := update(ctx, tx, row); err != nil {
		return err
	}
	return r.record(ctx, tx, action, row, why)
}
