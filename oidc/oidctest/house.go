// Package oidctest builds, for tests, the house below the doors: every room
// that the provider stands on and the provider itself, in the order of the
// floors, as cmd/gatehouse does for the program. Passwords cost little here, and
// whoever is called may live on this machine.
//
// Called by the tests of oidc, manifest and the doors.
package oidctest

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/claimrules"
	"gatehouse/identity/credentials"
	"gatehouse/identity/keys"
	"gatehouse/identity/logouts"
	"gatehouse/identity/replays"
	"gatehouse/identity/resources"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tenants"
	"gatehouse/identity/throttle"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/internal/caller"
	"gatehouse/internal/outbound"
	"gatehouse/internal/seal"
	"gatehouse/journeys"
	"gatehouse/journeys/nodes"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/oidc/clientauth"
	"gatehouse/oidc/dpop"
	"gatehouse/oidc/grants"
	"gatehouse/store"
)

// Options are what a test chooses.
type Options struct {
	DB  *store.DB
	Now func() time.Time
	// Journeys has the default first; nil: those of every deployment.
	Journeys []journeys.Definition
	// Roots are the authorities of others' servers; nil: this machine's.
	Roots *x509.CertPool
}

// House is what was built, with the tenants default and system in it.
type House struct {
	Options
	K      *seal.Keyring
	Logger *slog.Logger // keeps nothing
	System string       // id of the system tenant
	Issuer string       // of sessions that do not name theirs; a test sets it

	Log          *audit.Log
	Throttle     *throttle.Guard
	Outbound     *outbound.Client
	Sessions     *sessions.Keeper
	Passwords    *credentials.Passwords
	Keys         *keys.Ring
	Tokens       *tokens.Mint
	Tenants      *tenants.Directory
	Access       *access.Desk
	Applications *applications.Registry
	Resources    *resources.Catalogue
	Rules        *claimrules.Book
	Logouts      *logouts.Teller
	Users        *users.Directory
	Engine       *journeys.Engine
	Replays      *replays.Keep
	Grants       *grants.Issuer
	Clients      *clientauth.Authenticator
	Provider     *oidc.Provider
}

// New builds a house.
func New(t testing.TB, o Options) *House {
	t.Helper()
	k, err := seal.New(seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	h := &House{Options: o, K: k, Logger: slog.New(slog.DiscardHandler)}
	h.ground()
	if err := h.Tenants.EnsureBuiltin(Operator(t.Context())); err != nil {
		t.Fatal(err)
	}
	system, err := h.Tenants.ByName(t.Context(), models.SystemTenant)
	if err != nil {
		t.Fatal(err)
	}
	h.System = system.TenantID
	if err := h.upstairs(); err != nil {
		t.Fatal(err)
	}
	h.protocol()
	return h
}

// ground builds what tenants stand on.
func (h *House) ground() {
	h.Log = audit.NewLog(audit.Options{DB: h.DB, Now: h.Now, Logger: h.Logger})
	h.Throttle = &throttle.Guard{Now: h.Now}
	h.Outbound = outbound.New(outbound.Options{Roots: h.Roots, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	h.Sessions = &sessions.Keeper{Now: h.Now}
	h.Passwords = &credentials.Passwords{Now: h.Now, Params: credentials.Params{Memory: 64, Time: 1, Threads: 1}}
	h.Keys = keys.NewRing(keys.Options{DB: h.DB, K: h.K, Now: h.Now})
	h.Tokens = tokens.NewMint(tokens.Options{Keys: h.Keys, K: h.K, Sessions: h.Sessions, Now: h.Now})
	h.Tenants = tenants.NewDirectory(tenants.Options{DB: h.DB, K: h.K, Now: h.Now, Enders: map[string]tenants.Ender{
		"sessions": h.Sessions.EndAll, "families": h.Tokens.RevokeAll,
	}})
	h.Replays = &replays.Keep{Now: h.Now}
}

// upstairs builds what needs the system tenant.
func (h *House) upstairs() error {
	h.Access = &access.Desk{DB: h.DB, System: h.System, Now: h.Now}
	h.Applications = applications.NewRegistry(applications.Options{K: h.K, Now: h.Now, Families: h.Tokens, Fetch: h.Outbound})
	h.Resources = &resources.Catalogue{Applications: h.Applications, Now: h.Now}
	h.Rules = claimrules.NewBook(claimrules.Options{Applications: h.Applications, Now: h.Now, Logger: h.Logger})
	h.Logouts = logouts.NewTeller(logouts.Options{
		DB: h.DB, Applications: h.Applications, Tokens: h.Tokens, Call: h.Outbound, Now: h.Now, Logger: h.Logger,
		Issuer: func(context.Context, string) (string, error) { return h.Issuer, nil },
	})
	h.Sessions.Ended = h.Logouts.Ended
	h.Users = users.NewDirectory(users.Options{
		K: h.K, Now: h.Now, Passwords: h.Passwords, Sessions: h.Sessions, Families: h.Tokens, Tenants: h.Tenants,
		Throttle: h.Throttle, Access: h.Access,
	})
	h.Access.Active = h.Users.Active
	definitions := h.Journeys
	if definitions == nil {
		definitions = journeys.Defaults()
	}
	var err error
	h.Engine, err = journeys.New(journeys.Options{
		Nodes: nodes.All(nodes.Options{Users: h.Users, Applications: h.Applications, Sessions: h.Sessions, Tenants: h.Tenants, K: h.K, Now: h.Now}),
		K:     h.K, Now: h.Now, Definitions: definitions,
	})
	return err
}

// protocol builds the provider.
func (h *House) protocol() {
	h.Grants = &grants.Issuer{
		Resources: h.Resources, Rules: h.Rules, Applications: h.Applications, Users: h.Users, Sessions: h.Sessions, Tokens: h.Tokens, Access: h.Access,
		Events: audit.NewGatherer(h.Log), Journeys: h.Engine, Replays: h.Replays, Now: h.Now,
	}
	h.Clients = &clientauth.Authenticator{Applications: h.Applications, Throttle: h.Throttle, Now: h.Now, Replays: h.Replays}
	h.Provider = oidc.New(oidc.Options{
		Applications: h.Applications, Users: h.Users, Sessions: h.Sessions, Tokens: h.Tokens, Keys: h.Keys, Journeys: h.Engine,
		Grants: h.Grants, Clients: h.Clients, Throttle: h.Throttle, Logouts: h.Logouts, K: h.K, Now: h.Now, Logger: h.Logger,
		UILocales: []string{"en"}, DPoP: &dpop.Judge{K: h.K, Replays: h.Replays, Now: h.Now},
	})
}

// Operator is somebody who has every right.
func Operator(ctx context.Context) context.Context {
	return caller.With(ctx, caller.Info{
		Via: caller.ViaApply, Grants: access.Operator(), Actor: caller.Actor{Type: caller.ActorOperator, Name: "test"},
	})
}
