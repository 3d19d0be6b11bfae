package grants

import (
	"context"
	"errors"

	"gatehouse/reason"
	"gatehouse/store"
)

// afterCode lets a refusal through once what it demands is committed: a code
// that is used twice ends what it gave (R26).
func (i *Issuer) afterCode(ctx context.Context, r Request, code string, err error) error {
	if store.Taken(err) { // by another request, at the same time
		err = reason.New(reason.OAuthCodeReused)
	}
	if !reason.Has(err, reason.OAuthCodeReused) {
		// Whatever else is wrong, a second use is one.
		if used, failed := i.Tokens.CodeUsed(ctx, r.Tenant.Store, code); failed != nil || !used {
			return errors.Join(err, failed)
		}
		err = reason.Wrap(reason.OAuthCodeReused, err)
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
