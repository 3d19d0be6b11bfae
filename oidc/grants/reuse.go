package grants

import (
	"context"

	"gatehouse/reason"
)

// afterCode lets a refusal through once what it demands is committed: a code
// that is used twice ends what it gave (R26).
func (i *Issuer) afterCode(ctx context.Context, r Request, code string, err error) error {
	if !reason.Has(err, reason.OAuthCodeReused) {
		return err
	}
	if failed := i.Tokens.RevokeCode(ctx, r.Tenant.Store, code); failed != nil {
		return failed
	}
	return err
}

// afterRefresh ends the family of a refresh token that was used again (R35).
func (i *Issuer) afterRefresh(ctx context.Context, r Request, token string, err error) error {
	if !reason.Has(err, reason.OAuthRefreshReused) {
		return err
	}
	if failed := i.Tokens.RevokeReused(ctx, r.Tenant.Store, token); failed != nil {
		return failed
	}
	return err
}
