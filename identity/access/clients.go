package access

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/caller"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// maxClientRate bounds the requests a minute of an API client.
const maxClientRate = 60_000

// Client is what a person decides about an API client.
type Client struct {
	ApplicationID string // a service application of the same tenant
	Name          string // unique in the tenant
	Tenants       []string
	Permissions   []Permission
	Addresses     []string // CIDRs or addresses; empty: any
	RatePerMinute int      // 0: the usual
	ExpiresAt     time.Time
}

// CreateClient lets a service application use the management API. The client
// is owned by the administrator who makes it and never holds more than he does
// (R8: AccessGrant); one that is made by the operator is the deployment's own.
// It needs APIClientsWrite in the writer's tenant.
func (d *Desk) CreateClient(ctx context.Context, w store.Writer, c Client) (models.APIClient, error) {
	row, err := c.row(w.ID())
	if err != nil {
		return row, err
	}
	if err := Require(ctx, w.ID(), APIClientsWrite); err != nil {
		return row, err
	}
	now := models.At(d.Now())
	row.Version, row.CreatedAt, row.UpdatedAt = 1, now, now
	err = w.Write(ctx, func(tx *store.Tx) error {
		if row.OwnerUserID, err = d.ownerOf(ctx, tx, row); err != nil {
			return err
		}
		switch err := insertClient(ctx, tx, &row); {
		case store.Taken(err):
			return reason.Wrap(reason.InputInvalid, err).On("name", reason.InputTaken, "")
		case store.Orphan(err):
			return reason.Wrap(reason.ApplicationUnknown, err)
		case err != nil:
			return err
		}
		return d.recordClient(ctx, tx, audit.APIClientCreated, nil, &row)
	})
	return row, err
}

// ownerOf says who answers for the client, after the check that he may give
// what it gets.
func (d *Desk) ownerOf(ctx context.Context, tx *store.Tx, row models.APIClient) (string, error) {
	for _, tenantID := range reach(row, tx.ID()) {
		if err := d.mayGive(ctx, tx, tenantID, permissions(row)); err != nil {
			return "", err
		}
	}
	switch by := caller.From(ctx); by.Actor.Type {
	case caller.ActorAdmin:
		return by.Actor.ID, nil
	case caller.ActorAPIClient:
		parent, err := client(ctx, tx, by.Actor.ID)
		if err != nil {
			return "", reason.Wrap(reason.AccessDenied, err)
		}
		return parent.OwnerUserID, nil
	case caller.ActorOperator, caller.ActorSystem:
		return "", nil
	case caller.ActorNobody, caller.ActorUser, caller.ActorClient:
	}
	return "", reason.New(reason.AccessDenied)
}

// UpdateClient changes an API client; version is that of the row that the
// change was made on (VersionStale). Whoever changes it becomes its owner, and
// the rules of CreateClient hold.
func (d *Desk) UpdateClient(ctx context.Context, w store.Writer, version int64, c Client) (models.APIClient, error) {
	row, err := c.row(w.ID())
	if err != nil {
		return row, err
	}
	if err := Require(ctx, w.ID(), APIClientsWrite); err != nil {
		return row, err
	}
	err = w.Write(ctx, func(tx *store.Tx) error {
		old, err := d.clientOf(ctx, tx, c.ApplicationID)
		if err != nil {
			return err
		}
		if row.OwnerUserID, err = d.ownerOf(ctx, tx, row); err != nil {
			return err
		}
		row.CreatedAt, row.LastUsedAt = old.CreatedAt, old.LastUsedAt
		row.Version, row.UpdatedAt = version+1, models.At(d.Now())
		changed, err := updateClient(ctx, tx, version, &row)
		switch {
		case store.Taken(err):
			return reason.Wrap(reason.InputInvalid, err).On("name", reason.InputTaken, "")
		case err != nil:
			return err
		case !changed:
			return reason.New(reason.VersionStale)
		}
		return d.recordClient(ctx, tx, audit.APIClientUpdated, &old, &row)
	})
	return row, err
}

// DeleteClient takes the management API away from an application; none is
// RequestNotFound.
func (d *Desk) DeleteClient(ctx context.Context, w store.Writer, applicationID string) error {
	if err := Require(ctx, w.ID(), APIClientsWrite); err != nil {
		return err
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		old, err := d.clientOf(ctx, tx, applicationID)
		if err != nil {
			return err
		}
		if err := deleteClient(ctx, tx, applicationID); err != nil {
			return err
		}
		return d.recordClient(ctx, tx, audit.APIClientDeleted, &old, nil)
	})
}

// ClientByID finds an API client by its application; none is RequestNotFound.
// It needs APIClientsRead.
func (d *Desk) ClientByID(ctx context.Context, r store.Reader, applicationID string) (models.APIClient, error) {
	if err := Require(ctx, r.ID(), APIClientsRead); err != nil {
		return models.APIClient{}, err
	}
	return d.clientOf(ctx, r, applicationID)
}

