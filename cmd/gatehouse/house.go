package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"runtime"
	"time"

	"gatehouse/audit"
	"gatehouse/handlers/api"
	"gatehouse/handlers/console"
	"gatehouse/handlers/hosted"
	"gatehouse/handlers/protocol"
	"gatehouse/handlers/web"
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
	"gatehouse/internal/config"
	"gatehouse/internal/limit"
	"gatehouse/internal/outbound"
	"gatehouse/internal/recent"
	"gatehouse/internal/seal"
	"gatehouse/journeys"
	"gatehouse/journeys/nodes"
	"gatehouse/locales"
	"gatehouse/manifest"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/oidc/clientauth"
	"gatehouse/oidc/dpop"
	"gatehouse/oidc/grants"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/facts"
	"gatehouse/store/idempotency"
)

// house is every room, built in the order of the floors. Nothing else in the
// program wires rooms together.
type house struct {
	config *config.Config
	logger *slog.Logger
	db     *store.DB
	k      *seal.Keyring
	system string // id of the system tenant

	log          *audit.Log
	notary       *audit.Notary
	throttle     *throttle.Guard
	access       *access.Desk
	sessions     *sessions.Keeper
	passwords    *credentials.Passwords
	tenants      *tenants.Directory
	keys         *keys.Ring
	tokens       *tokens.Mint
	applications *applications.Registry
	users        *users.Directory
	journeys     *journeys.Engine
	resources    *resources.Catalogue
	rules        *claimrules.Book
	manifest     *manifest.Manifest
	replays      *replays.Keep
	logouts      *logouts.Teller
	idempotency  *idempotency.Keep
	refusals     *audit.Gate
	outbound     *outbound.Client
	notifier     *oidc.Notifier // built with the doors
}

// plot reads the settings, and nothing else.
func plot(file string) (*house, error) {
	c, err := config.Load(config.Options{File: file})
	if err != nil {
		return nil, err
	}
	return &house{config: c, logger: newLogger(c)}, nil
}

// open reads the settings and opens the database, without building rooms.
func open(ctx context.Context, file string) (*house, error) {
	h, err := plot(file)
	if err != nil {
		return nil, err
	}
	return h, h.openDatabase(ctx)
}

func (h *house) openDatabase(ctx context.Context) error {
	url := h.config.Database.URL.Reveal()
	if h.config.Database.Driver == config.SQLite {
		url = "sqlite://" + h.config.Database.Path
	}
	var err error
	h.db, err = store.Open(ctx, url)
	return oneLine(err)
}

// build migrates the database, unless told not to, and builds every room.
func build(ctx context.Context, file string, migrate bool) (*house, error) {
	h, err := open(ctx, file)
	if err != nil {
		return nil, err
	}
	return h.built(ctx, migrate)
}

// look builds every room for a command that only reads: an empty database is
// prepared for it, one that is in use is not migrated.
func look(ctx context.Context, file string) (*house, error) {
	h, err := open(ctx, file)
	if err != nil {
		return nil, err
	}
	return h.built(ctx, !h.inUse(ctx))
}

func (h *house) built(ctx context.Context, migrate bool) (*house, error) {
	if err := h.furnish(ctx, migrate); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

func (h *house) furnish(ctx context.Context, migrate bool) error {
	if err := h.openKeyring(ctx); err != nil {
		return err
	}
	if err := h.schema(ctx, migrate); err != nil {
		return oneLine(err)
	}
	if err := facts.CheckMaster(ctx, h.db, h.k); err != nil {
		return err
	}
	var err error
	if h.notary, err = audit.NewNotary(h.config.AuditCheckpointsFile, h.k.Derive("audit checkpoints")); err != nil { // R121, R133
		return err
	}
	h.ground()
	if err := h.settle(ctx); err != nil {
		return err
	}
	return h.upstairs()
}

// schema migrates the database, or checks that others did.
func (h *house) schema(ctx context.Context, migrate bool) error {
	if migrate {
		_, err := h.db.Migrate(ctx)
		return err
	}
	done, err := h.db.Migrated(ctx)
	if err == nil && !done {
		return errors.New("the database schema is not up to date: run gatehouse migrate")
	}
	return err
}

// inUse reports whether the database was made with a master key already. One
// that cannot be asked was not.
func (h *house) inUse(ctx context.Context) bool {
	made, err := facts.Get(ctx, h.db, facts.MasterKey)
	return err == nil && made != ""
}

// openKeyring reads the master key, and makes it on the first start. To a
// database that is in use a new key would be the wrong one, and could end up in
// the former's place.
func (h *house) openKeyring(ctx context.Context) error {
	if h.config.MasterKeyCreated && h.inUse(ctx) {
		if _, err := os.Stat(h.config.MasterKeyFile); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the master key file %s is missing; the database was made with it: give it back", h.config.MasterKeyFile)
		}
	}
	text, err := h.config.ReadMasterKey(seal.Generate)
	if err != nil {
		return err
	}
	h.k, err = seal.New(text)
	return err
}

