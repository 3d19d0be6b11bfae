package access

import (
	"context"

	"gatehouse/audit"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Refusal is a request that a door refused for want of a right.
type Refusal struct {
	Permission    Permission // that the route needs; empty: it needs none of its own
	Method, Route string
	Tenant        string // name of the tenant that the address names; empty: none
	Application   *models.Application
	Err           error
}

// NoteRefusal records that somebody was refused, in a transaction of its own and
// before he hears of it (R130). What is no refusal of a right is not recorded
// here, nor what is beyond the gate.
func (d *Desk) NoteRefusal(ctx context.Context, w store.Writer, r Refusal) error {
	code, is := denied(r.Err)
	if !is || !d.Refusals.Admits(ctx) {
		return nil
	}
	e := audit.Event{
		Action: audit.AccessRefused, Reason: code,
		Details: map[string]any{"permission": string(r.Permission), "method": r.Method, "route": r.Route, "tenant": r.Tenant},
	}
	if a := r.Application; a != nil {
		e.ApplicationID, e.Target = a.ID, audit.Target{Type: "application", ID: a.ID, Name: a.ClientID}
	}
	return w.Write(ctx, func(tx *store.Tx) error { return audit.Append(ctx, tx, d.Now(), e) })
}

// denied is the true reason of a refusal: what is hidden as missing (R5) is
// wrapped around it.
func denied(err error) (reason.Code, bool) {
	if err == nil {
		return "", false
	}
	e := reason.From(err)
	if e.Code == reason.TenantUnknown && reason.Has(e.Err, reason.AccessDenied) {
		return reason.AccessDenied, true
	}
	kind := e.Meaning().Kind
	return e.Code, kind == reason.Forbidden || kind == reason.Unauthorized && e.Code == reason.AccessUnauthorized
}
