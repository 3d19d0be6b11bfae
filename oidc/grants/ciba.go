package grants

import (
	"context"
	"strings"

	"gatehouse/identity/tokens"
	"gatehouse/models"
	"gatehouse/oidc/details"
	"gatehouse/reason"
	"gatehouse/store"
)

// The claims by which a pushed ID token vouches for what comes with it (OpenID
// Connect CIBA §10.3.1).
const (
	claimAuthReqID   = "urn:openid:params:jwt:claim:auth_req_id"
	claimRefreshHash = "urn:openid:params:jwt:claim:rt_hash"
)

// ciba answers an application that asks whether its user has allowed its
// request (OpenID Connect CIBA §10.1).
func (i *Issuer) ciba(ctx context.Context, r Request) (Answer, error) {
	presented := r.Values.Get("auth_req_id")
	if presented == "" {
		return Answer{}, reason.New(reason.OAuthRequestInvalid).On("auth_req_id", reason.InputRequired, "")
	}
	var made issued
	var again *reason.Error
	err := r.Tenant.Store.Write(ctx, func(tx *store.Tx) error {
		b, told, err := i.Tokens.PollBackchannel(ctx, tx, presented, r.Application.ID)
		if again = told; err != nil || told != nil {
			return err
		}
		made, err = i.beginFamily(ctx, tx, r, models.GrantCIBA, allowedBackchannel(b))
		return err
	})
	switch {
	case err != nil:
		return Answer{}, err
	case again != nil:
		return Answer{}, again
	}
	return i.sign(ctx, r, made)
}

func allowedBackchannel(b *models.BackchannelRequest) *models.Code {
	return &models.Code{
		Hash: []byte(b.ID), ApplicationID: b.ApplicationID, UserID: b.UserID, SessionID: b.SessionID,
		Scope: b.Scope, Resource: strings.Join(b.Details.V.Resources, " "), AuthTime: b.AuthTime, AMR: b.AMR, ACR: b.ACR, Details: b.Details,
	}
}

// Push makes the tokens of an allowed request, judged anew, for delivery to the
// application; asked again, it makes them of the same family (OpenID Connect
// CIBA §10.3.1).
func (i *Issuer) Push(ctx context.Context, r Request, b *models.BackchannelRequest) (Answer, error) {
	if r.Application.Options.V.MustBind() {
		return Answer{}, reason.New(reason.OAuthUnbound)
	}
	made, err := i.pushed(ctx, r, b)
	if err != nil {
		return Answer{}, err
	}
	answer, err := i.access(ctx, r, made)
	if err != nil {
		return Answer{}, err
	}
	answer.AuthReqID = i.Tokens.AuthReqID(b)
	vouched := map[string]any{claimAuthReqID: answer.AuthReqID}
	if answer.RefreshToken != "" {
		vouched[claimRefreshHash] = tokens.RefreshHash(answer.RefreshToken)
	}
	answer.IDToken, err = i.idToken(ctx, r, made, proof{accessToken: answer.AccessToken, vouched: vouched})
	return answer, err
}

func (i *Issuer) pushed(ctx context.Context, r Request, b *models.BackchannelRequest) (issued, error) {
	var made issued
	var err error
	if b.FamilyID != "" {
		return i.pushedBefore(ctx, r, b)
	}
	err = r.Tenant.Store.Write(ctx, func(tx *store.Tx) error {
		if made, err = i.beginFamily(ctx, tx, r, models.GrantCIBA, allowedBackchannel(b)); err != nil {
			return err
		}
		return i.Tokens.TakePushed(ctx, tx, b, made.family.ID)
	})
	return made, err
}

// pushedBefore goes on with the family of a delivery that failed.
func (i *Issuer) pushedBefore(ctx context.Context, r Request, b *models.BackchannelRequest) (issued, error) {
	family, refresh, err := i.Tokens.Again(ctx, r.Tenant.Store, b.FamilyID)
	if err != nil {
		return issued{}, err
	}
	targets, err := i.Named(ctx, r.Tenant.Store, r.Tenant, r.Application, family.Resource)
	if err != nil {
		return issued{}, err
	}
	scopes := strings.Fields(family.Scope)
	held := details.Stored(family.Details.V.AuthorizationDetails)
	user, err := i.MayIssue(ctx, r.Tenant.Store, r.Tenant, Claim{
		Application: r.Application, GrantType: models.GrantCIBA, UserID: family.UserID, SessionID: family.SessionID, Scopes: scopes,
		Targets: targets, Details: held,
	})
	if !r.Application.MayUse(models.GrantRefreshToken) {
		refresh = ""
	}
	return issued{family: family, refresh: refresh, scopes: scopes, sid: family.SessionID, user: user, targets: targets, details: held}, err
}
