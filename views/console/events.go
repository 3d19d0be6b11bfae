package console

import (
	"context"
	"strings"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// Event is one line of a timeline.
type Event struct {
	models.EventFields
	Number  int64 // its place in the chain; 0: not sealed yet
	Changes []Change
	Facts   []Change // what else is known: After holds the value
	Tenant  string   // shown where a list spans tenants
}

// Change is a field before and after.
type Change struct{ Field, Before, After string }

// Events is a timeline, newest first.
type Events struct {
	List
	Rows []Event
}

// Audit is the page of the whole log of a tenant.
type Audit struct {
	Events
	Action, Outcome, Via, Actor, Request, From, To string
	// Chain is what the last check found; nil: it was not asked for.
	Chain  *Chain
	Sealed int64 // number of the newest sealed event on the page
}

// Chain is what a check of the chain found.
type Chain struct {
	OK      bool
	Checked int64
	Bad     int64
	Fault   string
}

func (e Event) failed() bool { return e.Outcome == "failure" }

func (e Event) icon() string {
	if e.failed() {
		return "x"
	}
	noun, _, _ := strings.Cut(e.Action, ".")
	icon, ok := map[string]string{
		"user": "user", "tenant": "building", "domain": "world", "branding": "palette", "application": "apps",
		"session": "device-laptop", "sign_in": "login", "sign_up": "user-plus", "sign_out": "logout", "consent": "clipboard-check",
		"authorize": "link", "token": "key", "code": "key", "key": "key", "role": "shield-lock", "api_client": "api",
		"setup": "flag", "audit": "timeline-event", "config": "file-code", "access": "lock", "server": "server", "request": "ban", "resource": "api", "claim_rule": "id-badge", "logout": "logout",
	}[noun]
	if !ok {
		return "point"
	}
	return icon
}

func (e Event) mark() string {
	if e.failed() {
		return "mark failed"
	}
	return "mark passed"
}

// why is what somebody gave as his reason; sessions and tokens have words of
// their own there.
func (e Event) why() string {
	noun, _, _ := strings.Cut(e.Action, ".")
	if noun != "user" && noun != "tenant" && noun != "application" {
		return ""
	}
	for _, f := range e.Facts {
		if f.Field == "why" {
			return f.After
		}
	}
	return ""
}

// sentence says what happened.
func (e Event) sentence(ctx context.Context) string {
	return ui.TOr(ctx, "console.event."+e.Action, e.Action)
}

func (e Event) actor(ctx context.Context) string {
	if e.ActorName != "" {
		return e.ActorName
	}
	return ui.TOr(ctx, "console.actor."+e.ActorType, e.ActorType)
}

// target is named unless the page is about it, or it is the actor himself.
func (e Event) target() string {
	if e.TargetName == e.ActorName {
		return ""
	}
	return e.TargetName
}

var viaNames = []string{"console", "api", "apply", "hosted", "oauth", "system"}

func (a Audit) viaChips(ctx context.Context) []ui.Chip {
	chips := []ui.Chip{a.chip(ui.T(ctx, "console.all"), "via", "", a.Via)}
	for _, v := range viaNames {
		chips = append(chips, a.chip(ui.T(ctx, "console.via."+v), "via", v, a.Via))
	}
	return chips
}

func outcomeChips(ctx context.Context, l List, current string) []ui.Chip {
	return []ui.Chip{
		l.chip(ui.T(ctx, "console.all"), "outcome", "", current),
		l.chip(ui.T(ctx, "console.outcome.success"), "outcome", "success", current),
		l.chip(ui.T(ctx, "console.outcome.failure"), "outcome", "failure", current),
	}
}

var nouns = []string{
	"user", "application", "tenant", "branding", "domain", "session", "sign_in", "sign_up", "sign_out", "consent", "authorize", "token", "code",
	"key", "role", "api_client", "setup", "audit", "config", "access", "request", "server", "resource", "claim_rule", "logout",
}

func actionOptions(ctx context.Context) []ui.Option {
	all := []ui.Option{{Value: "", Label: ui.T(ctx, "console.audit.any_action")}}
	for _, n := range nouns {
		all = append(all, ui.Option{Value: n + ".", Label: ui.T(ctx, "console.noun."+n)})
	}
	return all
}

func (a Audit) form() ui.Form {
	return ui.Form{Values: map[string]string{
		"action": a.Action, "actor": a.Actor, "request": a.Request, "from": a.From, "to": a.To,
	}}
}
