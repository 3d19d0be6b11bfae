package grants

import (
	"context"
	"strings"

	"gatehouse/audit"
	"gatehouse/identity/resources"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/details"
	"gatehouse/store"
)

// Front is what the authorization endpoint gives for one request: a code, and
// what an application was allowed to take by the browser beside it (OpenID
// Connect Core §3.2 and §3.3).
type Front struct {
	Tenant      Tenant
	Application *models.Application
	Request     *authorize.Request
	Session     *models.Session
	User        *users.Asked // the user whom somebody asked for just now; nil: nobody was
}

// Given are the parameters of a successful authorization response.
type Given struct {
	Code   string
	Answer Answer
}

// Authorize gives what the request asks for, once the judge of all grants
// agrees. It returns the refusals of MayIssue.
func (i *Issuer) Authorize(ctx context.Context, f Front) (Given, error) {
	user, targets, err := i.mayGive(ctx, f)
	if err != nil {
		return Given{}, err
	}
	g, code := Given{}, codeOf(f)
	if f.Request.Gives(authorize.PartCode) {
		if g.Code, err = i.Tokens.NewCode(f.Tenant.Store.ID(), code); err != nil {
			return Given{}, err
		}
	}
	if f.Request.ResponseType == authorize.PartCode && len(f.Request.Pushed) == 0 {
		return g, nil
	}
	m := issued{nonce: f.Request.Nonce, user: user, sid: f.Session.ID, scopes: f.Request.Scopes, targets: targets, details: details.Stored(f.Request.Details)}
	err = f.Tenant.Store.Write(ctx, func(tx *store.Tx) error {
		if len(f.Request.Pushed) > 0 {
			if err := i.Tokens.UsePushed(ctx, tx, f.Request.Pushed); err != nil {
				return err
			}
		}
		m.family, err = i.frontFamily(ctx, tx, f, code, g.Code)
		return err
	})
	if err != nil || f.Request.ResponseType == authorize.PartCode {
		return g, err
	}
	g.Answer, err = i.signFront(ctx, f, m, g.Code)
	return g, err
}

// mayGive asks the judge for each way in which the response gives something.
func (i *Issuer) mayGive(ctx context.Context, f Front) (*models.User, resources.Targets, error) {
	targets, err := i.targets(ctx, f.Tenant.Store, Request{Tenant: f.Tenant, Application: f.Application}, f.Request.Resource)
	if err != nil {
		return nil, nil, err
	}
	claim := Claim{Application: f.Application, UserID: f.Session.UserID, Session: f.Session, User: f.User, Scopes: f.Request.Scopes, Targets: targets, Details: details.Stored(f.Request.Details)}
	var user *models.User
	for part, grantType := range map[string]string{
		authorize.PartCode: models.GrantAuthorizationCode, authorize.PartToken: models.GrantImplicit, authorize.PartIDToken: models.GrantImplicit,
	} {
		if !f.Request.Gives(part) || claim.GrantType == grantType {
			continue
		}
		claim.GrantType = grantType
		var err error
		if user, err = i.MayIssue(ctx, f.Tenant.Store, f.Tenant, claim); err != nil {
			return nil, nil, err
		}
	}
	return user, targets, nil
}

func codeOf(f Front) models.Code {
	r, s := f.Request, f.Session
	return models.Code{
		ApplicationID: f.Application.ID, UserID: s.UserID, SessionID: s.ID, RedirectURI: r.RedirectURI,
		Scope: strings.Join(r.Scopes, " "), Nonce: r.Nonce, Challenge: r.Challenge, Resource: r.Resource,
		AuthTime: s.AuthTime, AMR: s.AMR, ACR: s.ACR, ClaimsLocales: r.UILocales,
		Details: models.AsJSON(models.GrantDetails{Claims: r.Claims, AuthorizationDetails: r.Details, Confirmation: models.Confirmation{JKT: r.JKT}}),
	}
}

// frontFamily is what the tokens of the response stem from: a family of its own
// where there is an access token, which ends with the session and with a second
// use of the code (R26); else only the facts, with an event.
func (i *Issuer) frontFamily(ctx context.Context, tx *store.Tx, f Front, code models.Code, text string) (*models.Family, error) {
	code.Scope = strings.Join(withoutOffline(f.Request.Scopes), " ")
	if text != "" {
		code.Hash = tokens.Beside(text)
	}
	if f.Request.Gives(authorize.PartToken) {
		family, _, err := i.Tokens.NewFamily(ctx, tx, tokens.NewFamily{
			Code: &code, Settings: f.Tenant.Row.Settings.V.For(f.Application.Options.V), GrantType: models.GrantImplicit,
		})
		return family, err
	}
	facts := &models.Family{UserID: code.UserID, AuthTime: code.AuthTime, AMR: code.AMR, ACR: code.ACR, Details: code.Details}
	if !f.Request.Gives(authorize.PartIDToken) {
		return facts, nil
	}
	if err := i.Tokens.Joined(ctx, tx, code.SessionID, code.ApplicationID); err != nil {
		return nil, err
	}
	return facts, audit.Append(ctx, tx, i.Now(), audit.Event{
		Action: audit.TokenIssued, UserID: code.UserID, ApplicationID: code.ApplicationID, SessionID: code.SessionID,
		Target:  audit.Target{Type: "application", ID: f.Application.ID, Name: f.Application.ClientID},
		Details: map[string]any{"grant_type": models.GrantImplicit, "scope": code.Scope, "response_type": f.Request.ResponseType},
	})
}

func withoutOffline(scopes []string) []string {
	var rest []string
	for _, s := range scopes {
		if s != authorize.ScopeOffline {
			rest = append(rest, s)
		}
	}
	return rest
}

func (i *Issuer) signFront(ctx context.Context, f Front, m issued, code string) (Answer, error) {
	r := Request{Tenant: f.Tenant, Application: f.Application}
	var answer Answer
	var err error
	if f.Request.Gives(authorize.PartToken) {
		m.scopes = withoutOffline(m.scopes)
		if answer, err = i.access(ctx, r, m); err != nil {
			return answer, err
		}
	}
	if f.Request.Gives(authorize.PartIDToken) {
		answer.IDToken, err = i.idToken(ctx, r, m, proof{
			accessToken: answer.AccessToken, code: code, alone: f.Request.ResponseType == authorize.PartIDToken,
		})
	}
	return answer, err
}
