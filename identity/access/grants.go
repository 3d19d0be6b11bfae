package access

import (
	"context"
	"slices"

	"gatehouse/internal/caller"
	"gatehouse/models"
	"gatehouse/reason"
)

// Grants is what an actor may do, tenant by tenant. The zero Grants allow
// nothing.
type Grants struct {
	everywhere set
	within     map[string]set // by tenant id
}

type set map[Permission]bool

func (s set) add(ps []Permission) {
	for _, p := range ps {
		s[p] = true
	}
}

var _ caller.Grants = Grants{}

// Allows implements caller.Grants. It is false for what does not exist (R7).
func (g Grants) Allows(tenantID, permission string) bool {
	p := Permission(permission)
	return tenantID != "" && Known(p) && (g.everywhere[p] || g.within[tenantID][p])
}

// Everywhere reports whether the permission is held in every tenant.
func (g Grants) Everywhere(p Permission) bool { return Known(p) && g.everywhere[p] }

// Tenants lists the ids of the tenants in which the permission is held; every
// is true, and the list empty, where that is all of them (R13).
func (g Grants) Tenants(p Permission) (ids []string, every bool) {
	if g.Everywhere(p) {
		return nil, true
	}
	for id, s := range g.within {
		if s[p] && Known(p) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, false
}

// Empty reports whether nothing at all is allowed.
func (g Grants) Empty() bool { return len(g.everywhere) == 0 && len(g.within) == 0 }

// grant adds permissions in a tenant; in every tenant where its id is empty.
func (g *Grants) grant(tenantID string, ps []Permission) {
	if len(ps) == 0 {
		return
	}
	if g.everywhere == nil {
		g.everywhere, g.within = set{}, map[string]set{}
	}
	if tenantID == "" {
		g.everywhere.add(ps)
		return
	}
	if g.within[tenantID] == nil {
		g.within[tenantID] = set{}
	}
	g.within[tenantID].add(ps)
}

// covers reports whether all permissions are held in the tenant, or in every
// one where its id is empty (R8).
func (g Grants) covers(tenantID string, ps []Permission) bool {
	for _, p := range ps {
		if tenantID == "" && !g.Everywhere(p) || tenantID != "" && !g.Allows(tenantID, string(p)) {
			return false
		}
	}
	return true
}

// of are the grants of some role assignments.
func of(assigned []models.RoleAssignment) Grants {
	var g Grants
	for _, a := range assigned {
		g.grant(a.TargetTenant, Role(a.Role).Permissions())
	}
	return g
}

// Operator are the grants of whoever runs the command line on the server's own
// machine: everything.
func Operator() caller.Grants {
	var g Grants
	g.grant("", all)
	return g
}

// Require refuses a deed that the actor may not do in the tenant: with
// AccessUnauthorized where nobody has signed in, else with AccessDenied. It
// knows nothing but the context: whatever is missing there denies (R7).
func Require(ctx context.Context, tenantID string, p Permission) error {
	by := caller.From(ctx)
	if by.Grants == nil || by.Actor.Type == caller.ActorNobody {
		return reason.New(reason.AccessUnauthorized)
	}
	if !Known(p) || tenantID == "" || !by.Grants.Allows(tenantID, string(p)) {
		return reason.New(reason.AccessDenied)
	}
	return nil
}

// RequireEverywhere refuses a deed over all tenants to whoever may not do it
// in every one; errors as Require's.
func RequireEverywhere(ctx context.Context, p Permission) error {
	by := caller.From(ctx)
	if by.Grants == nil || by.Actor.Type == caller.ActorNobody {
		return reason.New(reason.AccessUnauthorized)
	}
	if g, ok := by.Grants.(Grants); !ok || !g.Everywhere(p) {
		return reason.New(reason.AccessDenied)
	}
	return nil
}

// TenantsOf answers in which tenants the caller holds the permission; every
// means all of them, also those to come.
func TenantsOf(ctx context.Context, p Permission) (ids []string, every bool) {
	g, ok := caller.From(ctx).Grants.(Grants)
	if !ok {
		return nil, false
	}
	return g.Tenants(p)
}

// Only is what remains of the grants with these permissions alone: the scopes
// of a token narrow what its client holds (R11).
func (g Grants) Only(ps []Permission) Grants {
	var less Grants
	for _, p := range ps {
		if g.everywhere[p] {
			less.grant("", []Permission{p})
		}
		for id, held := range g.within {
			if held[p] {
				less.grant(id, []Permission{p})
			}
		}
	}
	return less
}
