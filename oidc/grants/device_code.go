package grants

import (
	"context"

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
		made, err = i.beginFamily(ctx, tx, r, models.GrantDeviceCode, &models.Code{
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
