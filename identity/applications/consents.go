package applications

import (
	"context"
	"encoding/json"
	"slices"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// ConsentOf returns what a user allowed an application. It returns
// reason.ConsentRequired where there is nothing.
func (g *Registry) ConsentOf(ctx context.Context, r store.Reader, userID, applicationID string) (*models.Consent, error) {
	return given(consent(ctx, r, userID, applicationID))
}

// AskedConsent is what a user allowed an application, looked up together with
// other things.
type AskedConsent struct {
	*store.Question
	row models.Consent
}

// AskConsent asks for it, for store.Ask.
func AskConsent(userID, applicationID string) *AskedConsent {
	a := &AskedConsent{}
	a.Question = consentBy.About(&a.row, userID, applicationID)
	return a
}

// Consent is the answer, as ConsentOf's.
func (a *AskedConsent) Consent() (*models.Consent, error) { return given(&a.row, a.Err()) }

func given(c *models.Consent, err error) (*models.Consent, error) {
	if store.NotFound(err) {
		return nil, reason.Wrap(reason.ConsentRequired, err)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Allowed is what a user allows an application.
type Allowed struct {
	Scopes []string
	// Details are authorization_details, each as it was allowed, and DetailTypes
	// their types, which alone stand in the log (RFC 9396 §2).
	Details     json.RawMessage
	DetailTypes []string
}

// GrantConsent keeps what a user allows an application: this and no more. The
// caller is the user himself.
func (g *Registry) GrantConsent(ctx context.Context, w store.Writer, userID string, a *models.Application, all Allowed) error {
	now := models.At(g.now())
	scopes := append([]string{}, slices.Sorted(slices.Values(all.Scopes))...)
	if all.Details == nil {
		all.Details = json.RawMessage("[]")
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		row := &models.Consent{UserID: userID, ApplicationID: a.ID, Scopes: models.AsJSON(scopes), Details: models.AsJSON(all.Details), CreatedAt: now, UpdatedAt: now}
		if err := keepConsent(ctx, tx, row); err != nil {
			return err
		}
		told := map[string]any{"scopes": scopes}
		if len(all.DetailTypes) > 0 {
			told["authorization_details_types"] = all.DetailTypes
		}
		return g.record(ctx, tx, audit.ConsentGranted, a, audit.Event{UserID: userID, Details: told})
	})
}

// RevokeConsent takes back what a user allowed: for himself, or for an
// administrator with access.UsersSupport. The application's tokens for the user
// end with it. It returns reason.RequestNotFound.
func (g *Registry) RevokeConsent(ctx context.Context, w store.Writer, userID, applicationID string) error {
	if err := access.Require(ctx, w.ID(), access.UsersSupport); err != nil {
		return err
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		a, err := Fresh(ctx, tx, applicationID)
		if err != nil {
			return err
		}
		c, err := consent(ctx, tx, userID, applicationID)
		if store.NotFound(err) {
			return reason.Wrap(reason.RequestNotFound, err)
		}
		if err != nil {
			return err
		}
		if err := removeConsent(ctx, tx, userID, applicationID); err != nil {
			return err
		}
		n, err := g.families.RevokeFamiliesOfApplication(ctx, tx, applicationID, userID, "consent")
		if err != nil {
			return err
		}
		return g.record(ctx, tx, audit.ConsentRevoked, a, audit.Event{
			UserID: userID, Details: map[string]any{"scopes": c.Scopes.V, "families": n},
		})
	})
}

// Consents lists what a user allowed.
func (g *Registry) Consents(ctx context.Context, r store.Reader, userID string) ([]models.Consent, error) {
	if err := access.Require(ctx, r.ID(), access.UsersRead); err != nil {
		return nil, err
	}
	return consents(ctx, r, userID)
}
