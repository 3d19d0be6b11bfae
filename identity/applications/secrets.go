package applications

import (
	"context"
	"crypto/subtle"
	"slices"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/credentials"
	"gatehouse/internal/recent"
	"gatehouse/internal/seal"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

const (
	secretPrefix = "gts_"
	secretBytes  = 32
	maxSecrets   = 2
	maxSecret    = 256 // characters of an operator's own secret
	minSecret    = 8
)

// WeakSecret reports whether an operator's own secret is shorter than advised.
func WeakSecret(text string) bool { return len(text) < 32 }

// AddSecret makes a further secret, which is never shown again. A lifetime of 0
// is no end. It returns reason.SecretLimit while two are active, and
// reason.AccessGrant for an API client that may do more than the caller.
func (g *Registry) AddSecret(ctx context.Context, w store.Writer, applicationID string, lifetime time.Duration) (*models.Secret, string, error) {
	return g.AddOwnSecret(ctx, w, applicationID, "", lifetime)
}

// AddOwnSecret is AddSecret with a secret that an operator chose; empty: a
// random one.
func (g *Registry) AddOwnSecret(ctx context.Context, w store.Writer, applicationID, text string, lifetime time.Duration) (*models.Secret, string, error) {
	if err := access.Require(ctx, w.ID(), access.ApplicationsWrite); err != nil {
		return nil, "", err
	}
	var row *models.Secret
	err := w.Write(ctx, func(tx *store.Tx) error {
		a, err := Fresh(ctx, tx, applicationID)
		if err != nil {
			return err
		}
		if !a.KeepsSecret() {
			return reason.New(reason.InputInvalid).On("token_endpoint_auth_method", reason.InputInvalid, a.AuthMethod)
		}
		if err := access.MayHandOut(ctx, tx, a.ID); err != nil {
			return err
		}
		row, text, err = g.addSecret(ctx, tx, a, text, lifetime)
		return err
	})
	return row, text, err
}

func (g *Registry) addSecret(ctx context.Context, tx *store.Tx, a *models.Application, text string, lifetime time.Duration) (*models.Secret, string, error) {
	if text == "" {
		text = secret.Random(secretPrefix, secretBytes).Reveal()
	}
	if len(text) > maxSecret || len(text) < minSecret {
		return nil, "", reason.New(reason.InputInvalid).On("client_secret", reason.InputFormat, "8 – 256")
	}
	now := g.now()
	active, err := activeSecrets(ctx, tx, a.ID, models.At(now))
	if err != nil {
		return nil, "", err
	}
	if len(active) >= maxSecrets {
		return nil, "", reason.New(reason.SecretLimit)
	}
	row := &models.Secret{
		ID: store.NewID(), ApplicationID: a.ID, Hash: credentials.HashSecret(g.k, text), Hint: hint(text), CreatedAt: models.At(now),
	}
	if a.AuthMethod == models.AuthSecretJWT {
		var err error
		if row.Sealed, err = g.k.Seal(secretPlace(a.TenantID, row.ID), []byte(text)); err != nil {
			return nil, "", err
		}
	}
	details := map[string]any{"secret_id": row.ID, "hint": row.Hint}
	if lifetime > 0 {
		row.ExpiresAt = models.At(now.Add(lifetime))
		details["expires_at"] = row.ExpiresAt.Time
	}
	if err := insertSecret(ctx, tx, row); err != nil {
		return nil, "", err
	}
	return row, text, g.record(ctx, tx, audit.ApplicationSecretAdded, a, audit.Event{Details: details})
}

// hint is what lets people tell secrets apart: nothing of a short one.
func hint(text string) string {
	if WeakSecret(text) {
		return ""
	}
	return text[len(text)-4:]
}

// RemoveSecret ends a secret at once. It returns reason.RequestNotFound.
func (g *Registry) RemoveSecret(ctx context.Context, w store.Writer, applicationID, secretID string) error {
	if err := access.Require(ctx, w.ID(), access.ApplicationsWrite); err != nil {
		return err
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		a, err := Fresh(ctx, tx, applicationID)
		if err != nil {
			return err
		}
		row, err := secretByID(ctx, tx, applicationID, secretID)
		if store.NotFound(err) {
			return reason.Wrap(reason.RequestNotFound, err)
		}
		if err != nil {
			return err
		}
		if err := removeSecret(ctx, tx, secretID); err != nil {
			return err
		}
		return g.record(ctx, tx, audit.ApplicationSecretRemoved, a, audit.Event{
			Details: map[string]any{"secret_id": row.ID, "hint": row.Hint},
		})
	})
}

