package grants

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"gatehouse/identity/applications"
	"gatehouse/identity/replays"
	"gatehouse/identity/tokens"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
	"gatehouse/store"
)

// Bounds of an assertion.
const (
	maxGrantJTI   = 1024 // bytes
	maxGrantLife  = 5 * time.Minute
	maxGrantAhead = time.Minute // for clocks that go wrong
)

var errGrantAssertion = errors.New("grants: the assertion does not hold")

// assertion is what an application vouches for (RFC 7523 §3).
type assertion struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  oneOf    `json:"aud"`
	ID        string   `json:"jti"`
	Expires   float64  `json:"exp"` // seconds since the epoch, like the next two
	Issued    *float64 `json:"iat"`
	NotBefore *float64 `json:"nbf"`
}

// oneOf is an audience of one, alone or in a list.
type oneOf string

// UnmarshalJSON takes a text or a list with one text.
func (o *oneOf) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, (*string)(o)) == nil {
		return nil
	}
	var all []string
	if err := json.Unmarshal(b, &all); err != nil || len(all) != 1 {
		return errGrantAssertion
	}
	*o = oneOf(all[0])
	return nil
}

// jwtBearer gives an application tokens for a user for whom it vouches with its
// own key (RFC 7523 §2.1). Nobody proves anything of the user here, so it is
// for applications of the operator's own alone, and gives neither an ID token,
// which would tell of a sign-in that never was, nor a refresh token (RFC 7521
// §4.1).
func (i *Issuer) jwtBearer(ctx context.Context, r Request) (Answer, error) {
	if r.Application.Public() || !r.Application.FirstParty {
		return Answer{}, reason.New(reason.OAuthGrantNotAllowed)
	}
	if !r.Values.Has("assertion") {
		return Answer{}, reason.New(reason.OAuthRequestInvalid).On("assertion", reason.InputRequired, "")
	}
	if err := detailless(r); err != nil {
		return Answer{}, err
	}
	wish, err := i.vouchedWish(ctx, r)
	if err != nil {
		return Answer{}, err
	}
	user, err := i.vouched(ctx, r)
	if err != nil {
		return Answer{}, err
	}
	var made issued
	err = r.Tenant.Store.Write(ctx, func(tx *store.Tx) error {
		made, err = i.beginVouched(ctx, tx, r, user, wish)
		return err
	})
	if err != nil {
		return Answer{}, err
	}
	return i.access(ctx, r, made)
}

// vouchedWish leaves out what needs a sign-in or outlives one.
func (i *Issuer) vouchedWish(ctx context.Context, r Request) (Wish, error) {
	wish, err := i.Wanted(ctx, r.Tenant.Store, r.Tenant, r.Application, r.Values)
	wish.Scopes = slices.DeleteFunc(slices.Clone(wish.Scopes), func(s string) bool {
		return s == authorize.ScopeOpenID || s == authorize.ScopeOffline
	})
	if err == nil && len(wish.Scopes) == 0 {
		err = reason.New(reason.OAuthScope).On("scope", reason.InputInvalid, "")
	}
	return wish, err
}

// beginVouched judges and starts a family without a session.
func (i *Issuer) beginVouched(ctx context.Context, tx *store.Tx, r Request, user *models.User, wish Wish) (issued, error) {
	_, err := i.MayIssue(ctx, tx, r.Tenant, Claim{
		Application: r.Application, GrantType: models.GrantJWTBearer, UserID: user.ID, Scopes: wish.Scopes, Targets: wish.Targets,
	})
	if err != nil {
		return issued{}, err
	}
	family, _, err := i.Tokens.NewFamily(ctx, tx, tokens.NewFamily{
		Settings: r.Tenant.Row.Settings.V.For(r.Application.Options.V), GrantType: models.GrantJWTBearer, Code: &models.Code{
			ApplicationID: r.Application.ID, UserID: user.ID, Scope: strings.Join(wish.Scopes, " "), Resource: wish.Resource,
			AuthTime: models.At(time.Unix(0, 0)), // nobody signed in: no token says when
			AMR:      models.AsJSON([]string{}),
		},
	})
	return issued{family: family, scopes: wish.Scopes, user: user, targets: wish.Targets}, err
}

// vouched is the user whom the assertion names: one that the application made
// for us, a moment ago, and that was not used before (RFC 7523 §3).
func (i *Issuer) vouched(ctx context.Context, r Request) (*models.User, error) {
	said, err := i.said(ctx, r)
	if err != nil {
		return nil, unvouched(err)
	}
	until := time.UnixMilli(int64(said.Expires * 1000))
	if !i.timely(said, until) || said.Issuer != r.Application.ClientID || string(said.Audience) != r.Tenant.Issuer ||
		said.ID == "" || len(said.ID) > maxGrantJTI {
		return nil, unvouched(errGrantAssertion)
	}
	first, err := i.Replays.First(ctx, r.Tenant.Store, replays.Grant, until, r.Application.ID, said.ID)
	if err != nil {
		return nil, err
	}
	if !first {
		return nil, unvouched(errGrantAssertion)
	}
	user, err := i.Users.ByID(ctx, r.Tenant.Store, said.Subject)
	if reason.Has(err, reason.UserUnknown) {
		user, err = i.Users.ByUsername(ctx, r.Tenant.Store, said.Subject)
	}
	if err != nil {
		return nil, unvouched(err)
	}
	return user, nil
}

// unvouched tells a faulty assertion from a fault of ours.
func unvouched(err error) error {
	var e *reason.Error
	if errors.As(err, &e) && e.Meaning().Kind == reason.Internal {
		return e
	}
	return reason.Wrap(reason.OAuthAssertion, err).On("assertion", reason.InputInvalid, "")
}

func (i *Issuer) timely(said *assertion, until time.Time) bool {
	now := i.Now()
	for _, ahead := range []*float64{said.Issued, said.NotBefore} {
		if ahead != nil && time.UnixMilli(int64(*ahead*1000)).Sub(now) > maxGrantAhead {
			return false
		}
	}
	return now.Before(until) && until.Sub(now) <= maxGrantLife
}

// said verifies the signature with the application's registered keys; one that
// the assertion brings along is none.
func (i *Issuer) said(ctx context.Context, r Request) (*assertion, error) {
	signed, err := i.Applications.Verify(ctx, r.Application, r.Values.Get("assertion"), applications.SignatureAlgorithms())
	if err != nil {
		return nil, err
	}
	if !applications.OfType(signed.Type, "", "jwt", "authorization-grant+jwt") {
		return nil, errGrantAssertion
	}
	var said assertion
	return &said, json.Unmarshal(signed.Payload, &said)
}
