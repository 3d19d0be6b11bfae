package applications

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"gatehouse/audit"
	"gatehouse/identity/credentials"
	"gatehouse/internal/outbound"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// registrationPrefix begins registration access tokens.
const registrationPrefix = "gtm_"

// Registration is one that an application asks for itself.
type Registration struct {
	New
	// InitialToken is the initial access token that came along; empty: none.
	InitialToken string
	Source       string
	// OpenMost is how many applications may have come as models.SourceOpen.
	OpenMost int
}

// Registered is what a registration gives: none of it is shown again.
type Registered struct {
	Application *models.Application
	Secret      string // empty: the application keeps none
	Token       string // the registration access token
}

// Register registers an application at its own wish (RFC 7591 §3): never as one
// of the tenant's own. Who may do so was judged before, but for the initial
// token and the number of those who need none. It returns reason.InputInvalid,
// reason.OAuthRegistrationToken or reason.OAuthRegistrationFull.
func (g *Registry) Register(ctx context.Context, w store.Writer, n Registration) (*Registered, error) {
	n.Name, n.ClientID, n.Secret, n.FirstParty = "dynamic-"+store.NewID(), NewClientID(), "", false
	if n.DisplayName == "" {
		n.DisplayName = n.ClientID
	}
	a, err := g.build(n.New)
	if err != nil {
		return nil, err
	}
	made := &Registered{Application: a, Token: secret.Random(registrationPrefix, secretBytes).Reveal()}
	err = w.Write(ctx, func(tx *store.Tx) error {
		row := &models.ClientRegistration{
			ApplicationID: a.ID, Hash: credentials.HashSecret(g.k, made.Token), Source: n.Source, CreatedAt: a.CreatedAt,
		}
		if err := room(ctx, tx, n); err != nil {
			return err
		}
		if n.InitialToken != "" {
			if row.InitialTokenID, err = g.admit(ctx, tx, n.InitialToken); err != nil {
				return err
			}
		}
		made.Secret, err = g.plant(ctx, tx, a, row)
		return err
	})
	return made, err
}

// room refuses an application whom nobody vouches for where the tenant keeps as
// many of those as it may: strangers cannot fill it (R46, R84). The count goes by
// an index, and no further than the limit; those who come at the same moment may
// exceed it by as many as they are.
func room(ctx context.Context, tx *store.Tx, n Registration) error {
	if n.Source != models.SourceOpen {
		return nil
	}
	known, err := countBy(ctx, tx, models.SourceOpen)
	if err == nil && known >= int64(n.OpenMost) {
		return reason.New(reason.OAuthRegistrationFull)
	}
	return err
}

// plant writes a registered application with its secret, which it returns.
func (g *Registry) plant(ctx context.Context, tx *store.Tx, a *models.Application, row *models.ClientRegistration) (string, error) {
	a.TenantID = tx.ID()
	if err := insert(ctx, tx, a); err != nil {
		return "", err
	}
	if err := insertRegistration(ctx, tx, row); err != nil {
		return "", err
	}
	err := g.record(ctx, tx, audit.ApplicationCreated, a, audit.Event{
		Details: map[string]any{"type": a.Type, "source": row.Source, "initial_token_id": row.InitialTokenID}, After: facts(a),
	})
	if err != nil || !a.KeepsSecret() {
		return "", err
	}
	_, text, err := g.addSecret(ctx, tx, a, "", 0)
	return text, err
}

// RegistrationOf returns how an application came to be registered. It returns
// reason.RequestNotFound for one that administrators made.
func (g *Registry) RegistrationOf(ctx context.Context, r store.Reader, applicationID string) (*models.ClientRegistration, error) {
	row, err := registrationOf(ctx, r, applicationID)
	if store.NotFound(err) {
		return nil, reason.Wrap(reason.RequestNotFound, err)
	}
	return row, err
}

// Managed returns the application that a registration access token manages (RFC
// 7592 §3). It returns reason.OAuthRegistrationToken, also for an application
// that is gone or disabled (L75).
func (g *Registry) Managed(ctx context.Context, r store.Reader, clientID, token string) (*models.Application, error) {
	a, err := known(find(ctx, r, map[string]any{"client_id": clientID}))
	if err == nil && a.Active() {
		var row *models.ClientRegistration
		row, err = g.RegistrationOf(ctx, r, a.ID)
		if err == nil && len(row.Hash) > 0 && credentials.SecretMatches(g.k, token, row.Hash) {
			return a, nil
		}
	}
	if err != nil && reason.From(err).Meaning().Kind == reason.Internal {
		return nil, err
	}
	return nil, reason.Wrap(reason.OAuthRegistrationToken, err)
}

// Reregister replaces the metadata of an application that manages itself (RFC
// 7592 §2.2) and its registration access token (R46): of two that come with one
// token, one. A secret comes along where there was none before. It returns
// reason.InputInvalid or reason.OAuthRegistrationToken.
func (g *Registry) Reregister(ctx context.Context, w store.Writer, id, token string, n New) (*Registered, error) {
	made := &Registered{Token: secret.Random(registrationPrefix, secretBytes).Reveal()}
	err := w.Write(ctx, func(tx *store.Tx) error {
		// First, so that of several at once one goes on.
		mine, err := rotateRegistration(ctx, tx, id, credentials.HashSecret(g.k, token), credentials.HashSecret(g.k, made.Token))
		if err != nil {
			return err
		}
		if !mine {
			return reason.New(reason.OAuthRegistrationToken)
		}
		a, err := Fresh(ctx, tx, id)
		if err != nil {
			return err
		}
		m, err := n.onBehalf(a, a.ClientID)
		if err != nil {
			return err
		}
		kept := a.KeepsSecret()
		err = g.change(ctx, tx, audit.ApplicationUpdated, a, map[string]any{"source": "registration"}, func() { m.onto(a) })
		if made.Application = a; err != nil || kept || !a.KeepsSecret() {
			return err
		}
		_, made.Secret, err = g.addSecret(ctx, tx, a, "", 0)
		return err
	})
	return made, err
}

// Deregister removes an application at its own wish (RFC 7592 §2.3).
func (g *Registry) Deregister(ctx context.Context, w store.Writer, id string) error {
	return w.Write(ctx, func(tx *store.Tx) error {
		a, err := Fresh(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := remove(ctx, tx, id); err != nil {
			return err
		}
		return g.record(ctx, tx, audit.ApplicationDeleted, a, audit.Event{Before: facts(a), Details: map[string]any{"source": "registration"}})
	})
}

// CheckSector reads the sector_identifier_uri, if there is one: it lists every
// redirect URI (OpenID Connect Registration §5). It returns reason.InputInvalid.
func (g *Registry) CheckSector(ctx context.Context, m Metadata) error {
	uri := m.Options.SectorIdentifierURI
	if uri == "" {
		return nil
	}
	invalid := reason.New(reason.InputInvalid).On("sector_identifier_uri", reason.InputInvalid, "")
	if g.fetch == nil || !isLink(uri) {
		return invalid
	}
	answer, err := g.fetch.Do(ctx, outbound.Request{URL: uri, Types: []string{"application/json"}})
	if err != nil || answer.Status != http.StatusOK {
		return invalid
	}
	var listed []string
	if json.Unmarshal(answer.Body, &listed) != nil {
		return invalid
	}
	for _, redirect := range m.RedirectURIs {
		if !slices.Contains(listed, redirect) {
			return invalid
		}
	}
	return nil
}
