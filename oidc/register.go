package oidc

import (
	"context"
	"encoding/json"
	"strings"

	"gatehouse/audit/attempts"
	"gatehouse/identity/applications"
	"gatehouse/identity/throttle"
	"gatehouse/internal/caller"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/oidc/registration"
	"gatehouse/reason"
)

// registrationPath is where applications register themselves, below an issuer.
const registrationPath = "/oauth2/register"

// Register registers an application at its own wish (RFC 7591 §3, OpenID Connect
// Dynamic Client Registration §3), where the tenant allows it (R46). Body is
// client metadata as JSON; authorization carries the initial access token.
func (p *Provider) Register(ctx context.Context, t Tenant, body []byte, authorization string) Document {
	policy := t.Row.Settings.V
	if !policy.RegistrationOn() || !t.Row.Active() {
		return Document{Status: 404}
	}
	asked, err := p.admitted(ctx, t, body, authorization)
	if err != nil {
		return p.refuseRegistration(ctx, t, nil, err)
	}
	made, failed := p.Applications.Register(ctx, t.Store, asked.Registration)
	if failed != nil {
		return p.refuseRegistration(ctx, t, nil, registration.Refusal(reason.From(failed)))
	}
	d := p.registered(t, registration.Answer{Application: made.Application, Secret: made.Secret, Token: made.Token, Statement: asked.statement})
	d.Status = 201
	return d
}

// admission is a registration that may be made.
type admission struct {
	applications.Registration
	statement string
}

// admitted judges who asks, and for what.
func (p *Provider) admitted(ctx context.Context, t Tenant, body []byte, authorization string) (admission, *reason.Error) {
	policy, a := t.Row.Settings.V, admission{}
	if err := p.registerBudget(ctx, t); err != nil {
		return a, err
	}
	asked, err := registration.Read(body)
	if err != nil {
		return a, err
	}
	a.InitialToken, a.Source = bearerToken(authorization), models.SourceOpen
	if a.statement = asked.Text("software_statement"); a.statement != "" {
		signed, err := p.statement(policy, a.statement)
		if err != nil {
			return a, err
		}
		asked, a.Source = asked.Under(signed), models.SourceStatement
	}
	if a.InitialToken != "" {
		a.Source = models.SourceToken
	}
	if a.Source == models.SourceOpen && policy.Registration != models.RegistrationOpen {
		return a, reason.New(reason.OAuthRegistrationToken)
	}
	a.OpenMost = policy.RegistrationOpenMost()
	a.New, err = p.judged(ctx, policy, asked)
	return a, err
}

func (p *Provider) registerBudget(ctx context.Context, t Tenant) *reason.Error {
	err := p.Throttle.SpendAll(ctx, t.Store,
		throttle.Charge{Budget: throttle.Register, Key: throttle.SourceKey(caller.From(ctx).IP)},
		throttle.Charge{Budget: throttle.RegisterTenant, Key: t.Store.ID()})
	if err != nil {
		return reason.From(err)
	}
	return nil
}

