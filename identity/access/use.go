package access

import (
	"context"
	"net/netip"
	"time"

	"gatehouse/internal/caller"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// stampEvery is how much of a client's use goes unnoticed.
const stampEvery = time.Minute

// ClientGrants resolves what an API client may do from an address now: what it
// was given, cut to what its owner holds today (R12). AccessDenied says that
// the application is no API client or that its owner can no longer sign in,
// AccessExpired and AccessAddress what else is wrong. The row comes along for
// its rate.
func (d *Desk) ClientGrants(
	ctx context.Context, r store.Reader, applicationID, ip string,
) (caller.Grants, models.APIClient, error) {
	c, err := client(ctx, r, applicationID)
	if store.NotFound(err) {
		return Grants{}, c, reason.New(reason.AccessDenied)
	}
	if err != nil {
		return Grants{}, c, err
	}
	if !c.ExpiresAt.IsZero() && !d.Now().Before(c.ExpiresAt.Time) {
		return Grants{}, c, reason.New(reason.AccessExpired)
	}
	if !admits(c.Addresses.V, ip) {
		return Grants{}, c, reason.New(reason.AccessAddress)
	}
	g, err := d.cut(ctx, c, r.ID())
	return g, c, err
}

// cut is the intersection of the client's permissions with its owner's.
func (d *Desk) cut(ctx context.Context, c models.APIClient, own string) (Grants, error) {
	var limit Grants
	limit.grant("", all)
	if c.OwnerUserID != "" {
		var err error
		if limit, err = d.ownerLimit(ctx, c.OwnerUserID); err != nil {
			return Grants{}, err
		}
	}
	var g Grants
	for _, tenantID := range reach(c, own) {
		for _, p := range permissions(c) {
			if Known(p) && limit.covers(tenantID, []Permission{p}) {
				g.grant(tenantID, []Permission{p})
			}
		}
	}
	return g, nil
}

func (d *Desk) ownerLimit(ctx context.Context, userID string) (Grants, error) {
	if d.Active != nil {
		active, err := d.Active(ctx, d.system(), []string{userID})
		if err != nil {
			return Grants{}, err
		}
		if len(active) == 0 {
			return Grants{}, reason.New(reason.AccessDenied)
		}
	}
	assigned, err := assignmentsOf(ctx, d.system(), userID)
	return of(assigned), err
}

// admits reports whether the address is in one of the ranges; none admits all.
// What cannot be read is not admitted (R7).
func admits(ranges []string, ip string) bool {
	if len(ranges) == 0 {
		return true
	}
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	addr = addr.Unmap().WithZone("")
	for _, text := range ranges {
		if p, err := prefix(text); err == nil && p.Contains(addr) {
			return true
		}
	}
	return false
}

// TouchClient notes that the client was used, at most once a minute (R12).
func (d *Desk) TouchClient(ctx context.Context, w store.Writer, c models.APIClient) error {
	now := models.At(d.Now())
	if now.Sub(c.LastUsedAt.Time) < stampEvery {
		return nil
	}
	return w.Write(ctx, func(tx *store.Tx) error { return stampClient(ctx, tx, c.ApplicationID, now) })
}
