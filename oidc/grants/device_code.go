package grants

import (
	"context"
	"strings"

	"gatehouse/identity/tokens"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// deviceCode answers a device that asks whether its user has allowed it (RFC
// 8628 §3.4). That he has not yet is a refusal whose count is kept.
func (i *Issuer) deviceCode(ctx context.Context, r Request) (Answer, error) {
	presented := r.Values.Get("device_code")
	if presented == "" {
		return Answer{}, reason.New(reason.OAuthRequestInvalid).On("device_code", reason.InputRequired, "")
	}
	var made issued
	var again *reason.Error
	err := r.Tenant.Store.Write(ctx, func(tx *store.Tx) error {
		device, told, err := i.Tokens.PollDevice(ctx, tx, presented, r.Application.ID)
		if again = told; err != nil || told != nil {
			return err
		}
		made, err = i.beginGranted(ctx, tx, r, models.GrantDeviceCode, &models.Code{
			Hash: device.Hash, ApplicationID: device.ApplicationID, UserID: device.UserID, SessionID: device.SessionID,
			Scope: device.Scope, Resource: device.Resource, AuthTime: device.AuthTime, AMR: device.AMR, ACR: device.ACR,
			Details: device.Details,
		})
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

// beginGranted judges anew what a user allowed on another way than by a code,
// and starts the family of tokens (R36).
func (i *Issuer) beginGranted(ctx context.Context, tx *store.Tx, r Request, grant string, allowed *models.Code) (issued, error) {
	scopes := strings.Fields(allowed.Scope)
	user, err := i.MayIssue(ctx, tx, r.Tenant, Claim{
		Application: r.Application, GrantType: grant, UserID: allowed.UserID, SessionID: allowed.SessionID, Scopes: scopes,
	})
	if err != nil {
		return issued{}, err
	}
	allowed.Details.V.Confirmation = r.keeps()
	family, refresh, err := i.Tokens.NewFamily(ctx, tx, tokens.NewFamily{
		Code: allowed, Settings: r.Tenant.Row.Settings.V.For(r.Application.Options.V), GrantType: grant,
	})
	if err != nil {
		return issued{}, err
	}
	if !r.Application.MayUse(models.GrantRefreshToken) {
		refresh = ""
	}
	return issued{family: family, refresh: refresh, scopes: scopes, nonce: allowed.Nonce, sid: allowed.SessionID, user: user}, nil
}
