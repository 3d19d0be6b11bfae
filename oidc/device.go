package oidc

import (
	"context"
	"strings"
	"time"

	"gatehouse/identity/throttle"
	"gatehouse/identity/tokens"
	"gatehouse/internal/caller"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc/grants"
	"gatehouse/reason"
)

// deviceAuthorization is an answer of RFC 8628 §3.2.
type deviceAuthorization struct {
	DeviceCode              string `json:"device_code"`
	UserCode                string `json:"user_code"`
	VerificationURI         string `json:"verification_uri"`
	VerificationURIComplete string `json:"verification_uri_complete"`
	ExpiresIn               int    `json:"expires_in"` // seconds, as the next
	Interval                int    `json:"interval"`
}

// DeviceAuthorization begins the way of a device without a keyboard to its
// tokens (RFC 8628 §3.1). The client authenticates as at the token endpoint.
func (p *Provider) DeviceAuthorization(ctx context.Context, t Tenant, in Params, authorization string) Document {
	app, refusal := p.client(ctx, t, in, authorization)
	if refusal != nil {
		return *refusal
	}
	ctx = as(ctx, clientActor(app))
	codes, err := p.beginDevice(ctx, t, app, in.Values)
	if err != nil {
		return p.refuseToken(ctx, t, refused{step: "device_authorization", err: reason.From(err), application: app}, "")
	}
	return p.answer(deviceAuthorization{
		DeviceCode: codes.Device, UserCode: codes.User,
		VerificationURI: t.Issuer + "/device", VerificationURIComplete: t.Issuer + "/device?user_code=" + codes.User,
		ExpiresIn: int(tokens.DeviceLife / time.Second), Interval: int(tokens.PollInterval / time.Second),
	}).to(app)
}

func (p *Provider) beginDevice(ctx context.Context, t Tenant, app *models.Application, v strict.Values) (tokens.DeviceCodes, error) {
	wish, err := p.Grants.Wanted(ctx, t.Store, t, app, v)
	if err != nil {
		return tokens.DeviceCodes{}, err
	}
	_, err = p.Grants.MayIssue(ctx, t.Store, t, grants.Claim{
		Application: app, GrantType: models.GrantDeviceCode, Scopes: wish.Scopes, Targets: wish.Targets, Details: wish.Details,
	})
	if err != nil {
		return tokens.DeviceCodes{}, err
	}
	// Whoever has no secret could fill the table (R84).
	key := app.ID + " " + throttle.SourceKey(caller.From(ctx).IP)
	if err := p.Throttle.Spend(ctx, t.Store, throttle.DeviceStart, key); err != nil {
		return tokens.DeviceCodes{}, err
	}
	return p.Tokens.NewDevice(ctx, t.Store, models.DeviceCode{
		ApplicationID: app.ID, Scope: strings.Join(wish.Scopes, " "), Resource: wish.Resource,
		Details: models.AsJSON(models.GrantDetails{AuthorizationDetails: wish.Details.JSON()}),
	})
}
