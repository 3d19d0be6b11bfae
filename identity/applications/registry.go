package applications

import (
	"context"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/internal/page"
	"gatehouse/internal/recent"
	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Families ends tokens; *tokens.Mint is one.
type Families interface {
	RevokeFamiliesOfApplication(ctx context.Context, tx *store.Tx, applicationID, userID, why string) (int, error)
	RevokeTokensOf(ctx context.Context, tx *store.Tx, a *models.Application, why string) (int, error)
}

// Options are what a Registry needs.
type Options struct {
	K        *seal.Keyring
	Now      func() time.Time
	Families Families
	// Fetch gets what applications registered by reference; nil: nothing.
	Fetch Fetcher
}

// Registry knows the applications.
type Registry struct {
	k        *seal.Keyring
	now      func() time.Time
	families Families
	fetch    Fetcher
	keySets  keySets

	byClientID *recent.Cache[*models.Application]
	byID       *recent.Cache[*models.Application]
	secrets    *recent.Cache[[]models.Secret]
	origins    *recent.Cache[bool]
}

const cached = 8192

// NewRegistry builds the registry.
func NewRegistry(o Options) *Registry {
	return &Registry{
		k: o.K, now: o.Now, families: o.Families, fetch: o.Fetch,
		byClientID: recent.New[*models.Application](cached), byID: recent.New[*models.Application](cached),
		secrets: recent.New[[]models.Secret](cached), origins: recent.New[bool](cached),
	}
}

// ByClientID returns the application with this client_id. Callers must not
// change it. It returns reason.ApplicationUnknown.
func (g *Registry) ByClientID(ctx context.Context, r store.Reader, clientID string) (*models.Application, error) {
	return g.byClientID.Get(ctx, recent.Key{Tenant: r.ID(), ID: clientID}, func(ctx context.Context) (*models.Application, error) {
		return known(find(ctx, r, map[string]any{"client_id": clientID}))
	})
}

// ByID returns the application with this id. Callers must not change it. It
// returns reason.ApplicationUnknown.
func (g *Registry) ByID(ctx context.Context, r store.Reader, id string) (*models.Application, error) {
	return g.byID.Get(ctx, recent.Key{Tenant: r.ID(), ID: id}, func(ctx context.Context) (*models.Application, error) {
		return Fresh(ctx, r, id)
	})
}

// Fresh reads an application past the cache. It returns
// reason.ApplicationUnknown.
func Fresh(ctx context.Context, r store.Reader, id string) (*models.Application, error) {
	return known(find(ctx, r, map[string]any{"id": id}))
}

// ByName returns the application that configuration files call so. It returns
// reason.ApplicationUnknown.
func ByName(ctx context.Context, r store.Reader, name string) (*models.Application, error) {
	return known(find(ctx, r, map[string]any{"name": name}))
}

func known(a *models.Application, err error) (*models.Application, error) {
	if store.NotFound(err) {
		return nil, reason.Wrap(reason.ApplicationUnknown, err)
	}
	return a, err
}

// KnowsOrigin reports whether any application of the tenant registered the
// origin, from which its scripts may then call (R48).
func (g *Registry) KnowsOrigin(ctx context.Context, r store.Reader, origin string) (bool, error) {
	if !isOrigin(origin) {
		return false, nil
	}
	return g.origins.Get(ctx, recent.Key{Tenant: r.ID(), ID: origin}, func(ctx context.Context) (bool, error) {
		return originRegistered(ctx, r, origin)
	})
}

// Filter narrows a list of applications.
type Filter struct {
	Query  string // beginning of the name, client_id or display name, or a redirect URI
	Type   models.ApplicationType
	Status models.ApplicationStatus
}

// List pages through the tenant's applications, by name.
func (g *Registry) List(ctx context.Context, r store.Reader, f Filter, p page.Request) (page.Of[models.Application], error) {
	if err := access.Require(ctx, r.ID(), access.ApplicationsRead); err != nil {
		return page.Of[models.Application]{}, err
	}
	route := "applications:" + f.Query + ":" + string(f.Type) + ":" + string(f.Status)
	after, err := page.Decode(g.k, r.ID(), route, p.After, g.now())
	if err != nil {
		return page.Of[models.Application]{}, reason.Wrap(reason.InputInvalid, err).On("after", reason.InputInvalid, "")
	}
	behind := ""
	if len(after.Keys) == 1 {
		behind = after.Keys[0]
	}
	rows, err := list(ctx, r, f, behind, p.Size()+1)
	if err != nil {
		return page.Of[models.Application]{}, err
	}
	return page.Cut(rows, p.Size(), func(a models.Application) string {
		return page.Encode(g.k, r.ID(), route, page.Cursor{Keys: []string{a.Name}}, g.now())
	}), nil
}

// forget clears what the caches hold of an application, once tx has committed.
func (g *Registry) forget(tx *store.Tx, a *models.Application) {
	tx.After(func() {
		g.byClientID.Drop(recent.Key{Tenant: a.TenantID, ID: a.ClientID})
		g.byID.Drop(recent.Key{Tenant: a.TenantID, ID: a.ID})
		g.secrets.Drop(recent.Key{Tenant: a.TenantID, ID: a.ID})
	})
}

func target(a *models.Application) audit.Target {
	return audit.Target{Type: "application", ID: a.ID, Name: a.Name}
}

// record notes what happened to an application.
func (g *Registry) record(ctx context.Context, tx *store.Tx, action string, a *models.Application, e audit.Event) error {
	g.forget(tx, a)
	e.Action, e.Target, e.ApplicationID = action, target(a), a.ID
	if e.Details == nil {
		e.Details = map[string]any{}
	}
	e.Details["client_id"] = a.ClientID
	return audit.Append(ctx, tx, g.now(), e)
}