// Clients lists the tenant's API clients by name. It needs APIClientsRead.
func (d *Desk) Clients(ctx context.Context, r store.Reader) ([]models.APIClient, error) {
	if err := Require(ctx, r.ID(), APIClientsRead); err != nil {
		return nil, err
	}
	return clients(ctx, r)
}

// MayHandOut refuses, with AccessGrant, to give out what an API client proves
// itself with to somebody who holds less than the client does: whoever has its
// secret has its rights (R8). Applications that are no API clients pass.
func MayHandOut(ctx context.Context, tx *store.Tx, applicationID string) error {
	c, err := client(ctx, tx, applicationID)
	if store.NotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return covered(ctx, tx, c)
}

// MayVouch refuses, with AccessGrant, to decide whose certificates prove a
// tenant's applications to somebody who holds less than one of its API clients:
// he could pose as that (R8).
func MayVouch(ctx context.Context, tx *store.Tx) error {
	all, err := clients(ctx, tx)
	for i := range all {
		if err := covered(ctx, tx, all[i]); err != nil {
			return err
		}
	}
	return err
}

// covered refuses whoever holds less than the client does.
func covered(ctx context.Context, tx *store.Tx, c models.APIClient) error {
	own, _ := caller.From(ctx).Grants.(Grants) // without any, nothing is covered
	held := slices.DeleteFunc(permissions(c), func(p Permission) bool { return !Known(p) })
	for _, tenantID := range reach(c, tx.ID()) {
		if !own.covers(tenantID, held) {
			return reason.New(reason.AccessGrant)
		}
	}
	return nil
}

func (d *Desk) clientOf(ctx context.Context, r store.Reader, applicationID string) (models.APIClient, error) {
	row, err := client(ctx, r, applicationID)
	if store.NotFound(err) {
		return row, reason.Wrap(reason.RequestNotFound, err)
	}
	return row, err
}

func (d *Desk) recordClient(ctx context.Context, tx *store.Tx, action string, old, fresh *models.APIClient) error {
	shown := fresh
	if shown == nil {
		shown = old
	}
	return audit.Append(ctx, tx, d.Now(), audit.Event{
		Action: action, ApplicationID: shown.ApplicationID,
		Target: audit.Target{Type: "api_client", ID: shown.ApplicationID, Name: shown.Name},
		Before: facts(old), After: facts(fresh),
	})
}

func facts(c *models.APIClient) any {
	if c == nil {
		return nil
	}
	return map[string]any{
		"name": c.Name, "owner_user_id": c.OwnerUserID, "tenants": c.Tenants.V, "permissions": c.Permissions.V,
		"addresses": c.Addresses.V, "rate_per_minute": c.RatePerMinute, "expires_at": c.ExpiresAt,
	}
}

// row is the client as it is kept, or what is wrong with it.
func (c Client) row(tenantID string) (models.APIClient, error) {
	wrong := reason.New(reason.InputInvalid)
	if c.Name == "" || len(c.Name) > 100 {
		wrong = wrong.On("name", reason.InputRequired, "")
	}
	if c.RatePerMinute < 0 || c.RatePerMinute > maxClientRate {
		wrong = wrong.On("rate_per_minute", reason.InputInvalid, "")
	}
	names := make([]string, 0, len(c.Permissions))
	for _, p := range c.Permissions {
		if !Known(p) {
			wrong = wrong.On("permissions", reason.InputUnknown, string(p))
		}
		names = append(names, string(p))
	}
	for _, a := range c.Addresses {
		if _, err := prefix(a); err != nil {
			wrong = wrong.On("addresses", reason.InputFormat, a)
		}
	}
	if len(wrong.Fields) > 0 {
		return models.APIClient{}, wrong
	}
	tenants := c.Tenants
	if len(tenants) == 1 && tenants[0] == tenantID {
		tenants = nil
	}
	return models.APIClient{
		ApplicationID: c.ApplicationID, Name: c.Name,
		Tenants: models.AsJSON(orNone(tenants)), Permissions: models.AsJSON(names), Addresses: models.AsJSON(orNone(c.Addresses)),
		RatePerMinute: c.RatePerMinute, ExpiresAt: models.At(c.ExpiresAt),
	}, nil
}

func orNone(s []string) []string {
	if s == nil {
		return []string{}
	}
	return slices.Clone(s)
}

// EveryTenant in a client's tenants stands for all of them, also those to come.
const EveryTenant = "*"

// reach lists the tenants in which a client acts; an empty id is every tenant.
func reach(c models.APIClient, own string) []string {
	switch {
	case len(c.Tenants.V) == 0:
		return []string{own}
	case slices.Contains(c.Tenants.V, EveryTenant):
		return []string{""}
	}
	return c.Tenants.V
}

func permissions(c models.APIClient) []Permission {
	ps := make([]Permission, len(c.Permissions.V))
	for i, p := range c.Permissions.V {
		ps[i] = Permission(p)
	}
	return ps
}

// prefix reads a CIDR or a single address.
func prefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		addr = addr.Unmap()
		return addr.Prefix(addr.BitLen())
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}
