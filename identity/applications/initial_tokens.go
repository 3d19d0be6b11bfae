package applications

import (
	"context"
	"strings"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/credentials"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

const (
	initialPrefix    = "gti_"
	maxInitialTokens = 200
	maxInitialLife   = 365 * 24 * time.Hour
	maxInitialUses   = 100_000
)

// NewInitialToken is an initial access token to be.
type NewInitialToken struct {
	Name     string        // what it is for
	Lifetime time.Duration // 0: 30 days; a year at most
	MaxUses  int           // 0: any number
}

// CreateInitialToken makes a token by which applications register themselves
// (RFC 7591 §3); it is never shown again. It returns reason.InputInvalid.
func (g *Registry) CreateInitialToken(ctx context.Context, w store.Writer, n NewInitialToken) (*models.InitialToken, string, error) {
	if err := access.Require(ctx, w.ID(), access.ApplicationsWrite); err != nil {
		return nil, "", err
	}
	if n.Lifetime == 0 {
		n.Lifetime = 30 * 24 * time.Hour
	}
	if err := n.check(); err != nil {
		return nil, "", err
	}
	text, now := secret.Random(initialPrefix, secretBytes).Reveal(), g.now()
	row := &models.InitialToken{
		ID: store.NewID(), Name: strings.TrimSpace(n.Name), Hash: credentials.HashSecret(g.k, text), MaxUses: n.MaxUses,
		CreatedAt: models.At(now), ExpiresAt: models.At(now.Add(n.Lifetime)),
	}
	err := w.Write(ctx, func(tx *store.Tx) error {
		all, err := initialTokens(ctx, tx)
		if err != nil {
			return err
		}
		if len(all) >= maxInitialTokens {
			return reason.New(reason.InputInvalid).On("name", reason.InputTooLong, "200")
		}
		if err := insertInitialToken(ctx, tx, row); err != nil {
			return err
		}
		return g.recordToken(ctx, tx, audit.InitialTokenCreated, row)
	})
	return row, text, err
}

func (n NewInitialToken) check() error {
	e := reason.New(reason.InputInvalid)
	if name := strings.TrimSpace(n.Name); name == "" {
		e.On("name", reason.InputRequired, "")
	} else if len([]rune(name)) > maxName {
		e.On("name", reason.InputTooLong, "200")
	}
	if n.Lifetime < time.Minute || n.Lifetime > maxInitialLife {
		e.On("expires_in", reason.InputInvalid, "60 – 31536000")
	}
	if n.MaxUses < 0 || n.MaxUses > maxInitialUses {
		e.On("max_uses", reason.InputInvalid, "0 – 100000")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// InitialTokens lists the tokens by which applications may register, the newest
// first, without their hashes.
func (g *Registry) InitialTokens(ctx context.Context, r store.Reader) ([]models.InitialToken, error) {
	if err := access.Require(ctx, r.ID(), access.ApplicationsRead); err != nil {
		return nil, err
	}
	rows, err := initialTokens(ctx, r)
	for i := range rows {
		rows[i].Hash = nil
	}
	return rows, err
}

// RevokeInitialToken ends a token. Applications that registered with it stay. It
// returns reason.RequestNotFound.
func (g *Registry) RevokeInitialToken(ctx context.Context, w store.Writer, id string) error {
	if err := access.Require(ctx, w.ID(), access.ApplicationsWrite); err != nil {
		return err
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		row, err := initialToken(ctx, tx, "id", id)
		if store.NotFound(err) {
			return reason.Wrap(reason.RequestNotFound, err)
		}
		if err != nil {
			return err
		}
		if err := removeInitialToken(ctx, tx, id); err != nil {
			return err
		}
		return g.recordToken(ctx, tx, audit.InitialTokenRevoked, row)
	})
}

func (g *Registry) recordToken(ctx context.Context, tx *store.Tx, action string, row *models.InitialToken) error {
	return audit.Append(ctx, tx, g.now(), audit.Event{
		Action: action, Target: audit.Target{Type: "initial_token", ID: row.ID, Name: row.Name},
		Details: map[string]any{"expires_at": row.ExpiresAt.Time, "max_uses": row.MaxUses, "count": row.Uses},
	})
}

// admit counts a use of an initial access token and returns its id. It returns
// reason.OAuthRegistrationToken for one that is unknown, over or used up.
func (g *Registry) admit(ctx context.Context, tx *store.Tx, text string) (string, error) {
	const tries = 5 // whoever comes at the same time comes a moment later
	for range tries {
		row, err := initialToken(ctx, tx, "hash", credentials.HashSecret(g.k, text))
		if store.NotFound(err) {
			return "", reason.Wrap(reason.OAuthRegistrationToken, err)
		}
		if err != nil {
			return "", err
		}
		if row.Spent() || !g.now().Before(row.ExpiresAt.Time) {
			return "", reason.New(reason.OAuthRegistrationToken)
		}
		first, err := useInitialToken(ctx, tx, row)
		if err != nil || first {
			return row.ID, err
		}
	}
	return "", reason.New(reason.ServerBusy)
}
