package grants

import (
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/claimrules"
	"gatehouse/identity/resources"
	"gatehouse/identity/tokens"
	"gatehouse/internal/caller"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/details"
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
	own, err := i.ownScopes(ctx, r)
	if err != nil {
		return Answer{}, err
	}
	says, err := i.ownSays(ctx, r, own, nil)
	if err != nil {
		return Answer{}, err
	}
	token, err := i.Tokens.AccessToken(ctx, r.Tenant.Store, says)
	if err != nil {
		return Answer{}, err
	}
	if err := i.recordOwn(ctx, r, own, says.JTI); err != nil {
		return Answer{}, err
	}
	return Answer{
		AccessToken: token, TokenType: r.tokenType(), ExpiresIn: int(says.Lifetime / time.Second), Scope: says.Scope, Details: says.Details,
	}, nil
}

// ownSays is what the application's own token says. Rules write nothing to one
// for the management API (R11).
func (i *Issuer) ownSays(ctx context.Context, r Request, own ownGrant, trial *claimrules.Trial) (tokens.Access, error) {
	says := tokens.Access{
		Issuer: r.Tenant.Issuer, Subject: SubjectPrefix + r.Application.ClientID, ClientID: r.Application.ClientID,
		Audience: own.audience, Scope: strings.Join(own.scopes, " "), Lifetime: own.targets.Life(accessLife(r.Tenant, r.Application)),
		JTI: secret.Random("", 16).Reveal(), Alg: r.Application.SignedBy(r.Application.Options.V.AccessTokenAlg), Bound: r.Bound,
		Opaque: opaque(r, own.targets), Details: own.details.JSON(),
	}
	if slices.Contains(own.audience, APIResource(r.Tenant)) {
		return says, nil
	}
	var err error
	says.Claims, err = i.written(ctx, r, writing{target: models.ClaimsOfAccessToken, scopes: own.scopes, trial: trial})
	return says, err
}

// ownGrant is what an application gets for itself.
type ownGrant struct {
	audience, scopes []string
	targets          resources.Targets
	details          details.List
}

// ownScopes judges what the application may have, by the resources it names.
func (i *Issuer) ownScopes(ctx context.Context, r Request) (ownGrant, error) {
	claim := Claim{Application: r.Application, GrantType: models.GrantClientCredentials}
	asked := slices.DeleteFunc(strings.Fields(r.Values.Get("resource")), func(s string) bool { return s == r.Tenant.Issuer })
	switch {
	case r.Values.Has(details.Parameter):
		return i.ownDetails(ctx, r, claim, asked)
	case len(asked) == 0:
		scopes, err := ownAsked(r, ownRegistered(r.Application))
		if err != nil {
			return ownGrant{}, err
		}
		claim.Scopes = scopes
		_, err = i.MayIssue(ctx, r.Tenant.Store, r.Tenant, claim)
		return ownGrant{audience: []string{r.Tenant.Issuer}, scopes: scopes}, err
	case len(asked) == 1 && asked[0] == APIResource(r.Tenant):
		// Permissions are not registered, but looked up (R11).
		if _, err := i.MayIssue(ctx, r.Tenant.Store, r.Tenant, claim); err != nil {
			return ownGrant{}, err
		}
		held, err := i.permissions(ctx, r)
		if err != nil {
			return ownGrant{}, err
		}
		scopes, err := fewer(r, held)
		return ownGrant{audience: asked, scopes: scopes}, err
	}
	return i.ownTargets(ctx, r, claim, asked)
}

// ownTargets judges a request for APIs of the tenant.
func (i *Issuer) ownTargets(ctx context.Context, r Request, claim Claim, asked []string) (ownGrant, error) {
	var err error
	if claim.Targets, err = i.Resources.For(ctx, r.Tenant.Store, r.Application, asked); err != nil {
		return ownGrant{}, err
	}
	if len(claim.Details) == 0 || r.Values.Has("scope") {
		if claim.Scopes, err = ownAsked(r, claim.Targets.Scopes()); err != nil {
			return ownGrant{}, err
		}
	}
	_, err = i.MayIssue(ctx, r.Tenant.Store, r.Tenant, claim)
	return ownGrant{audience: claim.Targets.Identifiers(), scopes: claim.Scopes, targets: claim.Targets}, err
}

// ownDetails judges a request with authorization details: it is for the APIs that
// understand them, too, and where it names no scope it gets none. What a user has
// to be asked for each time is nothing of the application's own.
func (i *Issuer) ownDetails(ctx context.Context, r Request, claim Claim, asked []string) (ownGrant, error) {
	wanted, err := i.Details(ctx, r.Tenant.Store, r.Application, r.Values.Get(details.Parameter))
	if err != nil {
		return ownGrant{}, err
	}
	if wanted.AskAlways() {
		return ownGrant{}, reason.New(reason.OAuthDetails)
	}
	claim.Details = wanted.List
	own, err := i.ownTargets(ctx, r, claim, wanted.among(asked))
	own.details = wanted.List
	return own, err
}

// ownAsked are those of the scopes asked for that the application can have
// without a user. Clients that name users' scopes beside them, as many do out of habit, get
// the rest; where nothing is left they are refused (RFC 6749 §3.3).
func ownAsked(r Request, own []string) ([]string, error) {
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
func (i *Issuer) recordOwn(ctx context.Context, r Request, own ownGrant, jti string) error {
	told := map[string]any{
		"grant_type": models.GrantClientCredentials, "scope": strings.Join(own.scopes, " "), "resource": strings.Join(own.audience, " "), "jti": jti,
	}
	if len(own.details) > 0 {
		told["authorization_details_types"] = own.details.Types()
	}
	return i.Events.Append(ctx, r.Tenant.Store.ID(), audit.Event{
		Action: audit.TokenIssued, ApplicationID: r.Application.ID,
		Target:  audit.Target{Type: "application", ID: r.Application.ID, Name: r.Application.ClientID},
		Details: told,
	})
}