// Secrets lists an application's secrets by hint and age, the newest first.
func (g *Registry) Secrets(ctx context.Context, r store.Reader, applicationID string) ([]models.Secret, error) {
	if err := access.Require(ctx, r.ID(), access.ApplicationsRead); err != nil {
		return nil, err
	}
	rows, err := secrets(ctx, r, applicationID)
	for i := range rows {
		rows[i].Hash, rows[i].Sealed = nil, nil
	}
	return rows, err
}

// CheckSecret proves an application by its secret, in constant time. It returns
// reason.OAuthClientAuth, or reason.OAuthSecretExpired for one that was right
// once.
func (g *Registry) CheckSecret(ctx context.Context, r store.Reader, a *models.Application, presented secret.Text) error {
	text := presented.Reveal()
	if text == "" || len(text) > maxSecret {
		return reason.New(reason.OAuthClientAuth)
	}
	rows, err := g.secrets.Get(ctx, recent.Key{Tenant: r.ID(), ID: a.ID}, func(ctx context.Context) ([]models.Secret, error) {
		return secrets(ctx, r, a.ID)
	})
	if err != nil {
		return err
	}
	now, verdict := g.now(), reason.New(reason.OAuthClientAuth)
	for i := range rows {
		if !credentials.SecretMatches(g.k, text, rows[i].Hash) {
			continue
		}
		if end := rows[i].ExpiresAt; end.IsZero() || now.Before(end.Time) {
			return nil
		}
		verdict = reason.New(reason.OAuthSecretExpired)
	}
	return verdict
}

// HoldsSecret reports whether a secret is one of the application's living ones,
// kept as its token_endpoint_auth_method needs it: for client_secret_jwt it has
// to be readable again.
func (g *Registry) HoldsSecret(ctx context.Context, r store.Reader, a *models.Application, text secret.Text) (bool, error) {
	err := g.CheckSecret(ctx, r, a, text)
	if reason.Has(err, reason.OAuthClientAuth) || reason.Has(err, reason.OAuthSecretExpired) {
		return false, nil
	}
	if err != nil || a.AuthMethod != models.AuthSecretJWT {
		return err == nil, err
	}
	texts, err := g.SecretTexts(ctx, r, a)
	return slices.ContainsFunc(texts, func(one secret.Text) bool {
		return subtle.ConstantTimeCompare([]byte(one.Reveal()), []byte(text.Reveal())) == 1
	}), err
}

// secretPlace binds a sealed secret to its row (R120).
func secretPlace(tenantID, id string) seal.Context {
	return seal.Context{Table: "application_secrets", Column: "sealed", Tenant: tenantID, Row: id}
}

// SecretTexts are the application's living secrets as they were given, for
// client_secret_jwt (OpenID Connect Core §9). Secrets that were made while the
// application proved itself otherwise are not among them.
func (g *Registry) SecretTexts(ctx context.Context, r store.Reader, a *models.Application) ([]secret.Text, error) {
	rows, err := secrets(ctx, r, a.ID)
	if err != nil {
		return nil, err
	}
	var texts []secret.Text
	for i := range rows {
		if end := rows[i].ExpiresAt; len(rows[i].Sealed) == 0 || !end.IsZero() && !g.now().Before(end.Time) {
			continue
		}
		text, err := g.k.Open(secretPlace(r.ID(), rows[i].ID), rows[i].Sealed)
		if err != nil {
			return nil, err
		}
		texts = append(texts, secret.New(string(text)))
	}
	return texts, nil
}
