package audit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/caller"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// The outcomes of an event.
const (
	Success = "success"
	Failure = "failure"
)

// Event is something that happened, as the deed tells it. Who did it, from
// where and through which door is taken from the context.
type Event struct {
	Action        string      // one of the actions of this package
	Reason        reason.Code // why it failed; empty: it succeeded
	Target        Target
	UserID        string // whose timeline shows it
	ApplicationID string
	SessionID     string
	AttemptID     string
	// Details are facts that the action allows (R137); another key is an error.
	Details map[string]any
	// Before and After are the thing before and after the change, as structs
	// or maps that encode to JSON objects. The names of all fields that differ
	// are recorded, the values only of those that the action allows.
	Before, After any
}

// Target is what an event happened to.
type Target struct {
	Type string // tenant, user, application, …
	ID   string
	Name string
}

// Append records the event in the caller's transaction: it is committed with
// the change or not at all (R130). An unknown action or a detail that is not
// allowed is a fault of our own code and returned as an error.
func Append(ctx context.Context, tx *store.Tx, now time.Time, e Event) error {
	return AppendAll(ctx, tx, now, []Event{e})
}

// AppendAll records several events of one deed with one statement.
func AppendAll(ctx context.Context, tx *store.Tx, now time.Time, events []Event) error {
	rows := make([]models.PendingEvent, 0, len(events))
	for _, e := range events {
		fields, err := e.fields(caller.From(ctx), now)
		if err != nil {
			return err
		}
		rows = append(rows, models.PendingEvent{EventFields: fields})
	}
	return insertPending(ctx, tx, rows)
}

// AppendFor records an event of a tenant in a transaction of system scope,
// for deeds that reach over tenants.
func AppendFor(ctx context.Context, tx *store.Tx, now time.Time, tenantID string, e Event) error {
	fields, err := e.fields(caller.From(ctx), now)
	if err != nil {
		return err
	}
	row := models.PendingEvent{Owned: models.Owned{TenantID: tenantID}, EventFields: fields}
	return insertPending(ctx, tx, []models.PendingEvent{row})
}

// fields is the event as it is kept.
func (e Event) fields(by caller.Info, now time.Time) (models.EventFields, error) {
	details, err := e.details()
	if err != nil {
		return models.EventFields{}, err
	}
	outcome := Success
	if e.Reason != "" {
		outcome = Failure
	}
	session := e.SessionID
	if session == "" {
		session = by.Actor.SessionID
	}
	return models.EventFields{
		ID: store.NewID(), At: models.At(now), Action: e.Action, Outcome: outcome, Reason: string(e.Reason),
		ActorType: string(by.Actor.Type), ActorID: Plain(by.Actor.ID), ActorName: Plain(by.Actor.Name), Via: string(by.Via),
		TargetType: e.Target.Type, TargetID: Plain(e.Target.ID), TargetName: Plain(e.Target.Name),
		UserID: e.UserID, ApplicationID: e.ApplicationID, SessionID: session, AttemptID: e.AttemptID,
		RequestID: Plain(by.RequestID), IP: Plain(by.IP), UserAgent: Plain(by.UserAgent),
		Details: models.AsJSON(details),
	}, nil
}

// details are the allowed facts and what changed.
func (e Event) details() (map[string]any, error) {
	allowed, known := actions[e.Action]
	if !known {
		return nil, fmt.Errorf("audit: unknown action %q", e.Action)
	}
	details := make(map[string]any, len(e.Details)+1)
	for k, v := range e.Details {
		if !allowed.detail(k) {
			return nil, fmt.Errorf("audit: %s does not allow the detail %q", e.Action, k)
		}
		clean, err := plainValue(v)
		if err != nil {
			return nil, fmt.Errorf("audit: %s, detail %q: %w", e.Action, k, err)
		}
		details[k] = clean
	}
	changes, err := difference(allowed, e.Before, e.After)
	if err != nil {
		return nil, fmt.Errorf("audit: %s: %w", e.Action, err)
	}
	if len(changes) > 0 {
		details[changesKey] = changes
	}
	return details, nil
}

// maxText bounds every text of an event, in bytes (R138).
const maxText = 1 << 10

// Plain makes text fit for the log: valid UTF-8, no control characters, no
// more than maxText bytes. Foreign text such as a user agent goes through it.
func Plain(s string) string {
	if len(s) <= maxText && printable(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

// printable reports whether s is ASCII without control characters, as most is.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