// gateWait is how long a password check waits for its turn; gateQueue how many
// may wait (R61).
const (
	gateWait  = 5 * time.Second
	gateQueue = 256
)

// ground builds what tenants stand on.
func (h *house) ground() {
	now := time.Now
	h.log = audit.NewLog(audit.Options{DB: h.db, Now: now, Logger: h.logger, Notary: h.notary})
	h.refusals = audit.NewGate(now, h.logger)
	h.throttle = &throttle.Guard{Now: now}
	h.outbound = outbound.New(outbound.Options{Hosts: h.config.OutboundAllow.Hosts, Networks: h.config.OutboundAllow.Networks})
	h.sessions = &sessions.Keeper{Now: now}
	// One hash for each core, half of what R61 allows: more make none of them
	// faster, and each holds its memory.
	memory := int64(runtime.NumCPU()) * credentials.Default.Weight()
	h.passwords = &credentials.Passwords{
		Now: now, Limit: limit.NewGate(limit.GateOptions{Capacity: memory, Queue: gateQueue, Wait: gateWait}),
	}
	h.keys = keys.NewRing(keys.Options{DB: h.db, K: h.k, Now: now})
	h.tokens = tokens.NewMint(tokens.Options{Keys: h.keys, K: h.k, Sessions: h.sessions, Now: now})
	h.tenants = tenants.NewDirectory(tenants.Options{DB: h.db, K: h.k, Now: now, Enders: map[string]tenants.Ender{
		"sessions": h.sessions.EndAll, "families": h.tokens.RevokeAll,
	}})
	h.idempotency = &idempotency.Keep{K: h.k, Now: now}
}

// settle finds, or makes, the tenants that every deployment has.
func (h *house) settle(ctx context.Context) error {
	if err := h.tenants.EnsureBuiltin(operator(ctx, caller.ViaSystem)); err != nil {
		return err
	}
	system, err := h.tenants.ByName(ctx, models.SystemTenant)
	if err != nil {
		return err
	}
	h.system = system.TenantID
	return nil
}

// upstairs builds what needs the system tenant.
func (h *house) upstairs() error {
	now := time.Now
	h.access = &access.Desk{DB: h.db, System: h.system, Now: now, Refusals: h.refusals}
	h.applications = applications.NewRegistry(applications.Options{
		K: h.k, Now: now, Families: h.tokens, Fetch: h.outbound,
	})
	h.resources = &resources.Catalogue{Applications: h.applications, Now: now, Types: recent.New[[]string](resources.Kept)}
	h.rules = claimrules.NewBook(claimrules.Options{Applications: h.applications, Now: now, Logger: h.logger})
	h.logouts = logouts.NewTeller(logouts.Options{
		DB: h.db, Applications: h.applications, Tokens: h.tokens, Call: h.outbound, Issuer: h.issuer, Now: now, Logger: h.logger,
	})
	h.sessions.Ended = h.logouts.Ended
	h.users = users.NewDirectory(users.Options{
		K: h.k, Now: now, Passwords: h.passwords, Sessions: h.sessions, Families: h.tokens, Tenants: h.tenants,
		Throttle: h.throttle, Access: h.access, Exempt: h.config.ThrottleExempt,
	})
	h.access.Active = h.users.Active
	h.manifest = manifest.New(manifest.Options{
		Resources: h.resources, Rules: h.rules,
		DB: h.db, Now: now, Tenants: h.tenants, Applications: h.applications, Users: h.users, Access: h.access, System: h.system,
	})
	var err error
	h.journeys, err = journeys.New(journeys.Options{
		Nodes: nodes.All(nodes.Options{Users: h.users, Applications: h.applications, Sessions: h.sessions, Tenants: h.tenants, K: h.k, Now: now, Refusals: h.refusals}),
		K:     h.k, Now: now, Definitions: journeys.Defaults(),
	})
	return err
}

// issuer is that of a tenant's own address.
func (h *house) issuer(ctx context.Context, tenantID string) (string, error) {
	t, err := h.tenants.ByID(ctx, tenantID)
	if err != nil {
		return "", err
	}
	return web.BaseOf(h.config.PublicURL, t), nil
}

