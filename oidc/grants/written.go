package grants

import (
	"context"

	"gatehouse/identity/claimrules"
	"gatehouse/models"
	"gatehouse/oidc/claims"
)

// writing is one set of claims that the tenant's rules may add to.
type writing struct {
	target string
	user   *models.User // nil: the token is about the application itself
	scopes []string
	asked  []string // claims that were asked for one by one
	trial  *claimrules.Trial
}

func (m issued) writing(target string, asked []string) writing {
	return writing{target: target, user: m.user, scopes: m.scopes, asked: asked, trial: m.trial}
}

// written are the claims that the tenant's rules write; nil: none. They never
// name what we or others decide by (R11).
func (i *Issuer) written(ctx context.Context, r Request, w writing) (map[string]any, error) {
	if i.Rules == nil {
		return nil, nil
	}
	return i.Rules.Claims(ctx, r.Tenant.Store, claimrules.Query{
		Application: r.Application, Target: w.target, Scopes: w.scopes, Trial: w.trial,
		Environment: func() claimrules.Environment {
			env := claimrules.Environment{
				Application: claimrules.Application{ClientID: r.Application.ClientID, Name: r.Application.DisplayName},
				Scopes:      w.scopes, Claims: w.asked, Time: int(i.Now().Unix()),
			}
			if w.user != nil {
				env.User = claimrules.UserOf(w.user, i.Applications.SubjectOf(r.Application, w.user.ID))
			}
			return env
		},
	})
}

// Told is whom userinfo tells about, and what for.
type Told struct {
	User   *models.User
	Scopes []string
	Names  []string // claims that were asked for one by one
}

// UserInfo is what userinfo tells the application (OpenID Connect Core §5.3.2).
func (i *Issuer) UserInfo(ctx context.Context, r Request, t Told) (map[string]any, error) {
	return i.userInfo(ctx, r, t, nil)
}

func (i *Issuer) userInfo(ctx context.Context, r Request, t Told, trial *claimrules.Trial) (map[string]any, error) {
	further, err := i.written(ctx, r, writing{
		target: models.ClaimsOfUserInfo, user: t.User, scopes: t.Scopes, asked: t.Names, trial: trial,
	})
	about := joined(further, claims.About(t.User, claims.Chosen{Scopes: t.Scopes, Names: t.Names}))
	if about == nil {
		about = map[string]any{}
	}
	about["sub"] = i.Applications.SubjectOf(r.Application, t.User.ID)
	return about, err
}
