package grants

import (
	"context"
	"slices"
	"strings"

	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
	"gatehouse/store"
)

// refreshToken changes a refresh token into the next one and new tokens (RFC
// 6749 §6, OpenID Connect Core §12). Rotation, grace and reuse are those of
// identity/tokens (R35).
func (i *Issuer) refreshToken(ctx context.Context, r Request) (Answer, error) {
	presented := r.Values.Get("refresh_token")
	if presented == "" {
		return Answer{}, reason.New(reason.OAuthRequestInvalid).On("refresh_token", reason.InputRequired, "")
	}
	var made issued
	err := r.Tenant.Store.Write(ctx, func(tx *store.Tx) error {
		take := i.Tokens.Rotate
		if !r.Application.Public() && !r.Bound.None() {
			take = i.Tokens.Keep
		}
		family, next, err := take(ctx, tx, presented, r.Application.ID)
		if err != nil {
			return err
		}
		if err := r.holds(family.Details.V.Confirmation); err != nil {
			return err
		}
		made, err = i.renew(ctx, tx, r, family, next)
		return err
	})
	if err != nil {
		return Answer{}, i.afterRefresh(ctx, r, presented, err)
	}
	return i.sign(ctx, r, made)
}

// renew judges the claim anew, with the scopes that are asked for now.
func (i *Issuer) renew(ctx context.Context, tx *store.Tx, r Request, family *models.Family, next string) (issued, error) {
	targets, err := i.targets(ctx, tx, r, family.Resource)
	if err != nil {
		return issued{}, err
	}
	scopes, err := fewer(r, within(r, strings.Fields(family.Scope), targets))
	if err != nil {
		return issued{}, err
	}
	asked, err := narrowed(r, family.Details.V.AuthorizationDetails, targets)
	if err != nil {
		return issued{}, err
	}
	user, err := i.MayIssue(ctx, tx, r.Tenant, Claim{
		Application: r.Application, GrantType: models.GrantRefreshToken,
		UserID: family.UserID, SessionID: family.SessionID, Scopes: scopes, Targets: targets, Details: asked,
	})
	if err == nil {
		err = i.extend(ctx, tx, r, family)
	}
	if err != nil {
		return issued{}, err
	}
	return issued{family: family, refresh: next, scopes: scopes, sid: family.SessionID, user: user, targets: targets, details: asked}, nil
}

// extend counts the refresh as a use of the session, where the tenant has it so.
func (i *Issuer) extend(ctx context.Context, tx *store.Tx, r Request, family *models.Family) error {
	if family.SessionID == "" || !r.Tenant.Row.Settings.V.RefreshExtendsSession {
		return nil
	}
	s, err := i.Sessions.ByID(ctx, tx, family.SessionID)
	if err != nil {
		return err
	}
	return i.Sessions.Touch(ctx, tx, s)
}

// fewer are the scopes that are asked for, none of them new (RFC 6749 §6);
// without a scope parameter all that were granted.
func fewer(r Request, granted []string) ([]string, error) {
	if !r.Values.Has("scope") {
		return granted, nil
	}
	asked, ok := authorize.Scopes(r.Values.Get("scope"))
	if !ok || slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(granted, s) }) {
		return nil, reason.New(reason.OAuthScope).On("scope", reason.InputInvalid, "")
	}
	return asked, nil
}
