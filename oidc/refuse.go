package oidc

import (
	"context"
	"slices"
	"strings"

	"gatehouse/audit/attempts"
	"gatehouse/internal/caller"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/registration"
	"gatehouse/reason"
	"gatehouse/store"
)

func contains(names []string, name string) bool { return slices.Contains(names, name) }

// refused is what is known of a refused request.
type refused struct {
	kind        string // attempts.Authorize, attempts.Token
	passed      []string
	step        string
	err         *reason.Error
	oauth       string              // error of the answer; empty: the reason's
	application *models.Application // nil: unknown
	clientID    string
	userID      string
	details     map[string]any
}

// record writes the attempt and its event (R130) and returns the reference for
// support staff; "" where an address has had too many. A failure to record is logged and turns no answer around: the
// request is refused either way.
func (p *Provider) record(ctx context.Context, t Tenant, f refused) string {
	if f.err.Err != nil && f.err.Meaning().Kind == reason.Internal {
		p.Logger.ErrorContext(ctx, "request failed", "step", f.step, "error", f.err)
	}
	if !p.Refusals.Admits(ctx) {
		return ""
	}
	now := p.Now()
	trace := attempts.Begin(f.kind, now)
	for _, step := range f.passed {
		trace.Step(step, attempts.Passed, "")
	}
	trace.Step(f.step, attempts.Failed, f.err.Code)
	a := attempts.Attempt{
		Trace: trace, ClientID: f.clientID, UserID: f.userID, Reason: f.err.Code, Details: f.details,
	}
	if f.application != nil {
		a.ApplicationID, a.ClientID = f.application.ID, f.application.ClientID
	}
	var row models.Attempt
	err := t.Store.Write(ctx, func(tx *store.Tx) error {
		var err error
		row, err = attempts.Record(ctx, tx, now, a)
		return err
	})
	if err != nil {
		p.Logger.ErrorContext(ctx, "attempt not recorded", "step", f.step, "error", err)
		return ""
	}
	return row.Reference
}

// ownPage ends a request on our own error page (R22).
func (p *Provider) ownPage(ctx context.Context, t Tenant, in Params, app *models.Application, err *reason.Error) Answer {
	details := oauthError(err)
	if err.Code == reason.OAuthRedirectURI && app != nil {
		// Staff compare it with what is registered, and may register it.
		details["redirect_uri"] = shortened(in.Values.Get("redirect_uri"))
	}
	reference := p.record(ctx, t, refused{
		kind: attempts.Authorize, step: "destination", err: err, application: app,
		clientID: shortened(in.Values.Get("client_id")), details: details,
	})
	return Answer{Refusal: &Refusal{Code: err.Code, Reference: reference}}
}

// refuse sends an error to the application (RFC 6749 §4.1.2.1).
func (p *Provider) refuse(ctx context.Context, t Tenant, r *authorize.Request, app *models.Application, bad authorize.Refused) Answer {
	p.record(ctx, t, refused{
		kind: attempts.Authorize, passed: bad.Passed, step: bad.Step, err: bad.Err, application: app,
		userID: caller.From(ctx).Actor.ID, details: oauthError(bad.Err),
	})
	p.close(ctx, t, r)
	return p.respond(ctx, t, r, app, []authorize.Pair{
		{Name: "error", Value: frontError(bad)},
		{Name: "error_description", Value: describe(bad.Err, bad.Cites)},
	})
}

// close ends a pushed request: a refusal is an answer too.
func (p *Provider) close(ctx context.Context, t Tenant, r *authorize.Request) {
	if len(r.Pushed) == 0 {
		return
	}
	err := t.Store.Write(ctx, func(tx *store.Tx) error { return p.Tokens.UsePushed(ctx, tx, r.Pushed) })
	if err != nil && !reason.Has(err, reason.OAuthPushedUsed) {
		p.Logger.ErrorContext(ctx, "pushed request not closed", "error", err)
	}
}

func oauthError(err *reason.Error) map[string]any {
	details := map[string]any{"error": err.Meaning().OAuth}
	if len(err.Fields) > 0 {
		if name, _, _ := strings.Cut(err.Fields[0].Pointer, "/"); contains(ownParameters, name) || registration.Known(name) {
			details["parameter"] = name
		}
	}
	return details
}

// unverified is the error for a request object that cannot be read (RFC 9101
// §6.2).
const unverified = "invalid_request_object"

// frontError is the error as an authorization response may carry it: RFC 6749
// §4.1.2.1 knows none of the token endpoint's.
func frontError(bad authorize.Refused) string {
	oauth := bad.Err.Meaning().OAuth
	switch {
	case bad.Err.Meaning().Kind == reason.Throttled:
		return "temporarily_unavailable"
	case bad.Err.Code == reason.OAuthKeys && bad.Step == "request_object":
		return unverified
	}
	switch oauth {
	case "invalid_grant", "":
		return "access_denied"
	case "invalid_client":
		return "unauthorized_client"
	case "invalid_token":
		return "login_required"
	}
	return oauth
}

// shortened bounds a name that a stranger sent, for the record.
func shortened(name string) string {
	const longest = 256
	if len(name) > longest {
		return name[:longest]
	}
	return name
}

func serverError(err error) *reason.Error { return reason.Wrap(reason.ServerError, err) }

func userActor(s *models.Session) caller.Actor {
	return caller.Actor{Type: caller.ActorUser, ID: s.UserID, SessionID: s.ID}
}

func clientActor(app *models.Application) caller.Actor {
	return caller.Actor{Type: caller.ActorClient, ID: app.ID, Name: app.ClientID}
}
