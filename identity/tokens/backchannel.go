package tokens

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"strings"
	"time"

	"github.com/google/uuid"

	"gatehouse/identity/access"
	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// BackchannelLife is how long a user may take to answer a request, and
// BackchannelMost the longest that an application may ask for (OpenID Connect
// CIBA §7.1).
const (
	BackchannelLife = 5 * time.Minute
	BackchannelMost = 30 * time.Minute
)

const backchannelPrefix = "gtb_"

// Approval is who let an application have tokens, and by which sign-in.
type Approval struct {
	SessionID string // empty: staff did, for whom there is none of the user
	AuthTime  time.Time
	AMR       []string
	ACR       string
}

// NewBackchannel stores an application's request for a user and returns its
// auth_req_id. Token is the client_notification_token; empty: none. Id, status
// and times of the row are set here.
func (m *Mint) NewBackchannel(ctx context.Context, w store.Writer, b models.BackchannelRequest, token string, life time.Duration) (string, error) {
	now := m.now()
	b.ID, b.Status, b.IntervalSeconds = store.NewID(), models.RequestPending, int(PollInterval/time.Second)
	b.AMR = models.AsJSON([]string{})
	b.CreatedAt, b.ExpiresAt = models.At(now), models.At(now.Add(life))
	b.NotificationToken = []byte{}
	if token != "" {
		var err error
		if b.NotificationToken, err = m.k.Seal(notificationPlace(w.ID(), b.ID), []byte(token)); err != nil {
			return "", err
		}
	}
	if b.Mode != models.DeliverPoll {
		b.NotifyAt = b.ExpiresAt // so that it is told where nobody answers
	}
	err := w.Write(ctx, func(tx *store.Tx) error { return insertBackchannel(ctx, tx, &b) })
	return m.authReqID(w.ID(), b.ID), err
}

func notificationPlace(tenantID, id string) seal.Context {
	return seal.Context{Table: "backchannel_requests", Column: "notification_token", Tenant: tenantID, Row: id}
}

// NotificationToken is the token by which the application knows who calls it.
func (m *Mint) NotificationToken(b *models.BackchannelRequest) (string, error) {
	token, err := m.k.Open(notificationPlace(b.TenantID, b.ID), b.NotificationToken)
	return string(token), err
}

// AuthReqID is the name of a request that its application knows.
func (m *Mint) AuthReqID(b *models.BackchannelRequest) string { return m.authReqID(b.TenantID, b.ID) }

func (m *Mint) authReqID(tenantID, id string) string {
	key, err := uuid.Parse(id)
	if err != nil {
		return "" // ids are made here
	}
	mac := m.k.MAC("auth_req_id", []byte(tenantID), []byte(id))
	return backchannelPrefix + base64.RawURLEncoding.EncodeToString(append(key[:], mac...))
}

// backchannelOf finds the request of an auth_req_id that this server made.
func (m *Mint) backchannelOf(ctx context.Context, r store.Reader, authReqID string) (*models.BackchannelRequest, error) {
	unknown := reason.New(reason.OAuthAuthReqUnknown)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimPrefix(authReqID, backchannelPrefix))
	if err != nil || len(raw) < idBytes {
		return nil, unknown
	}
	id, err := uuid.FromBytes(raw[:idBytes])
	if err != nil || !hmac.Equal([]byte(m.authReqID(r.ID(), id.String())), []byte(authReqID)) {
		return nil, unknown
	}
	b, err := backchannelByID(ctx, r, id.String())
	if store.NotFound(err) {
		return nil, unknown
	}
	return b, err
}

// Backchannel returns a request that waits for its user. It returns
// reason.BackchannelUnknown.
func (m *Mint) Backchannel(ctx context.Context, r store.Reader, id string) (*models.BackchannelRequest, error) {
	b, err := backchannelByID(ctx, r, id)
	if store.NotFound(err) || err == nil && (b.Status != models.RequestPending || !m.now().Before(b.ExpiresAt.Time)) {
		return nil, reason.New(reason.BackchannelUnknown)
	}
	return b, err
}

// BackchannelsOf lists the requests that wait for a user, the newest first. The
// caller is the user himself.
func (m *Mint) BackchannelsOf(ctx context.Context, r store.Reader, userID string) ([]models.BackchannelRequest, error) {
	return backchannels(ctx, r, userID, models.At(m.now()))
}

