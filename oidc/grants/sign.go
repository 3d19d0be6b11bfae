package grants

import (
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/identity/tokens"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
)

// issued is what a grant decided and committed; what is left is to sign it.
type issued struct {
	family  *models.Family
	refresh string
	scopes  []string
	nonce   string
	sid     string // empty: the tokens outlive the session
}

// maxAccess is the longest life of an access token (R32).
const maxAccess = time.Hour

// accessLife is how long the application's access tokens live.
func accessLife(t Tenant, app *models.Application) time.Duration {
	life := t.Row.Settings.V.AccessToken()
	if app.AccessTokenSeconds > 0 {
		life = time.Duration(app.AccessTokenSeconds) * time.Second
	}
	return min(life, maxAccess)
}

// sign makes the tokens of a family. It comes after the commit: an RSA
// signature takes longer than the whole transaction.
func (i *Issuer) sign(ctx context.Context, r Request, m issued) (Answer, error) {
	life, f := accessLife(r.Tenant, r.Application), m.family
	scope := strings.Join(m.scopes, " ")
	access, err := i.Tokens.AccessToken(ctx, r.Tenant.Store, tokens.Access{
		Issuer: r.Tenant.Issuer, Subject: f.UserID, ClientID: r.Application.ClientID, Audience: []string{r.Tenant.Issuer},
		Scope: scope, FamilyID: f.ID, SessionID: m.sid, AuthTime: f.AuthTime.Time, ACR: f.ACR, AMR: f.AMR.V, Lifetime: life,
	})
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{
		AccessToken: access, TokenType: "Bearer", ExpiresIn: int(life / time.Second), RefreshToken: m.refresh, Scope: scope,
	}
	if !slices.Contains(m.scopes, authorize.ScopeOpenID) {
		return answer, nil
	}
	answer.IDToken, err = i.Tokens.IDToken(ctx, r.Tenant.Store, tokens.ID{
		Issuer: r.Tenant.Issuer, Subject: f.UserID, ClientID: r.Application.ClientID, Alg: r.Application.IDTokenAlg,
		Nonce: m.nonce, AccessToken: access, SessionID: m.sid, AuthTime: f.AuthTime.Time, ACR: f.ACR, AMR: f.AMR.V,
		Lifetime: r.Tenant.Row.Settings.V.IDToken(),
	})
	return answer, err
}
