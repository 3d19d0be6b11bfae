package oidc

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/applications"
	"gatehouse/identity/keys"
	"gatehouse/identity/logouts"
	"gatehouse/identity/sessions"
	"gatehouse/identity/throttle"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/internal/caller"
	"gatehouse/internal/seal"
	"gatehouse/journeys"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/clientauth"
	"gatehouse/oidc/dpop"
	"gatehouse/oidc/grants"
	"gatehouse/reason"
)

// Options are what a Provider is built of.
type Options struct {
	Applications *applications.Registry
	Users        *users.Directory
	Sessions     *sessions.Keeper
	Tokens       *tokens.Mint
	Keys         *keys.Ring
	Journeys     *journeys.Engine
	Grants       *grants.Issuer
	Clients      *clientauth.Authenticator
	Throttle     *throttle.Guard
	K            *seal.Keyring
	Now          func() time.Time
	Logger       *slog.Logger
	// Refusals bounds how many refusals of an address are recorded; nil: all are.
	Refusals *audit.Gate
	// Certificates tells that clients can show certificates here (RFC 8705).
	Certificates bool
	DPoP         *dpop.Judge // of clients' proofs that they hold a key
	// Logouts tells applications that sessions ended; nil: nobody does.
	Logouts *logouts.Teller
	// UILocales are the languages of the hosted pages (BCP 47).
	UILocales []string
}

// Provider is the OAuth 2 and OpenID Connect provider of every tenant. It is
// safe for use by several goroutines.
type Provider struct {
	Options
	documents shelf[[]byte] // metadata by issuer
	keySets   shelf[[]byte] // JWKS by tenant id
}

// New returns the provider.
func New(o Options) *Provider { return &Provider{Options: o} }

// The purposes that sealed texts of this room are made for.
const (
	purposeRequest = "authorize"
	purposeLogout  = "logout"
	// What another site posted, on its way to the GET that brings the cookies.
	purposePosted       = "authorize posted"
	purposePostedLogout = "logout posted"
)

// requestLife is how long a user may take from the application to the code:
// journeys end after ten idle minutes, but people look for their passwords.
const requestLife = 30 * time.Minute

// sealRequest makes the authId; "" where the request is too large for a URL.
func (p *Provider) sealRequest(t Tenant, r *authorize.Request) string {
	payload, err := json.Marshal(r)
	if err != nil {
		return ""
	}
	return p.K.Token(purposeRequest, t.Store.ID(), payload, r.BeganAt().Add(requestLife))
}

// postedLife is how long a browser takes from the one to the other.
const postedLife = time.Minute

// sealPosted seals what belongs to no browser yet; "" where that fails or it is
// too large for a URL.
func (p *Provider) sealPosted(purpose string, t Tenant, v any) string {
	payload, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return p.K.Token(purpose, t.Store.ID(), payload, p.Now().Add(postedLife))
}

// openRequest reads an authId in the browser that it was made for (R4, R30).
// It returns JourneyExpired or JourneyBrowser.
func (p *Provider) openRequest(t Tenant, authID string, b Browser) (*authorize.Request, *reason.Error) {
	var r authorize.Request
	if err := p.open(purposeRequest, t, authID, &r); err != nil {
		return nil, err
	}
	if r.Browser == "" || r.Browser != b.ID {
		return nil, reason.New(reason.JourneyBrowser)
	}
	return &r, nil
}

func (p *Provider) open(purpose string, t Tenant, token string, into any) *reason.Error {
	payload, err := p.K.OpenToken(purpose, t.Store.ID(), token, p.Now())
	if err != nil {
		return reason.Wrap(reason.JourneyExpired, err)
	}
	if err := json.Unmarshal(payload, into); err != nil {
		return reason.Wrap(reason.JourneyExpired, err)
	}
	return nil
}

// as returns ctx with the actor, for the events of what he does.
func as(ctx context.Context, a caller.Actor) context.Context {
	info := caller.From(ctx)
	info.Actor = a
	return caller.With(ctx, info)
}
