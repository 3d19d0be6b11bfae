package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/caller"
	"gatehouse/internal/outbound"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc/grants"
	"gatehouse/reason"
	"gatehouse/store"
)

// Tenants knows tenants by their id; *tenants.Directory does.
type Tenants interface {
	ByID(ctx context.Context, id string) (*models.Tenant, error)
}

// Notifier tells applications what became of their back-channel requests: that
// there is an answer (ping), or the answer itself (push) (OpenID Connect CIBA
// §10.2 and §10.3).
type Notifier struct {
	DB       *store.DB
	Tenants  Tenants
	Provider *Provider
	Outbound *outbound.Client
	Now      func() time.Time
	Logger   *slog.Logger
}

// Deliver tells whoever is to be told now. What fails is tried again later.
func (n *Notifier) Deliver(ctx context.Context) error {
	due, err := n.Provider.Tokens.Due(ctx, n.DB)
	for i := range due {
		b := &due[i]
		if failed := n.deliver(ctx, b); failed != nil {
			n.Logger.WarnContext(ctx, "application not told of an answer", "tenant", b.TenantID, "application", b.ApplicationID, "tries", b.NotifyTries, "error", failed)
			if !errors.Is(failed, errDeclined) {
				err = errors.Join(err, n.Provider.Tokens.NotTold(ctx, n.DB.Tenant(b.TenantID), b))
				continue
			}
		}
		err = errors.Join(err, n.Provider.Tokens.Told(ctx, n.DB.Tenant(b.TenantID), b.ID))
	}
	return err
}

func (n *Notifier) deliver(ctx context.Context, b *models.BackchannelRequest) error {
	in := n.DB.Tenant(b.TenantID)
	row, err := n.Tenants.ByID(ctx, b.TenantID)
	if err != nil {
		return err
	}
	app, err := n.Provider.Applications.ByID(ctx, in, b.ApplicationID)
	if err != nil {
		return err
	}
	ctx = caller.With(ctx, caller.Info{RequestID: store.NewID(), Via: caller.ViaSystem, Actor: clientActor(app)})
	t := Tenant{Row: row, Store: in, Issuer: b.Issuer}
	body, err := n.message(ctx, t, app, b)
	if err != nil {
		return err
	}
	return n.post(ctx, app, b, body)
}

// message is what the application is sent. That nobody answered in time is
// only for those who do not ask themselves.
func (n *Notifier) message(ctx context.Context, t Tenant, app *models.Application, b *models.BackchannelRequest) ([]byte, error) {
	id := n.Provider.Tokens.AuthReqID(b)
	if b.Mode != models.DeliverPush {
		return json.Marshal(map[string]string{"auth_req_id": id})
	}
	switch b.Status {
	case models.RequestDenied:
		return pushError(id, reason.New(reason.OAuthRequestDenied))
	case models.RequestPending:
		return pushError(id, reason.New(reason.OAuthRequestExpired))
	default:
	}
	answer, err := n.Provider.Grants.Push(ctx, grants.Request{Tenant: t, Application: app, Values: strict.Values{}}, b)
	if e := reason.From(err); err != nil && e.Meaning().Kind != reason.Internal {
		return pushError(id, e)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer) //nolint:gosec // the tokens are what is delivered
}

// pushError is the message that there are no tokens (CIBA §12).
func pushError(id string, err *reason.Error) ([]byte, error) {
	oauth := "access_denied"
	if err.Code == reason.OAuthRequestExpired {
		oauth = "expired_token"
	}
	return json.Marshal(map[string]string{"auth_req_id": id, "error": oauth, "error_description": describe(err, "")})
}

// errDeclined tells that an application was reached and wants nothing: trying
// again would not change its mind.
var errDeclined = errors.New("the application declined")

// heard judges an application's answer. One that speaks of the request, or leads
// elsewhere, is its last word (CIBA §10.2).
func heard(status int) error {
	text := errors.New("the application answered " + http.StatusText(status))
	switch {
	case status/100 == 2:
		return nil
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status/100 == 5:
		return text
	}
	return errors.Join(errDeclined, text)
}

func (n *Notifier) post(ctx context.Context, app *models.Application, b *models.BackchannelRequest, body []byte) error {
	token, err := n.Provider.Tokens.NotificationToken(b)
	if err != nil {
		return err
	}
	answer, err := n.Outbound.Do(ctx, outbound.Request{
		Method: http.MethodPost, URL: app.Options.V.CIBANotificationEndpoint, Body: body,
		Header: http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}},
	})
	if err != nil {
		return err
	}
	if err := heard(answer.Status); err != nil {
		return err
	}
	return n.DB.Tenant(b.TenantID).Write(ctx, func(tx *store.Tx) error {
		return audit.Append(ctx, tx, n.Now(), audit.Event{
			Action: audit.BackchannelNotified, ApplicationID: app.ID, UserID: b.UserID,
			Target:  audit.Target{Type: "application", ID: app.ID, Name: app.DisplayName},
			Details: map[string]any{"client_id": app.ClientID, "kind": b.Mode},
		})
	})
}
