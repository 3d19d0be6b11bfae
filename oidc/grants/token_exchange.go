package grants

import (
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/tokens"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
	"gatehouse/store"
)

// The token types that can be exchanged (RFC 8693 §3).
const (
	tokenTypeAccess = "urn:ietf:params:oauth:token-type:access_token" //nolint:gosec // a name, no credential
	tokenTypeID     = "urn:ietf:params:oauth:token-type:id_token"     //nolint:gosec // a name, no credential
)

// maxActors is how many may act one for the other (R44).
const maxActors = 3

// party is who a token of an exchange speaks of.
type party struct {
	subject  string // sub of the token
	userID   string // empty: an application alone
	clientID string // whom it was issued to
	audience []string
	scopes   []string
	family   string // empty: none stands behind it
	sid      string
	session  *models.Session // of an ID token
	authTime time.Time
	acr      string
	amr      []string
	expires  time.Time
	act      *tokens.Actor
	mayAct   *tokens.Actor
}

// tokenExchange changes a token that somebody showed the application into one
// with which the application may go on to another API in his name (RFC 8693).
// It never holds more scopes than the first, nor longer, and it says who acts
// (R44).
func (i *Issuer) tokenExchange(ctx context.Context, r Request) (Answer, error) {
	if r.Application.Public() {
		return Answer{}, reason.New(reason.OAuthGrantNotAllowed)
	}
	if err := detailless(r); err != nil {
		return Answer{}, err
	}
	switch r.Values.Get("requested_token_type") {
	case "", tokenTypeAccess:
	default:
		return Answer{}, reason.New(reason.OAuthTokenType).On("requested_token_type", reason.InputUnknown, "")
	}
	subject, err := i.party(ctx, r, "subject_token", reason.OAuthSubjectToken)
	if err != nil {
		return Answer{}, err
	}
	act, err := i.actor(ctx, r, subject)
	if err != nil {
		return Answer{}, err
	}
	audience, err := exchangeAudience(r, subject)
	if err != nil {
		return Answer{}, err
	}
	scopes, err := exchangeScopes(r, subject)
	if err != nil {
		return Answer{}, err
	}
	return i.exchanged(ctx, r, subject, tokens.Access{
		Issuer: r.Tenant.Issuer, Subject: subject.subject, ClientID: r.Application.ClientID, Audience: audience,
		Scope: strings.Join(scopes, " "), FamilyID: subject.family, SessionID: subject.sid, AuthTime: subject.authTime,
		ACR: subject.acr, AMR: subject.amr, JTI: secret.Random("", 16).Reveal(), Actor: act, Alg: r.Application.SignedBy(r.Application.Options.V.AccessTokenAlg),
		Bound:    r.Bound,
		Lifetime: min(accessLife(r.Tenant, r.Application), subject.expires.Sub(i.Now())),
	})
}

// exchanged judges anew, records and signs.
func (i *Issuer) exchanged(ctx context.Context, r Request, subject *party, a tokens.Access) (Answer, error) {
	claim := Claim{
		Application: r.Application, GrantType: models.GrantTokenExchange, UserID: subject.userID,
		Scopes: strings.Fields(a.Scope),
	}
	if subject.session != nil {
		claim.SessionID = subject.session.ID // which has to be enough for the application, too
	}
	user, err := i.MayIssue(ctx, r.Tenant.Store, r.Tenant, claim)
	if err != nil {
		return Answer{}, err
	}
	if subject.userID != "" {
		a.Subject = i.Applications.SubjectOf(r.Application, subject.userID)
	}
	if subject.userID != "" && a.FamilyID == "" {
		if a.FamilyID, err = i.familyOfSession(ctx, r, subject, a.Scope); err != nil {
			return Answer{}, err
		}
	}
	targets, err := i.Resources.Named(ctx, r.Tenant.Store, a.Audience)
	if err != nil {
		return Answer{}, err
	}
	a.Opaque, a.Lifetime = opaque(r, targets), targets.Life(a.Lifetime)
	a.Claims, err = i.written(ctx, r, writing{target: models.ClaimsOfAccessToken, user: user, scopes: strings.Fields(a.Scope)})
	if err != nil {
		return Answer{}, err
	}
	token, err := i.Tokens.AccessToken(ctx, r.Tenant.Store, a)
	if err != nil {
		return Answer{}, err
	}
	return Answer{
		AccessToken: token, IssuedTokenType: tokenTypeAccess, TokenType: r.tokenType(),
		ExpiresIn: int(a.Lifetime / time.Second), Scope: a.Scope,
	}, i.recordExchange(ctx, r, subject, a)
}

