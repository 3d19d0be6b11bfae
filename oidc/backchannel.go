package oidc

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gatehouse/identity/throttle"
	"gatehouse/identity/tokens"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/grants"
	"gatehouse/reason"
)

// backchannelAnswer is an answer of OpenID Connect CIBA §7.3.
type backchannelAnswer struct {
	AuthReqID string `json:"auth_req_id"`
	ExpiresIn int    `json:"expires_in"`         // seconds, as the next
	Interval  int    `json:"interval,omitempty"` // absent: nobody polls
}

// BackchannelAuthentication takes a request that a user shall allow on a device
// of his own (OpenID Connect CIBA §7). The client authenticates as at the token
// endpoint, and has to have something to prove.
func (p *Provider) BackchannelAuthentication(ctx context.Context, t Tenant, in Params, authorization string) Document {
	app, refusal := p.client(ctx, t, in, authorization)
	if refusal != nil {
		return *refusal
	}
	ctx = as(ctx, clientActor(app))
	made, err := p.beginBackchannel(ctx, t, app, in.Values)
	if err != nil {
		f := refused{step: "backchannel_authentication", err: reason.From(err), application: app}
		if f.err.Code == reason.OAuthObjectInvalid || f.err.Code == reason.OAuthKeys {
			f.oauth = "invalid_request" // CIBA §13 knows no error of request objects
		}
		return p.refuseToken(ctx, t, f, "")
	}
	return p.answer(made).to(app)
}

func (p *Provider) beginBackchannel(ctx context.Context, t Tenant, app *models.Application, v strict.Values) (backchannelAnswer, error) {
	v, err := p.backchannelValues(ctx, t, app, v)
	if err != nil {
		return backchannelAnswer{}, err
	}
	wish, err := p.Grants.Wanted(ctx, t.Store, t, app, v)
	if err != nil {
		return backchannelAnswer{}, err
	}
	asked, life, err := askedBackchannel(app, v, wish)
	if err != nil {
		return backchannelAnswer{}, err
	}
	claim := grants.Claim{Application: app, GrantType: models.GrantCIBA, Scopes: wish.Scopes, Targets: wish.Targets, Details: wish.Details}
	if _, err := p.Grants.MayIssue(ctx, t.Store, t, claim); err != nil {
		return backchannelAnswer{}, err
	}
	if err := p.Throttle.Spend(ctx, t.Store, throttle.Backchannel, app.ID); err != nil {
		return backchannelAnswer{}, err
	}
	user, err := p.asked(ctx, t, app, v)
	if err != nil {
		return backchannelAnswer{}, err
	}
	// One user is not to be pestered, whoever asks (CIBA §14).
	if err := p.Throttle.Spend(ctx, t.Store, throttle.BackchannelUser, user.ID); err != nil {
		return backchannelAnswer{}, err
	}
	asked.UserID, asked.Issuer = user.ID, t.Issuer
	id, err := p.Tokens.NewBackchannel(ctx, t.Store, asked, v.Get("client_notification_token"), life)
	answer := backchannelAnswer{AuthReqID: id, ExpiresIn: int(life / time.Second)}
	if asked.Mode != models.DeliverPush {
		answer.Interval = int(tokens.PollInterval / time.Second)
	}
	return answer, err
}

// askedBackchannel is the request as far as it speaks of no user.
func askedBackchannel(app *models.Application, v strict.Values, wish grants.Wish) (models.BackchannelRequest, time.Duration, error) {
	none := models.BackchannelRequest{}
	if app.Public() {
		return none, 0, reason.New(reason.OAuthGrantNotAllowed)
	}
	if !v.Has("scope") || !slices.Contains(wish.Scopes, authorize.ScopeOpenID) {
		return none, 0, reason.New(reason.OAuthScope).On("scope", reason.InputRequired, authorize.ScopeOpenID)
	}
	mode := app.Options.V.CIBAMode
	if mode == "" {
		mode = models.DeliverPoll
	}
	if token := v.Get("client_notification_token"); mode != models.DeliverPoll && !bearerForm(token) {
		return none, 0, reason.New(reason.OAuthNotificationToken).On("client_notification_token", reason.InputFormat, "")
	}
	message := v.Get("binding_message")
	if !plainMessage(message) {
		return none, 0, reason.New(reason.OAuthBindingMessage)
	}
	life, err := requestedLife(v.Get("requested_expiry"))
	return models.BackchannelRequest{
		ApplicationID: app.ID, Scope: strings.Join(wish.Scopes, " "), BindingMessage: message, Mode: mode,
		Details: models.AsJSON(models.GrantDetails{Resources: strings.Fields(wish.Resource), AuthorizationDetails: wish.Details.JSON()}),
	}, life, err
}

