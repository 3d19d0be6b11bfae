package logouts

import (
	"context"
	"log/slog"
	"time"

	"gatehouse/identity/applications"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tokens"
	"gatehouse/internal/outbound"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Caller calls the servers of applications; *outbound.Client does (R101).
type Caller interface {
	Do(ctx context.Context, r outbound.Request) (*outbound.Response, error)
}

// Options are what a Teller needs.
type Options struct {
	DB           *store.DB
	Applications *applications.Registry
	Tokens       *tokens.Mint
	Call         Caller
	// Issuer is the issuer of a tenant's own address, for sessions that do not
	// name theirs.
	Issuer func(ctx context.Context, tenantID string) (string, error)
	Now    func() time.Time
	Logger *slog.Logger
}

// Teller tells applications that sessions ended. A nil one tells nobody.
type Teller struct {
	Options
	awake chan struct{}
}

// NewTeller builds a teller.
func NewTeller(o Options) *Teller { return &Teller{o, make(chan struct{}, 1)} }

// lead is how long whoever ends a session by signing out has the telling for
// himself, before the worker takes it over.
const lead = 10 * time.Second

// Ended writes down whom to tell, in the transaction that ended the sessions.
// Those that end by themselves are not told of, and nobody's application lives
// on the console's.
func (t *Teller) Ended(ctx context.Context, tx *store.Tx, ended []models.Session, why string) error {
	if why == sessions.WhyIdle || why == sessions.WhyLifetime {
		return nil
	}
	var ids []string
	for i := range ended {
		if ended[i].Kind == models.SessionUser {
			ids = append(ids, ended[i].ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	joined, err := t.Tokens.ApplicationsOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	var rows []models.LogoutNotice
	for i := range ended {
		more, err := t.notices(ctx, tx, &ended[i], joined[ended[i].ID], why)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	if len(rows) == 0 {
		return nil
	}
	if why != sessions.WhySignOut {
		tx.After(t.wake)
	}
	return insert(ctx, tx, rows)
}

// notices are those of one session.
func (t *Teller) notices(ctx context.Context, tx *store.Tx, s *models.Session, joined []string, why string) ([]models.LogoutNotice, error) {
	var rows []models.LogoutNotice
	for _, id := range joined {
		app, err := t.Applications.ByID(ctx, tx, id)
		if reason.Has(err, reason.ApplicationUnknown) {
			continue
		}
		if err != nil {
			return nil, err
		}
		o := app.Options.V
		if o.BackchannelLogoutURI == "" && o.FrontchannelLogoutURI == "" {
			continue
		}
		n, err := t.notice(ctx, tx, s, app, why)
		if err != nil {
			return nil, err
		}
		if o.BackchannelLogoutURI != "" {
			rows = append(rows, n)
		}
		if o.FrontchannelLogoutURI != "" {
			n.ID, n.Channel, n.Status, n.NextAt = store.NewID(), models.LogoutFront, models.LogoutUnshown, models.Time{}
			rows = append(rows, n)
		}
	}
	return rows, nil
}

// notice is one for the application's server.
func (t *Teller) notice(ctx context.Context, tx *store.Tx, s *models.Session, app *models.Application, why string) (models.LogoutNotice, error) {
	now, issuer := t.Now(), s.Issuer
	if issuer == "" {
		var err error
		if issuer, err = t.Issuer(ctx, tx.ID()); err != nil {
			return models.LogoutNotice{}, err
		}
	}
	n := models.LogoutNotice{
		ID: store.NewID(), SessionID: s.ID, ApplicationID: app.ID, UserID: s.UserID, Issuer: issuer, Channel: models.LogoutBack,
		Why: why, Status: models.LogoutWaiting, NextAt: models.At(now), CreatedAt: models.At(now),
	}
	if why == sessions.WhySignOut {
		n.NextAt = models.At(now.Add(lead))
	}
	return n, nil
}

func (t *Teller) wake() {
	select {
	case t.awake <- struct{}{}:
	default: // it is awake
	}
}
