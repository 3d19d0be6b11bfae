package grants

import (
	"context"
	"encoding/json"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/claimrules"
	"gatehouse/identity/replays"
	"gatehouse/identity/resources"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
)

// Issuer gives tokens for proofs.
type Issuer struct {
	Applications *applications.Registry
	Users        *users.Directory
	Sessions     *sessions.Keeper
	Tokens       *tokens.Mint
	Resources    *resources.Catalogue
	Rules        *claimrules.Book // nil: there are none
	Access       *access.Desk
	Events       *audit.Gatherer
	Journeys     Journeys
	Replays      *replays.Keep
	Now          func() time.Time
}

// Living returns what an access token of the tenant says while it holds, and
// while the application that it was issued to may act: behind some tokens there
// is no family that would end with it (R36, R66). It returns
// reason.OAuthTokenInvalid.
func (i *Issuer) Living(ctx context.Context, t Tenant, token string) (*tokens.AccessClaims, error) {
	c, err := i.Tokens.ParseAccess(ctx, t.Store, t.Issuer, token)
	if err != nil {
		return nil, err
	}
	app, err := i.Applications.ByClientID(ctx, t.Store, c.ClientID)
	if reason.Has(err, reason.ApplicationUnknown) || err == nil && !app.Active() {
		return nil, reason.Wrap(reason.OAuthTokenInvalid, err)
	}
	return c, err
}

// Request is a token request of an authenticated client.
type Request struct {
	Tenant      Tenant
	Application *models.Application
	Values      strict.Values
	// Bound is what the client proved to hold: its access tokens are bound to
	// it.
	Bound models.Confirmation
}

// tokenType is the token_type of access tokens that are bound like the
// request's (RFC 6750 §6.1.1, RFC 9449 §5, RFC 8705 §3).
func (r Request) tokenType() string {
	if r.Bound.JKT != "" {
		return "DPoP"
	}
	return "Bearer"
}

// holds refuses whoever did not prove the key that a grant is bound to; nothing
// is demanded of one that is bound to none (RFC 9449 §5 and §10, RFC 8705 §4).
func (r Request) holds(b models.Confirmation) error {
	if b.JKT != "" && b.JKT != r.Bound.JKT || b.X5T != "" && b.X5T != r.Bound.X5T {
		return reason.New(reason.OAuthOtherKey)
	}
	return nil
}

// keeps is what refresh tokens are bound to: those of an application that
// proves itself are bound to that proof already (RFC 9449 §5, RFC 8705 §4).
func (r Request) keeps() models.Confirmation {
	if r.Application.Public() {
		return r.Bound
	}
	return models.Confirmation{}
}

// Answer is a token response (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
type Answer struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"` // seconds
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	Scope        string `json:"scope,omitempty"`

	Details json.RawMessage `json:"authorization_details,omitempty"` // RFC 9396 §7

	AuthReqID       string `json:"auth_req_id,omitempty"`       // OpenID Connect CIBA §10.3.1
	IssuedTokenType string `json:"issued_token_type,omitempty"` // RFC 8693 §2.2.1
}

// grants are the values of grant_type.
var grants = map[string]func(*Issuer, context.Context, Request) (Answer, error){
	models.GrantAuthorizationCode: (*Issuer).authorizationCode,
	models.GrantRefreshToken:      (*Issuer).refreshToken,
	models.GrantClientCredentials: (*Issuer).clientCredentials,
	models.GrantDeviceCode:        (*Issuer).deviceCode,
	models.GrantTokenExchange:     (*Issuer).tokenExchange,
	models.GrantPassword:          (*Issuer).password,
	models.GrantCIBA:              (*Issuer).ciba,
	models.GrantJWTBearer:         (*Issuer).jwtBearer,
}

// Issue answers a token request. It returns OAuthGrantType for a grant that
// does not exist, OAuthGrantNotAllowed for one that the client is not
// registered for, and the refusals of the grant.
func (i *Issuer) Issue(ctx context.Context, r Request) (Answer, error) {
	name := r.Values.Get("grant_type")
	grant, ok := grants[name]
	switch {
	case name == "":
		return Answer{}, reason.New(reason.OAuthRequestInvalid).On("grant_type", reason.InputRequired, "")
	case !ok:
		return Answer{}, reason.New(reason.OAuthGrantType)
	case !r.Application.MayUse(name):
		return Answer{}, reason.New(reason.OAuthGrantNotAllowed)
	}
	return grant(i, ctx, r)
}
