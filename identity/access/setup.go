package access

import (
	"context"
	"crypto/sha256"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// SetupLife is how long a set-up link works.
const SetupLife = 24 * time.Hour

// NewLink makes the one-time secret of the set-up link and forgets all before
// it. Where there is an owner already it is AccessSetupUsed.
func (d *Desk) NewLink(ctx context.Context) (secret.Text, error) {
	text := secret.Random("", 32)
	now := d.Now()
	err := d.system().Write(ctx, func(tx *store.Tx) error {
		owners, err := lockOwners(ctx, tx)
		if err != nil {
			return err
		}
		if len(owners) > 0 {
			return reason.New(reason.AccessSetupUsed)
		}
		link := models.SetupLink{Hash: linkHash(text), ExpiresAt: models.At(now.Add(SetupLife))}
		if err := replaceLinks(ctx, tx, &link); err != nil {
			return err
		}
		return audit.Append(ctx, tx, now, audit.Event{
			Action: audit.SetupLinkMade, Details: map[string]any{"expires_at": now.Add(SetupLife)},
		})
	})
	return text, err
}

// Begun reports whether there is an owner, so that somebody can sign in to the
// console.
func (d *Desk) Begun(ctx context.Context) (bool, error) {
	owners, err := assignmentsWith(ctx, d.system(), Owner)
	return len(owners) > 0, err
}

// Link reports whether the link would work now; AccessSetupUsed says no.
func (d *Desk) Link(ctx context.Context, text secret.Text) error {
	link, err := findLink(ctx, d.system(), linkHash(text))
	if store.NotFound(err) {
		return reason.New(reason.AccessSetupUsed)
	}
	if err != nil {
		return err
	}
	if !link.UsedAt.IsZero() || !d.Now().Before(link.ExpiresAt.Time) {
		return reason.New(reason.AccessSetupUsed)
	}
	return nil
}

// UseLink consumes the link in the transaction of the system tenant that makes
// the first owner: of two at once one wins. AccessSetupUsed says that it is
// used, too old or unknown, or that there is an owner.
func (d *Desk) UseLink(ctx context.Context, tx *store.Tx, text secret.Text) error {
	if tx.ID() != d.System {
		return reason.New(reason.AccessSetupUsed)
	}
	owners, err := lockOwners(ctx, tx)
	if err != nil {
		return err
	}
	used, err := consumeLink(ctx, tx, linkHash(text), models.At(d.Now()))
	if err != nil {
		return err
	}
	if !used || len(owners) > 0 {
		return reason.New(reason.AccessSetupUsed)
	}
	return audit.Append(ctx, tx, d.Now(), audit.Event{
		Action: audit.SetupCompleted, Details: map[string]any{"role": Owner},
	})
}

func linkHash(text secret.Text) []byte {
	sum := sha256.Sum256([]byte(text.Reveal()))
	return sum[:]
}