// familyOfSession begins the family of a token for an ID token, so that it ends
// with the session of that.
func (i *Issuer) familyOfSession(ctx context.Context, r Request, subject *party, scope string) (string, error) {
	s, id := subject.session, ""
	err := r.Tenant.Store.Write(ctx, func(tx *store.Tx) error {
		f, _, err := i.Tokens.NewFamily(ctx, tx, tokens.NewFamily{
			Settings: r.Tenant.Row.Settings.V.For(r.Application.Options.V), GrantType: models.GrantTokenExchange, Code: &models.Code{
				ApplicationID: r.Application.ID, UserID: s.UserID, SessionID: s.ID, Scope: scope,
				AuthTime: s.AuthTime, AMR: s.AMR, ACR: s.ACR,
			},
		})
		if err == nil {
			id = f.ID
		}
		return err
	})
	return id, err
}

func (i *Issuer) recordExchange(ctx context.Context, r Request, subject *party, a tokens.Access) error {
	return i.Events.Append(ctx, r.Tenant.Store.ID(), audit.Event{
		Action: audit.TokenIssued, ApplicationID: r.Application.ID, UserID: subject.userID, SessionID: subject.sid,
		Target: audit.Target{Type: "application", ID: r.Application.ID, Name: r.Application.ClientID},
		Details: map[string]any{
			"grant_type": models.GrantTokenExchange, "scope": a.Scope, "resource": strings.Join(a.Audience, " "),
			"jti": a.JTI, "family_id": a.FamilyID, "client_id": subject.clientID, "actor": a.Actor.Subject,
		},
	})
}

// party reads one of the two tokens of an exchange. Any that this tenant did
// not issue, or that no longer holds, is refused alike (RFC 8693 §2.2.2).
func (i *Issuer) party(ctx context.Context, r Request, name string, code reason.Code) (*party, error) {
	token := r.Values.Get(name)
	if token == "" {
		return nil, reason.New(reason.OAuthRequestInvalid).On(name, reason.InputRequired, "")
	}
	var found *party
	var err error
	switch r.Values.Get(name + "_type") {
	case tokenTypeAccess:
		found, err = i.accessParty(ctx, r, token)
	case tokenTypeID:
		found, err = i.idParty(ctx, r, token)
	default:
		return nil, reason.New(reason.OAuthTokenType).On(name+"_type", reason.InputUnknown, "")
	}
	if err != nil && reason.From(err).Meaning().Kind != reason.Internal {
		return nil, reason.Wrap(code, err).On(name, reason.InputInvalid, "")
	}
	return found, err
}

// accessParty takes an access token that was issued to the application or that
// an API of the application may have been shown: one for the tenant's own
// audience, or for the application by name. Tokens for the management API stay
// there (R11).
func (i *Issuer) accessParty(ctx context.Context, r Request, token string) (*party, error) {
	c, err := i.Living(ctx, r.Tenant, token)
	if err != nil {
		return nil, err
	}
	own := c.ClientID == r.Application.ClientID || slices.Contains(c.Audience, r.Application.ClientID) ||
		slices.Contains(c.Audience, r.Tenant.Issuer)
	if !own || slices.Contains(c.Audience, APIResource(r.Tenant)) {
		return nil, reason.New(reason.OAuthTokenInvalid)
	}
	p := &party{
		subject: c.Subject, userID: c.UserID(), clientID: c.ClientID, audience: c.Audience, scopes: strings.Fields(c.Scope),
		family: c.FamilyID, sid: c.SID, acr: c.ACR, amr: c.AMR, expires: time.Unix(c.Expires, 0), act: c.Act, mayAct: c.MayAct,
	}
	if c.AuthTime > 0 {
		p.authTime = time.Unix(c.AuthTime, 0)
	}
	return p, nil
}