// bearerForm reports whether a token can stand in an Authorization header: at most
// 1024 characters of RFC 6750 §2.1 (CIBA §7.1).
func bearerForm(token string) bool {
	const longest = 1024
	body := strings.TrimRight(token, "=")
	if body == "" || len(token) > longest {
		return false
	}
	return !strings.ContainsFunc(body, func(c rune) bool {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		return !letter && !strings.ContainsRune("-._~+/", c)
	})
}

// plainMessage reports whether a binding message can be shown on any device
// and compared by a person: at most 20 visible characters, none of them able to
// change how others look.
func plainMessage(s string) bool {
	const longest = 20
	return utf8.RuneCountInString(s) <= longest && !strings.ContainsFunc(s, func(c rune) bool {
		return c != ' ' && !unicode.In(c, unicode.L, unicode.N, unicode.P)
	})
}

func requestedLife(text string) (time.Duration, error) {
	if text == "" {
		return tokens.BackchannelLife, nil
	}
	seconds, err := strconv.ParseUint(text, 10, 31)
	if err != nil || seconds == 0 {
		return 0, reason.New(reason.OAuthRequestInvalid).On("requested_expiry", reason.InputFormat, "")
	}
	return min(time.Duration(seconds)*time.Second, tokens.BackchannelMost), nil
}

// asked is the user whom exactly one hint names (CIBA §7.1). Who may not sign
// in is not there.
func (p *Provider) asked(ctx context.Context, t Tenant, app *models.Application, v strict.Values) (*models.User, error) {
	hints := 0
	for _, name := range []string{"login_hint", "id_token_hint", "login_hint_token"} {
		if v.Has(name) {
			hints++
		}
	}
	switch {
	case v.Has("login_hint_token"):
		return nil, reason.New(reason.OAuthHintToken).On("login_hint_token", reason.InputUnknown, "")
	case hints != 1:
		return nil, reason.New(reason.OAuthRequestInvalid).On("login_hint", reason.InputRequired, "")
	}
	user, err := p.hintedUser(ctx, t, app, v)
	if err == nil {
		err = p.Users.Verdict(ctx, t.Store, user)
	}
	if err != nil && reason.From(err).Meaning().Kind != reason.Internal {
		return nil, reason.Wrap(reason.OAuthHintUnknown, err)
	}
	return user, err
}

func (p *Provider) hintedUser(ctx context.Context, t Tenant, app *models.Application, v strict.Values) (*models.User, error) {
	if v.Has("login_hint") {
		return p.Users.ByIdentifier(ctx, t.Store, v.Get("login_hint"))
	}
	h, err := p.readHint(ctx, t, v.Get("id_token_hint"))
	if err != nil || !slices.Contains(h.Audience, app.ClientID) {
		return nil, reason.Wrap(reason.OAuthLogoutHint, err)
	}
	id := h.Subject
	if p.Applications.SubjectOf(app, id) != id { // pairwise: only the session knows who it is
		s, err := p.Sessions.ByID(ctx, t.Store, h.SID)
		if err != nil {
			return nil, err
		}
		if id = s.UserID; p.Applications.SubjectOf(app, id) != h.Subject {
			return nil, reason.New(reason.OAuthLogoutHint)
		}
	}
	return p.Users.ByID(ctx, t.Store, id)
}
