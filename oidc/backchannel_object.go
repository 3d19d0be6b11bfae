package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"gatehouse/identity/applications"
	"gatehouse/identity/replays"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
)

// dated are the claims that tell whose a signed request is, when it holds, and
// that it is one of its own (OpenID Connect CIBA §7.1.1).
type dated struct {
	Issuer    string   `json:"iss"`
	ID        string   `json:"jti"`
	Expires   *float64 `json:"exp"` // seconds since the epoch, like the next two
	Issued    *float64 `json:"iat"`
	NotBefore *float64 `json:"nbf"`
}

// maxRequestLife is how long a signed request may hold, and how long ago it may
// have begun: as long as a user may be asked at most, twice (FAPI-CIBA §5.2.2).
const maxRequestLife = time.Hour

// backchannelValues are the parameters of a back-channel request: those of its
// signed request object, and no other, where it has one or has to (OpenID
// Connect CIBA §7.1.1).
func (p *Provider) backchannelValues(ctx context.Context, t Tenant, app *models.Application, v strict.Values) (strict.Values, error) {
	text, alg := v.Get("request"), app.Options.V.CIBARequestSigningAlg
	switch {
	case text == "" && alg == "":
		return v, nil
	case text == "":
		return v, reason.New(reason.OAuthRequestInvalid).On("request", reason.InputRequired, "")
	}
	algorithms := applications.SignatureAlgorithms()
	if app.Options.V.FAPI() {
		algorithms = applications.FAPIAlgorithms()
	}
	if alg != "" {
		algorithms = slices.DeleteFunc(algorithms, func(a string) bool { return a != alg })
	}
	signed, err := p.Applications.Verify(ctx, app, text, algorithms)
	if err != nil {
		if errors.Is(err, applications.ErrSignature) {
			err = reason.Wrap(reason.OAuthObjectInvalid, err)
		}
		return v, err
	}
	inside, bad := authorize.Object{
		Type: signed.Type, Payload: signed.Payload, Application: app, Issuer: t.Issuer, Now: p.Now(),
	}.Parameters()
	if bad != nil {
		return v, bad
	}
	return inside, p.unseen(ctx, t, app, signed.Payload)
}

// unseen demands that a signed request has its times and its name, and was not
// sent before.
func (p *Provider) unseen(ctx context.Context, t Tenant, app *models.Application, payload []byte) error {
	var said dated
	if err := json.Unmarshal(payload, &said); err != nil {
		return reason.Wrap(reason.OAuthObjectInvalid, err)
	}
	if said.Issuer == "" || said.ID == "" || said.Expires == nil || said.Issued == nil || said.NotBefore == nil {
		return reason.New(reason.OAuthObjectInvalid)
	}
	until := time.UnixMilli(int64(*said.Expires * 1000))
	if until.Sub(p.Now()) > maxRequestLife {
		return reason.New(reason.OAuthObjectInvalid).On("exp", reason.InputInvalid, "")
	}
	if p.Now().Sub(time.UnixMilli(int64(*said.NotBefore*1000))) > maxRequestLife {
		return reason.New(reason.OAuthObjectInvalid).On("nbf", reason.InputInvalid, "")
	}
	first, err := p.Clients.Replays.First(ctx, t.Store, replays.RequestObject, until, app.ID, said.ID)
	if err == nil && !first {
		return reason.New(reason.OAuthObjectInvalid)
	}
	return err
}
