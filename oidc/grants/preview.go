package grants

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"gatehouse/identity/access"
	"gatehouse/identity/claimrules"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/claims"
	"gatehouse/reason"
)

// Sample is whom a preview is about, and what would be asked for.
type Sample struct {
	ClientID string
	User     string // id, user name or address; empty: the application's own token
	Scopes   []string
	Claims   []string          // asked for one by one
	Draft    *claimrules.Facts // a rule that is not stored yet; nil: none
	DraftOf  string            // id of the stored rule that it replaces; empty: none
}

// Preview is what would be told, unsigned; nil: nothing of the kind.
type Preview struct {
	IDToken, AccessToken, UserInfo json.RawMessage
	// Outcomes are those of the rules, target by target.
	Outcomes []claimrules.Outcome
}

// Preview shows what an application would be told, by the code that makes
// tokens: nothing is signed, stored or recorded. It runs expressions, so it
// needs what changing them needs (L69), and access.UsersRead for a user. It
// returns reason.InputInvalid.
func (i *Issuer) Preview(ctx context.Context, t Tenant, s Sample) (Preview, error) {
	if err := access.Require(ctx, t.Store.ID(), access.ApplicationsWrite); err != nil {
		return Preview{}, err
	}
	trial := &claimrules.Trial{}
	var err error
	if s.Draft != nil {
		if trial.Draft, err = i.Rules.Draft(ctx, t.Store, s.DraftOf, *s.Draft); err != nil {
			return Preview{}, err
		}
	}
	app, err := i.Applications.ByClientID(ctx, t.Store, s.ClientID)
	if err != nil {
		return Preview{}, orUnknown(err, reason.ApplicationUnknown, "application")
	}
	shown, r := Preview{}, Request{Tenant: t, Application: app}
	if s.User == "" {
		shown, err = i.ownPreview(ctx, r, s, trial)
	} else {
		shown, err = i.previewOf(ctx, r, s, trial)
	}
	shown.Outcomes = trial.Outcomes
	return shown, err
}

// orUnknown says of a field that there is nothing of this name.
func orUnknown(err error, code reason.Code, field string) error {
	if reason.Has(err, code) {
		return reason.Wrap(reason.InputInvalid, err).On(field, reason.InputUnknown, "")
	}
	return err
}

func (i *Issuer) previewOf(ctx context.Context, r Request, s Sample, trial *claimrules.Trial) (Preview, error) {
	if err := access.Require(ctx, r.Tenant.Store.ID(), access.UsersRead); err != nil {
		return Preview{}, err
	}
	user, err := i.Users.ByID(ctx, r.Tenant.Store, s.User)
	if reason.Has(err, reason.UserUnknown) {
		user, err = i.Users.ByIdentifier(ctx, r.Tenant.Store, s.User)
	}
	if err != nil {
		return Preview{}, orUnknown(err, reason.UserUnknown, "user")
	}
	return i.userPreview(ctx, r, s, user, trial)
}

func (i *Issuer) ownPreview(ctx context.Context, r Request, s Sample, trial *claimrules.Trial) (Preview, error) {
	var shown Preview
	says, err := i.ownSays(ctx, r, ownGrant{audience: []string{r.Tenant.Issuer}, scopes: s.Scopes}, trial)
	if err == nil {
		shown.AccessToken, err = i.Tokens.AccessPayload(says)
	}
	return shown, err
}

func (i *Issuer) userPreview(ctx context.Context, r Request, s Sample, user *models.User, trial *claimrules.Trial) (Preview, error) {
	var shown Preview
	m := issued{user: user, scopes: s.Scopes, trial: trial, family: &models.Family{
		UserID: user.ID, AuthTime: models.At(i.Now()), AMR: models.AsJSON([]string{"pwd"}), Details: models.AsJSON(asking(s, r.Application)),
	}}
	says, err := i.accessSays(ctx, r, m)
	if err != nil {
		return shown, err
	}
	says.JTI = secret.Random("", 16).Reveal()
	if shown.AccessToken, err = i.Tokens.AccessPayload(says); err != nil || !slices.Contains(s.Scopes, authorize.ScopeOpenID) {
		return shown, err
	}
	id, err := i.idSays(ctx, r, m, proof{})
	if err != nil {
		return shown, err
	}
	if shown.IDToken, err = i.Tokens.IDPayload(id); err != nil {
		return shown, err
	}
	about, err := i.userInfo(ctx, r, Told{User: user, Scopes: s.Scopes, Names: says.UserInfo}, trial)
	if err != nil {
		return shown, err
	}
	shown.UserInfo, err = json.Marshal(about)
	return shown, err
}

// asking is the claims request that asks for the sample's claims everywhere.
func asking(s Sample, app *models.Application) models.GrantDetails {
	wishes := map[string]*claims.Wish{}
	for _, name := range s.Claims {
		wishes[name] = nil
	}
	asked := claims.Request{IDToken: wishes, UserInfo: wishes}
	return models.GrantDetails{Claims: asked.Granted(strings.Fields(app.Scope))}
}