func bearerToken(authorization string) string {
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// judged is the registration that the metadata asks for, within the policy.
func (p *Provider) judged(ctx context.Context, policy models.TenantSettings, asked registration.Document) (applications.New, *reason.Error) {
	n, err := asked.Judge(policy)
	if err != nil {
		return n, err
	}
	if bad := p.Applications.CheckSector(ctx, n.Metadata); bad != nil {
		return n, registration.Refusal(reason.From(bad))
	}
	return n, nil
}

// statement reads a software statement that the tenant believes (RFC 7591
// §2.3). It returns reason.OAuthStatement.
func (p *Provider) statement(policy models.TenantSettings, text string) (registration.Document, *reason.Error) {
	if len(policy.RegistrationStatementJWKS) == 0 {
		return nil, reason.New(reason.OAuthStatement)
	}
	signed, err := applications.VerifyStatement(policy.RegistrationStatementJWKS, text)
	if err != nil {
		return nil, reason.Wrap(reason.OAuthStatement, err)
	}
	claims, bad := registration.Read(signed.Payload)
	if bad != nil {
		return nil, reason.Wrap(reason.OAuthStatement, bad)
	}
	var over int64
	if raw, has := claims["exp"]; has && (json.Unmarshal(raw, &over) != nil || p.Now().Unix() >= over) || claims.Text("iss") == "" {
		return nil, reason.New(reason.OAuthStatement)
	}
	return claims, nil
}

// ManagedRegistration shows an application its registration (RFC 7592 §2.1).
func (p *Provider) ManagedRegistration(ctx context.Context, t Tenant, clientID, authorization string) Document {
	app, refusal := p.managed(ctx, t, clientID, authorization)
	if refusal != nil {
		return *refusal
	}
	return p.registered(t, registration.Answer{Application: app, Token: bearerToken(authorization)})
}

// Reregister replaces an application's metadata by what it sends (RFC 7592 §2.2)
// and gives it a new registration access token (R46).
func (p *Provider) Reregister(ctx context.Context, t Tenant, clientID string, body []byte, authorization string) Document {
	app, refusal := p.managed(ctx, t, clientID, authorization)
	if refusal != nil {
		return *refusal
	}
	ctx = as(ctx, clientActor(app))
	asked, err := registration.Read(body)
	if err == nil {
		err = p.same(ctx, t, app, asked)
	}
	var n applications.New
	if err == nil {
		n, err = p.judged(ctx, t.Row.Settings.V, asked)
	}
	if err != nil {
		return p.refuseRegistration(ctx, t, app, err)
	}
	made, failed := p.Applications.Reregister(ctx, t.Store, app.ID, bearerToken(authorization), n)
	if failed != nil {
		return p.refuseRegistration(ctx, t, app, registration.Refusal(reason.From(failed)))
	}
	return p.registered(t, registration.Answer{Application: made.Application, Secret: made.Secret, Token: made.Token})
}

// same: an application names itself, and may repeat its secret but not choose
// one (RFC 7592 §2.2).
func (p *Provider) same(ctx context.Context, t Tenant, app *models.Application, asked registration.Document) *reason.Error {
	if asked.Text("client_id") != app.ClientID {
		return reason.New(reason.OAuthClientMetadata).On("client_id", reason.InputInvalid, "")
	}
	if text := asked.Text("client_secret"); text != "" {
		if err := p.Applications.CheckSecret(ctx, t.Store, app, secret.New(text)); err != nil {
			return reason.Wrap(reason.OAuthClientMetadata, err).On("client_secret", reason.InputInvalid, "")
		}
	}
	return nil
}

// Deregister removes an application at its own wish (RFC 7592 §2.3).
func (p *Provider) Deregister(ctx context.Context, t Tenant, clientID, authorization string) Document {
	app, refusal := p.managed(ctx, t, clientID, authorization)
	if refusal != nil {
		return *refusal
	}
	if err := p.Applications.Deregister(as(ctx, clientActor(app)), t.Store, app.ID); err != nil {
		return p.refuseRegistration(ctx, t, app, reason.From(err))
	}
	return Document{Status: 204}
}

// managed finds the application whose registration access token came along.
func (p *Provider) managed(ctx context.Context, t Tenant, clientID, authorization string) (*models.Application, *Document) {
	if !t.Row.Settings.V.RegistrationOn() || !t.Row.Active() {
		return nil, &Document{Status: 404}
	}
	if err := p.registerBudget(ctx, t); err != nil {
		d := p.refuseRegistration(ctx, t, nil, err)
		return nil, &d
	}
	app, err := p.Applications.Managed(ctx, t.Store, clientID, bearerToken(authorization))
	if err != nil {
		d := p.refuseRegistration(ctx, t, nil, reason.From(err))
		return nil, &d
	}
	return app, nil
}

func (p *Provider) registered(t Tenant, a registration.Answer) Document {
	a.URI = t.Issuer + registrationPath + "/" + a.Application.ClientID
	return p.answer(a.Members())
}

// refuseRegistration records the refusal and answers it (RFC 7591 §3.2.2).
func (p *Provider) refuseRegistration(ctx context.Context, t Tenant, app *models.Application, err *reason.Error) Document {
	p.record(ctx, t, refused{kind: attempts.Register, step: "registration", err: err, application: app, details: oauthError(err)})
	oauth := err.Meaning().OAuth
	if kind := err.Meaning().Kind; kind == reason.Throttled || kind == reason.Internal || oauth == "" {
		oauth = backError(err)
	}
	d := p.failed(err, oauth)
	if oauth == "invalid_token" {
		d.Challenge = `Bearer realm="` + t.Issuer + `", error="invalid_token"`
	}
	return d
}
