package oidc

import (
	"context"
	"errors"
	"time"

	"gatehouse/audit/attempts"
	"gatehouse/identity/throttle"
	"gatehouse/identity/tokens"
	"gatehouse/internal/caller"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/dpop"
	"gatehouse/reason"
	"gatehouse/store"
)

// proofs are the parameters by which a client proves itself: no part of what it
// asks for.
var proofs = []string{"client_secret", "client_assertion", "client_assertion_type"}

// Push takes an authorization request from its application before the browser
// comes (RFC 9126 §2, R39). The application proves itself as at the token
// endpoint; the request is checked as it will be again when the browser brings
// it, so that what is wrong is known at once.
func (p *Provider) Push(ctx context.Context, t Tenant, in Params, authorization string) Document {
	app, refusal := p.client(ctx, t, in, authorization)
	if refusal != nil {
		if errors.Is(in.Err, strict.ErrTooLarge) { // RFC 9126 §2.3
			refusal.Status = 413
		}
		return *refusal
	}
	ctx = as(ctx, clientActor(app))
	came, bad := p.pushable(ctx, t, app, in)
	if bad != nil {
		return p.refusePush(ctx, t, app, *bad)
	}
	asked := without(came, proofs)
	if !small(asked) {
		d := p.refusePush(ctx, t, app, authorize.Refused{Step: "size", Err: reason.New(reason.RequestTooLarge)})
		d.Status = 413
		return d
	}
	if err := p.pushedKey(ctx, t, app, in, asked); err != nil {
		return p.nonces(t, in, err, p.refuseProof(ctx, t, app, err))
	}
	uri, err := p.keepPushed(ctx, t, app, asked)
	if err != nil {
		return p.refusePush(ctx, t, app, authorize.Refused{Step: "push", Err: reason.From(err)})
	}
	d := p.answer(struct {
		RequestURI string `json:"request_uri"`
		ExpiresIn  int    `json:"expires_in"` // seconds
	}{uri, int(tokens.PushedLife / time.Second)}).to(app)
	d.Status = 201
	return p.nonces(t, in, nil, d)
}

// pushedKey binds the request to the key that the client proves as it pushes,
// as if it had named it (RFC 9449 §10.1).
func (p *Provider) pushedKey(ctx context.Context, t Tenant, app *models.Application, in Params, asked map[string]string) *reason.Error {
	jkt, err := p.DPoP.Prove(ctx, t.Store, dpop.Request{
		Headers: in.DPoP, Method: in.Method, URL: t.Issuer + "/oauth2/par", Nonces: t.Row.Settings.V.DPoPNonces, Algorithms: proofAlgorithms(app),
	})
	if err != nil || jkt == "" {
		return err
	}
	if named := asked["dpop_jkt"]; named != "" && named != jkt {
		return reason.New(reason.OAuthDPoPProof).On("dpop_jkt", reason.InputInvalid, "")
	}
	asked["dpop_jkt"] = jkt
	return nil
}

// maxPushed is how large a pushed request may be, in bytes: it is kept for a
// while, also for clients that prove nothing (L81). What is much larger would not
// fit into the address of a sign-in page.
const maxPushed = 16 << 10

func small(asked map[string]string) bool {
	size := 0
	for name, value := range asked {
		size += len(name) + len(value)
	}
	return size <= maxPushed
}

// without are the values but for some names.
func without(v strict.Values, names []string) map[string]string {
	rest := map[string]string{}
	for _, name := range v.Names() {
		if !contains(names, name) {
			rest[name] = v.Get(name)
		}
	}
	return rest
}

// pushable makes every check of an authorization request and returns the
// parameters that count.
func (p *Provider) pushable(ctx context.Context, t Tenant, app *models.Application, in Params) (strict.Values, *authorize.Refused) {
	if in.Values.Has("request_uri") { // RFC 9126 §2.1
		return strict.Values{}, &authorize.Refused{
			Step: "request_uri", Err: reason.New(reason.OAuthRequestInvalid).On("request_uri", reason.InputInvalid, ""),
		}
	}
	values, object := p.unwrapped(ctx, t, app, in)
	if object.Err != nil {
		return values, &authorize.Refused{Step: "request_object", Err: object.Err}
	}
	if err := p.home(t, app, values.Get("redirect_uri")); err != nil {
		return values, &authorize.Refused{Step: "destination", Err: err}
	}
	_, refused := p.check(ctx, t, brought{Params: Params{Values: values}, application: app, pushed: []byte{}, object: object}, "")
	return values, refused
}

func (p *Provider) keepPushed(ctx context.Context, t Tenant, app *models.Application, asked map[string]string) (string, error) {
	var uri string
	err := t.Store.Write(ctx, func(tx *store.Tx) error {
		key := app.ID + " " + throttle.SourceKey(caller.From(ctx).IP)
		budget := throttle.Push
		if app.Public() {
			budget = throttle.PushPublic
		}
		if err := p.Throttle.Spend(ctx, tx, budget, key); err != nil {
			return err
		}
		var err error
		uri, err = p.Tokens.Push(ctx, tx, app, asked)
		return err
	})
	return uri, err
}

// refuseProof answers a proof that does not do. That it lacks our nonce comes in
// the course of things and leaves no attempt (RFC 9449 §8).
func (p *Provider) refuseProof(ctx context.Context, t Tenant, app *models.Application, err *reason.Error) Document {
	if waits(err) {
		return p.failed(err, err.Meaning().OAuth).to(app)
	}
	return p.refusePush(ctx, t, app, authorize.Refused{Step: "dpop", Err: err})
}

// refusePush records the refusal and answers it with the error that the browser
// would have carried (RFC 9126 §2.3).
func (p *Provider) refusePush(ctx context.Context, t Tenant, app *models.Application, bad authorize.Refused) Document {
	p.record(ctx, t, refused{
		kind: attempts.Authorize, passed: bad.Passed, step: bad.Step, err: bad.Err, application: app, details: oauthError(bad.Err),
	})
	kind, oauth := bad.Err.Meaning().Kind, frontError(bad)
	if kind == reason.Throttled || kind == reason.Internal {
		oauth = backError(bad.Err)
	}
	return p.failed(bad.Err, oauth).to(app)
}
