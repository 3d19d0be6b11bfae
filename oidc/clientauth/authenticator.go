package clientauth

import (
	"context"
	"time"

	"gatehouse/identity/applications"
	"gatehouse/identity/replays"
	"gatehouse/identity/throttle"
	"gatehouse/internal/caller"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Authenticator proves clients.
type Authenticator struct {
	Applications *applications.Registry
	Throttle     *throttle.Guard
	Replays      *replays.Keep
	Now          func() time.Time
	suspects     suspects
}

// Authenticate returns the application that was presented, once it has proved
// itself by the one method it is registered for. With OAuthClientMethod,
// OAuthClientAuth, OAuthSecretExpired, OAuthClientDisabled and ThrottleSource
// the application is returned too, for the record; with OAuthClientUnknown it
// is nil. A disabled client learns so only after it proved itself.
func (a *Authenticator) Authenticate(ctx context.Context, t store.Tenant, p Presented) (*models.Application, *reason.Error) {
	app, err := a.Applications.ByClientID(ctx, t, p.ClientID)
	if err != nil {
		if e := reason.From(err); e.Meaning().Kind == reason.Internal {
			return nil, e
		}
		return nil, reason.Wrap(reason.OAuthClientUnknown, err)
	}
	if p.Method == models.AuthNone && byCertificate(app.AuthMethod) {
		p.Method = app.AuthMethod
	}
	if app.AuthMethod != p.Method {
		return app, reason.New(reason.OAuthClientMethod)
	}
	if p.Method != models.AuthNone {
		if err := a.prove(ctx, t, app, p); err != nil {
			return app, reason.From(err)
		}
	}
	if !app.Active() {
		return app, reason.New(reason.OAuthClientDisabled)
	}
	return app, nil
}

// prove checks the secret. Guessing is counted before the check (R80), but
// only where somebody guessed wrong lately: a client that knows its secret
// should not pay a write for each token.
func (a *Authenticator) prove(ctx context.Context, t store.Tenant, app *models.Application, p Presented) error {
	key := app.ID + " " + throttle.SourceKey(caller.From(ctx).IP)
	suspect := a.suspects.has(key, a.Now())
	if suspect {
		if err := a.Throttle.Spend(ctx, t, throttle.ClientAuth, key); err != nil {
			return err
		}
	}
	err := a.check(ctx, t, app, p)
	if err == nil || reason.From(err).Meaning().Kind == reason.Internal {
		return err
	}
	a.suspects.add(key, a.Now().Add(throttle.ClientAuth.Window))
	if !suspect {
		if spent := a.Throttle.Spend(ctx, t, throttle.ClientAuth, key); spent != nil {
			return spent
		}
	}
	return err
}

func (a *Authenticator) check(ctx context.Context, t store.Tenant, app *models.Application, p Presented) error {
	if byCertificate(p.Method) {
		return a.checkCertificate(ctx, app, p)
	}
	if p.Assertion != "" {
		return a.checkAssertion(ctx, t, app, p)
	}
	return a.Applications.CheckSecret(ctx, t, app, p.Secret)
}
