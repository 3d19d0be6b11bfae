package attempts

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/caller"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Attempt is an attempt that is over.
type Attempt struct {
	Trace         *Trace
	UserID        string // empty: nobody was recognised
	UserName      string // for the event's target
	Identifier    Identifier
	ApplicationID string
	ClientID      string
	SessionID     string
	Method        string      // password, …
	Reason        reason.Code // empty: it succeeded
	Details       map[string]any
}

// Identifier says what kind of name was typed and, when it names nobody, its
// keyed hash: people type passwords into the wrong field (R137).
type Identifier struct {
	Class models.IdentifierKind
	MAC   string
}

// Macer makes keyed hashes; *seal.Keyring is one.
type Macer interface {
	MAC(purpose string, fields ...[]byte) []byte
}

// Unknown is the Identifier of a normalised name that names nobody in the
// tenant. The same name has the same hash, so that repeated tries are seen.
func Unknown(k Macer, tenantID string, class models.IdentifierKind, normalised string) Identifier {
	mac := k.MAC("attempted identifier", []byte(tenantID), []byte(normalised))
	return Identifier{Class: class, MAC: base64.RawURLEncoding.EncodeToString(mac[:12])}
}

// Record writes the attempt and its event: sign_in.succeeded or
// sign_in.failed, sign_up.succeeded or sign_up.failed, authorize.refused, token.refused, registration.refused. Requests of applications
// are recorded when they are refused only; a success of them is an error.
func Record(ctx context.Context, tx *store.Tx, now time.Time, a Attempt) (models.Attempt, error) {
	action, err := a.action()
	if err != nil {
		return models.Attempt{}, err
	}
	row := a.row(caller.From(ctx), now)
	event := audit.Event{
		Action: action, Reason: a.Reason, Target: a.target(), UserID: a.UserID,
		ApplicationID: a.ApplicationID, SessionID: a.SessionID, AttemptID: row.ID, Details: a.eventDetails(row.Reference),
	}
	if err := audit.Append(ctx, tx, now, event); err != nil {
		return models.Attempt{}, err
	}
	return row, insert(ctx, tx, &row)
}

func (a Attempt) action() (string, error) {
	failed := a.Reason != ""
	switch {
	case a.Trace.Kind == SignIn && failed:
		return audit.SignInFailed, nil
	case a.Trace.Kind == SignIn:
		return audit.SignInSucceeded, nil
	case a.Trace.Kind == SignUp && failed:
		return audit.SignUpFailed, nil
	case a.Trace.Kind == SignUp:
		return audit.SignUpSucceeded, nil
	case a.Trace.Kind == Authorize && failed:
		return audit.AuthorizeRefused, nil
	case a.Trace.Kind == Token && failed:
		return audit.TokenRefused, nil
	case a.Trace.Kind == Register && failed:
		return audit.RegistrationRefused, nil
	}
	return "", fmt.Errorf("attempts: a %q attempt without a reason is not recorded", a.Trace.Kind)
}

func (a Attempt) row(by caller.Info, now time.Time) models.Attempt {
	outcome := audit.Success
	if a.Reason != "" {
		outcome = audit.Failure
	}
	steps := a.Trace.Steps
	if steps == nil {
		steps = []models.AttemptStep{}
	}
	details := a.Details
	if details == nil {
		details = map[string]any{}
	}
	return models.Attempt{
		ID: store.NewID(), Reference: Reference(), Kind: a.Trace.Kind, At: models.At(now),
		DurationMicros: max(0, now.UnixMicro()-a.Trace.At),
		UserID:         a.UserID, IdentifierClass: string(a.Identifier.Class), IdentifierMAC: a.Identifier.MAC,
		ApplicationID: a.ApplicationID, ClientID: audit.Plain(a.ClientID), Method: a.Method,
		Outcome: outcome, Reason: string(a.Reason), Steps: models.AsJSON(steps),
		RequestID: audit.Plain(by.RequestID), IP: audit.Plain(by.IP), UserAgent: audit.Plain(by.UserAgent),
		Details: models.AsJSON(details),
	}
}

func (a Attempt) target() audit.Target {
	if a.UserID != "" {
		return audit.Target{Type: "user", ID: a.UserID, Name: a.UserName}
	}
	if a.ApplicationID != "" {
		return audit.Target{Type: "application", ID: a.ApplicationID, Name: a.ClientID}
	}
	return audit.Target{}
}

// eventDetails are the attempt's details, which the event's allow-list judges,
// and what leads from the event to the attempt.
func (a Attempt) eventDetails(reference string) map[string]any {
	details := map[string]any{"reference": reference}
	if a.Trace.Kind == SignIn || a.Trace.Kind == SignUp {
		details["method"], details["identifier_class"] = a.Method, string(a.Identifier.Class)
		if a.Identifier.MAC != "" {
			details["identifier_mac"] = a.Identifier.MAC
		}
	}
	if a.ClientID != "" {
		details["client_id"] = a.ClientID
	}
	for k, v := range a.Details {
		details[k] = v
	}
	return details
}
