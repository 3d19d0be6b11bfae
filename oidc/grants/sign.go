package grants

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"gatehouse/identity/applications"
	"gatehouse/identity/resources"
	"gatehouse/identity/tokens"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/claims"
)

// issued is what a grant decided and committed; what is left is to sign it.
type issued struct {
	family  *models.Family
	refresh string
	scopes  []string
	nonce   string
	sid     string // empty: the tokens outlive the session
	user    *models.User
	targets resources.Targets // none: the tenant's own audience
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

// opaque reports whether access tokens for these APIs are opaque: the APIs'
// choice comes before the application's, that before the tenant's.
func opaque(r Request, t resources.Targets) bool {
	return t.Format(r.Tenant.Row.Settings.V.For(r.Application.Options.V).AccessTokenFormat) == models.FormatOpaque
}

// sign makes the tokens of a family. It comes after the commit: an RSA
// signature takes longer than the whole transaction.
func (i *Issuer) sign(ctx context.Context, r Request, m issued) (Answer, error) {
	answer, err := i.access(ctx, r, m)
	if err != nil || !slices.Contains(m.scopes, authorize.ScopeOpenID) {
		return answer, err
	}
	answer.IDToken, err = i.idToken(ctx, r, m, proof{accessToken: answer.AccessToken})
	return answer, err
}

// access makes the access token.
func (i *Issuer) access(ctx context.Context, r Request, m issued) (Answer, error) {
	life, f := m.targets.Life(accessLife(r.Tenant, r.Application)), m.family
	scope := strings.Join(m.scopes, " ")
	token, err := i.Tokens.AccessToken(ctx, r.Tenant.Store, tokens.Access{
		Issuer: r.Tenant.Issuer, Subject: i.Applications.SubjectOf(r.Application, f.UserID), ClientID: r.Application.ClientID, Audience: audience(r.Tenant, m),
		Scope: scope, FamilyID: f.ID, SessionID: m.sid, AuthTime: f.AuthTime.Time, ACR: f.ACR, AMR: f.AMR.V, Lifetime: life, Alg: r.Application.SignedBy(r.Application.Options.V.AccessTokenAlg),
		UserInfo: m.wished(func(c *claims.Request) map[string]*claims.Wish { return c.UserInfo }, r.Application), Bound: r.Bound,
		Opaque: opaque(r, m.targets),
	})
	return Answer{
		AccessToken: token, TokenType: r.tokenType(), ExpiresIn: int(life / time.Second), RefreshToken: m.refresh, Scope: scope,
	}, err
}

// proof is what an ID token vouches for beside the user (OpenID Connect Core
// §3.3.2.11).
type proof struct {
	accessToken, code string
	// alone tells that no access token could fetch the claims of the scopes
	// (§5.4).
	alone bool
	// vouched are claims about what comes with it on other ways.
	vouched map[string]any
}

func (i *Issuer) idToken(ctx context.Context, r Request, m issued, p proof) (string, error) {
	f, chosen := m.family, claims.Chosen{}
	chosen.Names = m.wished(func(c *claims.Request) map[string]*claims.Wish { return c.IDToken }, r.Application)
	if p.alone {
		chosen.Scopes = m.scopes
	}
	var about map[string]any
	if len(chosen.Names)+len(chosen.Scopes) > 0 {
		about = claims.About(m.user, chosen)
	}
	about = joined(about, p.vouched)
	token, err := i.Tokens.IDToken(ctx, r.Tenant.Store, tokens.ID{
		Issuer: r.Tenant.Issuer, Subject: i.Applications.SubjectOf(r.Application, f.UserID), ClientID: r.Application.ClientID, Alg: r.Application.IDTokenAlg,
		Nonce: m.nonce, AccessToken: p.accessToken, Code: p.code, SessionID: m.sid, AuthTime: f.AuthTime.Time,
		ACR: f.ACR, AMR: f.AMR.V, About: about, Lifetime: idLife(r.Tenant, r.Application),
	})
	if err != nil {
		return "", err
	}
	o := r.Application.Options.V
	return i.Applications.Encrypt(ctx, r.Application, applications.Encryption{Alg: o.IDTokenEncryptedAlg, Enc: o.IDTokenEncryptedEnc}, token)
}

// joined is both in one.
func joined(about, vouched map[string]any) map[string]any {
	if len(vouched) == 0 {
		return about
	}
	all := maps.Clone(vouched)
	maps.Copy(all, about)
	return all
}

// wished are the claims that were asked for one by one, of those that the
// application may have.
func (m issued) wished(part func(*claims.Request) map[string]*claims.Wish, app *models.Application) []string {
	text := m.family.Details.V.Claims
	if len(text) == 0 {
		return nil
	}
	return claims.Wished(part(claims.Read(text)), strings.Fields(app.Scope))
}

// idLife is how long the application's ID tokens hold.
func idLife(t Tenant, app *models.Application) time.Duration {
	return t.Row.Settings.V.For(app.Options.V).IDToken()
}
