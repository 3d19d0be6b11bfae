package grants

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"gatehouse/identity/applications"
	"gatehouse/identity/claimrules"
	"gatehouse/identity/resources"
	"gatehouse/identity/tokens"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/claims"
	"gatehouse/oidc/details"
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
	trial   *claimrules.Trial // nil: no preview
	details details.List      // of the access token
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
	a, err := i.accessSays(ctx, r, m)
	if err != nil {
		return Answer{}, err
	}
	token, err := i.Tokens.AccessToken(ctx, r.Tenant.Store, a)
	return Answer{
		AccessToken: token, TokenType: r.tokenType(), ExpiresIn: int(a.Lifetime / time.Second), RefreshToken: m.refresh, Scope: a.Scope, Details: a.Details,
	}, err
}

// accessSays is what the access token says.
func (i *Issuer) accessSays(ctx context.Context, r Request, m issued) (tokens.Access, error) {
	f := m.family
	wished := m.asked(partUserInfo, r.Application)
	further, err := i.written(ctx, r, m.writing(models.ClaimsOfAccessToken, wished))
	return tokens.Access{
		Issuer: r.Tenant.Issuer, Subject: i.Applications.SubjectOf(r.Application, f.UserID), ClientID: r.Application.ClientID, Audience: audience(r.Tenant, m),
		Scope: strings.Join(m.scopes, " "), FamilyID: f.ID, SessionID: m.sid, AuthTime: f.AuthTime.Time, ACR: f.ACR, AMR: f.AMR.V,
		Lifetime: m.targets.Life(accessLife(r.Tenant, r.Application)), Alg: r.Application.SignedBy(r.Application.Options.V.AccessTokenAlg),
		UserInfo: wished, Bound: r.Bound, Claims: further, Opaque: opaque(r, m.targets), Details: m.details.JSON(),
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
	says, err := i.idSays(ctx, r, m, p)
	if err != nil {
		return "", err
	}
	token, err := i.Tokens.IDToken(ctx, r.Tenant.Store, says)
	if err != nil {
		return "", err
	}
	o := r.Application.Options.V
	return i.Applications.Encrypt(ctx, r.Application, applications.Encryption{Alg: o.IDTokenEncryptedAlg, Enc: o.IDTokenEncryptedEnc}, token)
}

// idSays is what the ID token says.
func (i *Issuer) idSays(ctx context.Context, r Request, m issued, p proof) (tokens.ID, error) {
	f, chosen := m.family, claims.Chosen{Names: m.asked(partIDToken, r.Application)}
	if p.alone {
		chosen.Scopes = m.scopes
	}
	var about map[string]any
	if len(chosen.Names)+len(chosen.Scopes) > 0 {
		about = claims.About(m.user, chosen)
	}
	further, err := i.written(ctx, r, m.writing(models.ClaimsOfIDToken, chosen.Names))
	about = joined(further, joined(about, p.vouched))
	return tokens.ID{
		Issuer: r.Tenant.Issuer, Subject: i.Applications.SubjectOf(r.Application, f.UserID), ClientID: r.Application.ClientID, Alg: r.Application.IDTokenAlg,
		Nonce: m.nonce, AccessToken: p.accessToken, Code: p.code, SessionID: m.sid, AuthTime: f.AuthTime.Time,
		ACR: f.ACR, AMR: f.AMR.V, About: about, Lifetime: idLife(r.Tenant, r.Application),
	}, err
}

// joined is both in one; of the same claim, what the first says.
func joined(first, rest map[string]any) map[string]any {
	if len(rest) == 0 {
		return first
	}
	all := maps.Clone(rest)
	maps.Copy(all, first)
	return all
}

// The parts of a claims request.
func partIDToken(c *claims.Request) map[string]*claims.Wish  { return c.IDToken }
func partUserInfo(c *claims.Request) map[string]*claims.Wish { return c.UserInfo }

// asked are the claims that were asked for one by one, of those that the
// application may have, and those that only rules know.
func (m issued) asked(part func(*claims.Request) map[string]*claims.Wish, app *models.Application) []string {
	text := m.family.Details.V.Claims
	if len(text) == 0 {
		return nil
	}
	return claims.Asked(part(claims.Read(text)), strings.Fields(app.Scope))
}

// idLife is how long the application's ID tokens hold.
func idLife(t Tenant, app *models.Application) time.Duration {
	return t.Row.Settings.V.For(app.Options.V).IDToken()
}