// Backchannels lists the requests that wait, for one user or, where userID is
// empty, for all. It needs access.SessionsRead.
func (m *Mint) Backchannels(ctx context.Context, r store.Reader, userID string) ([]models.BackchannelRequest, error) {
	if err := access.Require(ctx, r.ID(), access.SessionsRead); err != nil {
		return nil, err
	}
	return backchannels(ctx, r, userID, models.At(m.now()))
}

// AllowBackchannel lets the application have tokens. It returns
// reason.BackchannelUnknown where the request no longer waits.
func (m *Mint) AllowBackchannel(ctx context.Context, tx *store.Tx, b *models.BackchannelRequest, by Approval) error {
	return m.answerBackchannel(ctx, tx, b, map[string]any{
		"status": models.RequestAllowed, "session_id": by.SessionID, "auth_time": models.At(by.AuthTime),
		"amr": models.AsJSON(by.AMR), "acr": by.ACR,
	})
}

// DenyBackchannel refuses it. It returns reason.BackchannelUnknown.
func (m *Mint) DenyBackchannel(ctx context.Context, tx *store.Tx, b *models.BackchannelRequest) error {
	return m.answerBackchannel(ctx, tx, b, map[string]any{"status": models.RequestDenied})
}

func (m *Mint) answerBackchannel(ctx context.Context, tx *store.Tx, b *models.BackchannelRequest, set map[string]any) error {
	if b.Mode != models.DeliverPoll {
		set["notify_at"] = models.At(m.now())
	}
	first, err := moveBackchannel(ctx, tx, b.ID, models.RequestPending, set, models.At(m.now()))
	if err == nil && !first {
		return reason.New(reason.BackchannelUnknown)
	}
	return err
}

// PollBackchannel looks what became of a request and takes it, once, where the
// user allowed it. The second result is what the application has to be told
// instead, in a transaction that commits: OAuthPending, OAuthSlowDown. It
// returns OAuthAuthReqUnknown, OAuthGrantNotAllowed for one that is pushed,
// OAuthRequestExpired or OAuthRequestDenied (OpenID Connect CIBA §11).
func (m *Mint) PollBackchannel(ctx context.Context, tx *store.Tx, authReqID, applicationID string) (*models.BackchannelRequest, *reason.Error, error) {
	b, err := m.backchannelOf(ctx, tx, authReqID)
	switch {
	case err != nil:
		return nil, nil, err
	case b.ApplicationID != applicationID, b.Status == models.RequestUsed:
		return nil, nil, reason.New(reason.OAuthAuthReqUnknown)
	case b.Mode == models.DeliverPush:
		return nil, nil, reason.New(reason.OAuthGrantNotAllowed)
	case !m.now().Before(b.ExpiresAt.Time):
		return nil, nil, reason.New(reason.OAuthRequestExpired)
	case b.Status == models.RequestDenied:
		return nil, nil, reason.New(reason.OAuthRequestDenied)
	case b.Status == models.RequestPending:
		again, err := m.polledBackchannel(ctx, tx, b)
		return nil, again, err
	}
	return b, nil, m.takeBackchannel(ctx, tx, b, nil)
}

// takeBackchannel marks an allowed request as used, once.
func (m *Mint) takeBackchannel(ctx context.Context, tx *store.Tx, b *models.BackchannelRequest, set map[string]any) error {
	if set == nil {
		set = map[string]any{}
	}
	set["status"] = models.RequestUsed
	first, err := moveBackchannel(ctx, tx, b.ID, models.RequestAllowed, set, models.At(m.now()))
	if err == nil && !first {
		return reason.New(reason.OAuthAuthReqUnknown)
	}
	return err
}

func (m *Mint) polledBackchannel(ctx context.Context, tx *store.Tx, b *models.BackchannelRequest) (*reason.Error, error) {
	told, wait := reason.New(reason.OAuthPending), time.Duration(b.IntervalSeconds)*time.Second
	if tooEarly(m.now(), b.PolledAt, wait) {
		told, wait = reason.New(reason.OAuthSlowDown), wait+PollInterval
	}
	return told, stampBackchannel(ctx, tx, b.ID, int(wait/time.Second), models.At(m.now()))
}