// doors builds the HTTP side.
func (h *house) doors(metrics *web.Metrics) *web.App {
	now := time.Now
	h.replays = &replays.Keep{Now: now}
	issuer := &grants.Issuer{
		Resources: h.resources, Rules: h.rules,
		Applications: h.applications, Users: h.users, Sessions: h.sessions, Tokens: h.tokens, Access: h.access,
		Events: audit.NewGatherer(h.log), Journeys: h.journeys, Replays: h.replays, Now: now,
	}
	clients := &clientauth.Authenticator{Applications: h.applications, Throttle: h.throttle, Now: now, Replays: h.replays}
	provider := oidc.New(oidc.Options{
		Applications: h.applications, Users: h.users, Sessions: h.sessions, Tokens: h.tokens, Keys: h.keys,
		Journeys: h.journeys, Grants: issuer, K: h.k, Now: now, Logger: h.logger, UILocales: languages(),
		Clients: clients, Throttle: h.throttle, Refusals: h.refusals, Logouts: h.logouts,
		Certificates: h.clientCertificates().On(),
		DPoP:         &dpop.Judge{K: h.k, Replays: h.replays, Now: now},
	})
	h.notifier = &oidc.Notifier{
		DB: h.db, Tenants: h.tenants, Provider: provider, Outbound: h.outbound, Now: now, Logger: h.logger,
	}
	pages := hosted.New(hosted.Options{
		Journeys: h.journeys, Consents: provider, SignOuts: provider, Devices: provider, Approvals: provider, Branding: h.tenants, Users: h.users,
		Sessions: h.sessions, Now: now,
	})
	app := web.New(web.Options{
		PublicURL: h.config.PublicURL, ConsoleURL: h.config.ConsoleURL, TrustedProxies: h.config.TrustedProxies,
		ClientCertificates: h.clientCertificates(),
		DB:                 h.db, Tenants: h.tenants, K: h.k, Logger: h.logger, Now: now, ErrorPage: pages.ErrorPage, Ready: h.ready, Metrics: metrics,
	})
	console.New(console.Options{
		DB: h.db, K: h.k, Now: now, System: h.system, Users: h.users, Sessions: h.sessions, Passwords: h.passwords,
		Tenants: h.tenants, Applications: h.applications, Tokens: h.tokens, Access: h.access, Throttle: h.throttle,
		Journeys: h.journeys, Log: h.log, PublicURL: h.config.PublicURL.String(), LookUp: net.DefaultResolver.LookupTXT,
		Exempt: h.config.ThrottleExempt, Logouts: h.logouts, Resources: h.resources, Rules: h.rules, Previews: issuer,
	}).Register(app)
	api.New(api.Options{
		DB: h.db, Now: now, Users: h.users, Sessions: h.sessions, Tenants: h.tenants, Applications: h.applications,
		Tokens: h.tokens, Access: h.access, Throttle: h.throttle, Clients: clients, Idempotency: h.idempotency, Approvals: provider, Holders: provider,
		Logouts: h.logouts, Resources: h.resources, Rules: h.rules, Previews: issuer,
	}).Register(app)
	endpoints := protocol.New(protocol.Options{Provider: provider, Origins: h.applications, Answer: pages.Answer})
	endpoints.Routes(app.Tenant())
	endpoints.Beside(app.WellKnown())
	pages.Routes(app.Tenant())
	return app
}

func languages() []string {
	var tags []string
	for _, l := range locales.Languages() {
		tags = append(tags, l.Tag)
	}
	return tags
}

// tenant is the one that a command names.
func (h *house) tenant(ctx context.Context, name string) (*models.Tenant, error) {
	t, err := h.tenants.ByName(ctx, name)
	if reason.Has(err, reason.TenantUnknown) {
		return nil, fmt.Errorf("there is no tenant %q", name)
	}
	return t, plain(err)
}

// ready says why the server cannot serve.
func (h *house) ready(ctx context.Context) error {
	if err := h.db.Ping(ctx); err != nil {
		return err
	}
	return h.schema(ctx, false)
}

func (h *house) close() {
	if err := h.db.Close(); err != nil {
		h.logger.Error("the database did not close", "error", err)
	}
}

// operator is whoever runs the command line: he has every right.
func operator(ctx context.Context, via caller.Via) context.Context {
	return caller.With(ctx, caller.Info{
		RequestID: store.NewID(), Via: via, Grants: access.Operator(),
		Actor: caller.Actor{Type: caller.ActorOperator, ID: "operator", Name: "operator"},
	})
}
