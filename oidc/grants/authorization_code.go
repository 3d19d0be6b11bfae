package grants

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"

	"gatehouse/identity/tokens"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
	"gatehouse/store"
)

// authorizationCode changes a code into tokens (RFC 6749 §4.1.3). The code is
// used up only together with the new family: a request that fails any check
// changes nothing.
func (i *Issuer) authorizationCode(ctx context.Context, r Request) (Answer, error) {
	presented := r.Values.Get("code")
	if presented == "" {
		return Answer{}, reason.New(reason.OAuthRequestInvalid).On("code", reason.InputRequired, "")
	}
	var made issued
	err := r.Tenant.Store.Write(ctx, func(tx *store.Tx) error {
		code, err := i.Tokens.Code(ctx, tx, presented)
		if err != nil {
			return err
		}
		if err := matches(r, code); err != nil {
			return err
		}
		made, err = i.beginFamily(ctx, tx, r, models.GrantAuthorizationCode, code)
		return err
	})
	if err != nil {
		return Answer{}, i.afterCode(ctx, r, presented, err)
	}
	return i.sign(ctx, r, made)
}

// codeChecks bind a code to its request, each by itself (R26, L16).
var codeChecks = []func(Request, *models.Code) *reason.Error{codeClient, codeRedirect, codeVerifier, codeKey}

func matches(r Request, code *models.Code) error {
	for _, check := range codeChecks {
		if err := check(r, code); err != nil {
			return err
		}
	}
	return nil
}

// codeClient: the code was given to this client.
func codeClient(r Request, code *models.Code) *reason.Error {
	if code.ApplicationID != r.Application.ID {
		return reason.New(reason.OAuthCodeClient)
	}
	return nil
}

// codeRedirect: the same redirect URI as in the authorization request, which
// always had one.
func codeRedirect(r Request, code *models.Code) *reason.Error {
	if r.Values.Get("redirect_uri") != code.RedirectURI {
		return reason.New(reason.OAuthCodeRedirect).On("redirect_uri", reason.InputInvalid, "")
	}
	return nil
}

// codeVerifier: a verifier if and only if there was a challenge (RFC 7636
// §4.6, RFC 9700 §2.1.1, R25).
func codeVerifier(r Request, code *models.Code) *reason.Error {
	verifier := r.Values.Get("code_verifier")
	switch {
	case code.Challenge == "" && verifier == "":
		return nil
	case code.Challenge == "":
		return reason.New(reason.OAuthPKCEUnexpected)
	case !authorize.Unreserved(verifier):
		return reason.New(reason.OAuthPKCEMismatch)
	}
	sum := sha256.Sum256([]byte(verifier))
	made := base64.RawURLEncoding.EncodeToString(sum[:])
	if subtle.ConstantTimeCompare([]byte(made), []byte(code.Challenge)) != 1 {
		return reason.New(reason.OAuthPKCEMismatch)
	}
	return nil
}

// codeKey: the key that the authorization request named (RFC 9449 §10).
func codeKey(r Request, code *models.Code) *reason.Error {
	if err := r.holds(code.Details.V.Confirmation); err != nil {
		return reason.From(err)
	}
	return nil
}

// beginFamily judges anew what a user allowed, by a code or on another way, and
// starts the family of tokens (R36).
func (i *Issuer) beginFamily(ctx context.Context, tx *store.Tx, r Request, grant string, code *models.Code) (issued, error) {
	targets, err := i.targets(ctx, tx, r, code.Resource)
	if err != nil {
		return issued{}, err
	}
	scopes := within(r, strings.Fields(code.Scope), targets)
	asked, err := narrowed(r, code.Details.V.AuthorizationDetails, targets)
	if err != nil {
		return issued{}, err
	}
	user, err := i.MayIssue(ctx, tx, r.Tenant, Claim{
		Application: r.Application, GrantType: grant,
		UserID: code.UserID, SessionID: code.SessionID, Scopes: scopes, Targets: targets, Details: asked,
		Allowed: code.CreatedAt, Lasts: true,
	})
	if err != nil {
		return issued{}, err
	}
	code.Details.V.Confirmation = r.keeps()
	family, refresh, err := i.Tokens.NewFamily(ctx, tx, tokens.NewFamily{
		Code: code, Settings: r.Tenant.Row.Settings.V.For(r.Application.Options.V), GrantType: grant,
	})
	if err != nil {
		return issued{}, err
	}
	if !r.Application.MayUse(models.GrantRefreshToken) {
		refresh = ""
	}
	return issued{
		family: family, refresh: refresh, scopes: scopes, nonce: code.Nonce, sid: code.SessionID, user: user, targets: targets, details: asked,
	}, nil
}
