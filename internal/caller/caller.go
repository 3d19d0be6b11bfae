// Package caller carries the facts of a request from the door to the rooms:
// who acts, through what, from where, under which request id. It never carries
// a tenant or a transaction: those are handed over as store values.
package caller

import "context"

// Via says through which door a deed came.
type Via string

// The doors.
const (
	ViaConsole Via = "console"
	ViaAPI     Via = "api"
	ViaApply   Via = "apply"
	ViaHosted  Via = "hosted"
	ViaOAuth   Via = "oauth"
	ViaSystem  Via = "system" // the server itself: sealer, sweeps, set-up
)

// ActorType is the kind of actor.
type ActorType string

// The kinds of actor.
const (
	ActorNobody    ActorType = "anonymous"
	ActorUser      ActorType = "user"          // a tenant's user, about himself
	ActorAdmin     ActorType = "administrator" // a user of the system tenant
	ActorAPIClient ActorType = "api_client"
	ActorClient    ActorType = "application" // an OAuth client
	ActorOperator  ActorType = "operator"    // whoever runs the command line
	ActorSystem    ActorType = "system"
)

// Grants is what an actor may do, as identity/access resolved it for this
// request. An empty one allows nothing.
type Grants interface {
	// Allows reports whether the permission is held in the tenant.
	Allows(tenantID, permission string) bool
}

// Info is what is known of the request.
type Info struct {
	RequestID string
	Via       Via
	IP        string
	UserAgent string
	Base      string // address of the tenant as the request reached it; empty: outside a tenant
	Actor     Actor
	Grants    Grants // nil: none
}

// Actor is who acts.
type Actor struct {
	Type      ActorType
	ID        string
	Name      string
	SessionID string
}

type key struct{}

// With returns a context that carries the facts.
func With(ctx context.Context, i Info) context.Context { return context.WithValue(ctx, key{}, i) }

// From returns the facts that ctx carries; without any, an anonymous system
// call.
func From(ctx context.Context) Info {
	i, ok := ctx.Value(key{}).(Info)
	if !ok {
		return Info{Via: ViaSystem, Actor: Actor{Type: ActorNobody}}
	}
	return i
}