// idParty takes an ID token that was issued to the application itself, as long
// as its session lasts. It stands for the user alone: it holds no scope but
// openid.
func (i *Issuer) idParty(ctx context.Context, r Request, token string) (*party, error) {
	c, err := i.Tokens.ParseID(ctx, r.Tenant.Store, r.Tenant.Issuer, token)
	if err != nil {
		return nil, err
	}
	if c.Audience != r.Application.ClientID || c.SID == "" {
		return nil, reason.New(reason.OAuthTokenInvalid)
	}
	s, err := i.Sessions.ByID(ctx, r.Tenant.Store, c.SID)
	if err != nil {
		return nil, err
	}
	if i.Applications.SubjectOf(r.Application, s.UserID) != c.Subject {
		return nil, reason.New(reason.OAuthTokenInvalid)
	}
	return &party{
		subject: c.Subject, userID: s.UserID, clientID: c.Audience, audience: []string{r.Tenant.Issuer},
		scopes: []string{authorize.ScopeOpenID}, sid: s.ID, session: s, authTime: s.AuthTime.Time, acr: s.ACR, amr: s.AMR.V,
		expires: time.Unix(c.Expires, 0), mayAct: c.MayAct,
	}, nil
}

// actor is who acts from here on, before whoever acted so far: the party of the
// actor token, which has to be the application's own, or the application itself
// (RFC 8693 §4.1).
func (i *Issuer) actor(ctx context.Context, r Request, subject *party) (*tokens.Actor, error) {
	act := &tokens.Actor{Subject: SubjectPrefix + r.Application.ClientID, ClientID: r.Application.ClientID, Act: subject.act}
	if r.Values.Has("actor_token") || r.Values.Has("actor_token_type") {
		shown, err := i.party(ctx, r, "actor_token", reason.OAuthActorToken)
		if err != nil {
			return nil, err
		}
		if shown.clientID != r.Application.ClientID {
			return nil, reason.New(reason.OAuthActorToken).On("actor_token", reason.InputInvalid, "")
		}
		act.Subject = shown.subject
	}
	// A token that names who may act is of use to nobody else (§4.4).
	if subject.mayAct != nil && subject.mayAct.Subject != act.Subject || act.Depth() > maxActors {
		return nil, reason.New(reason.OAuthActorToken)
	}
	return act, nil
}

// exchangeAudience is whom the new token is for: only those for whom the
// application is registered; without a choice the tenant's own audience, if the
// first token was for that (RFC 8693 §2.1).
func exchangeAudience(r Request, subject *party) ([]string, error) {
	var asked []string
	for _, name := range []string{"audience", "resource"} {
		if value := r.Values.Get(name); value != "" && !slices.Contains(asked, value) {
			asked = append(asked, value)
		}
	}
	if len(asked) == 0 && slices.Contains(subject.audience, r.Tenant.Issuer) {
		return []string{r.Tenant.Issuer}, nil
	}
	may := r.Application.Options.V.ExchangeAudiences
	refused := func(a string) bool { return !slices.Contains(may, a) || a == APIResource(r.Tenant) }
	if len(asked) == 0 || slices.ContainsFunc(asked, refused) {
		return nil, reason.New(reason.OAuthResource)
	}
	return asked, nil
}

// exchangeScopes never grow: they are those of the first token that are asked
// for; without a choice all that the application may have. What outlives the
// session is no part of them.
func exchangeScopes(r Request, subject *party) ([]string, error) {
	held := slices.DeleteFunc(slices.Clone(subject.scopes), func(s string) bool { return s == authorize.ScopeOffline })
	if !r.Values.Has("scope") {
		return slices.DeleteFunc(held, func(s string) bool { return !registered(Claim{Application: r.Application, Scopes: []string{s}}) }), nil
	}
	return fewer(r, held)
}
