package resources

import (
	"context"
	"reflect"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/internal/recent"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// most is how many APIs a tenant has.
const most = 500

// Catalogue keeps the APIs of tenants.
type Catalogue struct {
	Applications *applications.Registry
	Now          func() time.Time
	// Types keeps the names of each tenant's types of authorization details, which
	// every reader of its metadata needs; nil: they are read each time.
	Types *recent.Cache[[]string]
}

// Kept is how many tenants' types Catalogue.Types should hold.
const Kept = 4096

// Facts are what a person decides about an API.
type Facts struct {
	Identifier   string // an absolute URI without fragment (RFC 8707 §2)
	DisplayName  string
	Scopes       []models.ResourceScope
	Everybody    bool
	Applications []string // client_ids of those that may ask for it
	Server       string   // client_id of the API's own application; empty: none
	// AccessTokenSeconds bounds the life of its tokens; 0: nothing does.
	AccessTokenSeconds int
	AccessTokenFormat  string // jwt or opaque; empty: as the application has it
	Disabled           bool
	// DetailTypes are the authorization_details that it understands.
	DetailTypes []models.DetailType
}

// Create registers an API under a name that is unique in the tenant. It returns
// reason.InputInvalid.
func (c *Catalogue) Create(ctx context.Context, w store.Writer, name string, f Facts) (*models.Resource, error) {
	if err := access.Require(ctx, w.ID(), access.ApplicationsWrite); err != nil {
		return nil, err
	}
	now := models.At(c.Now())
	row := &models.Resource{ID: store.NewID(), Name: name, Version: 1, CreatedAt: now, UpdatedAt: now}
	err := w.Write(ctx, func(tx *store.Tx) error {
		if err := c.judge(ctx, tx, row, f); err != nil {
			return err
		}
		if err := insert(ctx, tx, row); err != nil {
			return taken(err)
		}
		return c.record(ctx, tx, audit.ResourceCreated, row, nil, facts(row))
	})
	return row, err
}

// Update changes an API from the version that the change was based on. A change
// of nothing records nothing. It returns reason.InputInvalid, VersionStale and
// RequestNotFound.
func (c *Catalogue) Update(ctx context.Context, w store.Writer, id string, version int64, f Facts) (*models.Resource, error) {
	if err := access.Require(ctx, w.ID(), access.ApplicationsWrite); err != nil {
		return nil, err
	}
	var row *models.Resource
	err := w.Write(ctx, func(tx *store.Tx) error {
		var err error
		if row, err = known(find(ctx, tx, "id", id)); err != nil {
			return err
		}
		if row.Version != version {
			return reason.New(reason.VersionStale)
		}
		before := facts(row)
		if err := c.judge(ctx, tx, row, f); err != nil {
			return err
		}
		if reflect.DeepEqual(before, facts(row)) {
			return nil
		}
		row.Version, row.UpdatedAt = version+1, models.At(c.Now())
		if err := update(ctx, tx, row, version); err != nil {
			return taken(err)
		}
		return c.record(ctx, tx, audit.ResourceUpdated, row, before, facts(row))
	})
	return row, err
}

// Delete removes an API: nobody gets tokens for it any more.
func (c *Catalogue) Delete(ctx context.Context, w store.Writer, id string) error {
	if err := access.Require(ctx, w.ID(), access.ApplicationsWrite); err != nil {
		return err
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		row, err := known(find(ctx, tx, "id", id))
		if err != nil {
			return err
		}
		if err := remove(ctx, tx, id); err != nil {
			return err
		}
		return c.record(ctx, tx, audit.ResourceDeleted, row, facts(row), nil)
	})
}

// List gives a tenant's APIs by name. It needs access.ApplicationsRead.
func (c *Catalogue) List(ctx context.Context, r store.Reader) ([]models.Resource, error) {
	if err := access.Require(ctx, r.ID(), access.ApplicationsRead); err != nil {
		return nil, err
	}
	return all(ctx, r)
}

// ByID gives one API. It needs access.ApplicationsRead, and returns
// reason.RequestNotFound.
func (c *Catalogue) ByID(ctx context.Context, r store.Reader, id string) (*models.Resource, error) {
	return c.one(ctx, r, "id", id)
}

// ByName is ByID by its name.
func (c *Catalogue) ByName(ctx context.Context, r store.Reader, name string) (*models.Resource, error) {
	return c.one(ctx, r, "name", name)
}

func (c *Catalogue) one(ctx context.Context, r store.Reader, column, value string) (*models.Resource, error) {
	if err := access.Require(ctx, r.ID(), access.ApplicationsRead); err != nil {
		return nil, err
	}
	return known(find(ctx, r, column, value))
}

// FactsOf is an API as a person decided it.
func (c *Catalogue) FactsOf(ctx context.Context, r store.Reader, row *models.Resource) (Facts, error) {
	f := Facts{
		Identifier: row.Identifier, DisplayName: row.DisplayName, Scopes: row.Scopes.V, Everybody: row.Everybody,
		AccessTokenSeconds: row.AccessTokenSeconds, AccessTokenFormat: row.AccessTokenFormat, Disabled: row.Disabled, DetailTypes: row.DetailTypes.V,
	}
	for _, id := range row.Applications.V {
		clientID, err := c.clientID(ctx, r, id)
		if err != nil {
			return f, err
		}
		if clientID != "" {
			f.Applications = append(f.Applications, clientID)
		}
	}
	var err error
	f.Server, err = c.clientID(ctx, r, row.ServerID)
	return f, err
}

// clientID is that of an application; empty where it is gone.
func (c *Catalogue) clientID(ctx context.Context, r store.Reader, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	app, err := c.Applications.ByID(ctx, r, id)
	if reason.Has(err, reason.ApplicationUnknown) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return app.ClientID, nil
}

func known(row *models.Resource, err error) (*models.Resource, error) {
	if store.NotFound(err) {
		return nil, reason.Wrap(reason.RequestNotFound, err)
	}
	return row, err
}

func taken(err error) error {
	if store.Taken(err) {
		return reason.Wrap(reason.InputInvalid, err).On("identifier", reason.InputTaken, "")
	}
	return err
}

// facts are what the record shows before and after.
func facts(row *models.Resource) map[string]any {
	return map[string]any{
		"identifier": row.Identifier, "display_name": row.DisplayName, "scopes": row.ScopeNames(), "everybody": row.Everybody,
		"applications": row.Applications.V, "server_id": row.ServerID, "access_token_seconds": row.AccessTokenSeconds, "disabled": row.Disabled,
		"access_token_format": row.AccessTokenFormat, "words": row.ScopeText(), "authorization_details_types": row.DetailTypes.V,
	}
}

func (c *Catalogue) record(ctx context.Context, tx *store.Tx, action string, row *models.Resource, before, after any) error {
	if c.Types != nil {
		tx.After(func() { c.Types.Drop(recent.Key{Tenant: tx.ID()}) })
	}
	return audit.Append(ctx, tx, c.Now(), audit.Event{
		Action: action, Target: audit.Target{Type: "resource", ID: row.ID, Name: row.Name}, Before: before, After: after,
	})
}
