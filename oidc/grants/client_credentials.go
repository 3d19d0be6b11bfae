package grants

import (
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/tokens"
	"gatehouse/internal/caller"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
)

// SubjectPrefix begins the sub of an application's own tokens, so that no
// client can be named like a user (R34).
const SubjectPrefix = "client:"

// userScopes speak of a user, whom this grant does not have.
var userScopes = []string{
	authorize.ScopeOpenID, authorize.ScopeOffline, "profile", "email", "phone", "address",
}

// APIResource is the resource of a tenant's management API (RFC 8707 §2).
func APIResource(t Tenant) string { return t.Issuer + "/api/v1" }

// clientCredentials gives an application a token of its own (RFC 6749 §4.4):
// for the tenant's default audience with the scopes it is registered for, or
// for the management API with the permissions that it holds now.
func (i *Issuer) clientCredentials(ctx context.Context, r Request) (Answer, error) {
	if r.Application.Public() {
		return Answer{}, reason.New(reason.OAuthGrantNotAllowed)
	}
	audience, scopes, err := i.ownScopes(ctx, r)
	if err != nil {
		return Answer{}, err
	}
	life := accessLife(r.Tenant, r.Application)
	jti := secret.Random("", 16).Reveal()
	token, err := i.Tokens.AccessToken(ctx, r.Tenant.Store, tokens.Access{
		Issuer: r.Tenant.Issuer, Subject: SubjectPrefix + r.Application.ClientID, ClientID: r.Application.ClientID,
		Audience: []string{audience}, Scope: strings.Join(scopes, " "), Lifetime: life, JTI: jti, Alg: r.Application.SignedBy(r.Application.Options.V.AccessTokenAlg), Bound: r.Bound,
	})
	if err != nil {
		return Answer{}, err
	}
	if err := i.recordOwn(ctx, r, audience, scopes, jti); err != nil {
		return Answer{}, err
	}
	return Answer{
		AccessToken: token, TokenType: r.tokenType(), ExpiresIn: int(life / time.Second), Scope: strings.Join(scopes, " "),
	}, nil
}

// ownScopes judges what the application may have, by the resource it names.
func (i *Issuer) ownScopes(ctx context.Context, r Request) (string, []string, error) {
	claim := Claim{Application: r.Application, GrantType: models.GrantClientCredentials}
	switch r.Values.Get("resource") {
	case "", r.Tenant.Issuer:
		scopes, err := ownAsked(r)
		if err != nil {
			return "", nil, err
		}
		claim.Scopes = scopes
		_, err = i.MayIssue(ctx, r.Tenant.Store, r.Tenant, claim)
		return r.Tenant.Issuer, scopes, err
	case APIResource(r.Tenant):
		// Permissions are not registered, but looked up (R11).
		if _, err := i.MayIssue(ctx, r.Tenant.Store, r.Tenant, claim); err != nil {
			return "", nil, err
		}
		held, err := i.permissions(ctx, r)
		if err != nil {
			return "", nil, err
		}
		scopes, err := fewer(r, held)
		return APIResource(r.Tenant), scopes, err
	}
	return "", nil, reason.New(reason.OAuthResource)
}

// ownAsked are those of the scopes asked for that the application has of its
// own. Clients that name users' scopes beside them, as many do out of habit, get
// the rest; where nothing is left they are refused (RFC 6749 §3.3).
func ownAsked(r Request) ([]string, error) {
	own := ownRegistered(r.Application)
	if !r.Values.Has("scope") {
		return own, nil
	}
	asked, ok := authorize.Scopes(r.Values.Get("scope"))
	some := slices.DeleteFunc(asked, func(s string) bool { return !slices.Contains(own, s) })
	if !ok || len(some) == 0 {
		return nil, reason.New(reason.OAuthScope).On("scope", reason.InputInvalid, "")
	}
	return some, nil
}

// ownRegistered are the application's scopes that need no user.
func ownRegistered(app *models.Application) []string {
	return slices.DeleteFunc(strings.Fields(app.Scope), func(s string) bool { return slices.Contains(userScopes, s) })
}

// permissions are those that an API client holds in this tenant now, cut to
// its owner's (R8, R12).
func (i *Issuer) permissions(ctx context.Context, r Request) ([]string, error) {
	grants, _, err := i.Access.ClientGrants(ctx, r.Tenant.Store, r.Application.ID, caller.From(ctx).IP)
	if err != nil {
		if reason.Has(err, reason.AccessDenied) {
			return nil, reason.Wrap(reason.OAuthResource, err)
		}
		return nil, err
	}
	var held []string
	for _, p := range access.Permissions() {
		if grants.Allows(r.Tenant.Store.ID(), string(p)) {
			held = append(held, string(p))
		}
	}
	return held, nil
}

// recordOwn records a token that leaves no row.
func (i *Issuer) recordOwn(ctx context.Context, r Request, audience string, scopes []string, jti string) error {
	return i.Events.Append(ctx, r.Tenant.Store.ID(), audit.Event{
		Action: audit.TokenIssued, ApplicationID: r.Application.ID,
		Target: audit.Target{Type: "application", ID: r.Application.ID, Name: r.Application.ClientID},
		Details: map[string]any{
			"grant_type": models.GrantClientCredentials, "scope": strings.Join(scopes, " "), "resource": audience, "jti": jti,
		},
	})
}
