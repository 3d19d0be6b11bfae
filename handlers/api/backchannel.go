package api

import (
	"context"
	"strings"
	"time"

	"gatehouse/identity/access"
	"gatehouse/models"
	"gatehouse/oidc"
)

// Approvals answers back-channel requests in users' places; *oidc.Provider does.
type Approvals interface {
	ApproveFor(ctx context.Context, t oidc.Tenant, id string, d oidc.Decision) error
}

func (a *API) backchannelRoutes() []route {
	return []route{
		{"GET", "/backchannel-requests", access.SessionsRead, (*call).backchannels},
		{"POST", "/backchannel-requests/:request/approve", access.SessionsWrite, (*call).backchannelApprove},
		{"POST", "/backchannel-requests/:request/deny", access.SessionsWrite, (*call).backchannelDeny},
	}
}

type backchannelView struct {
	ID             string    `json:"id"`
	UserID         string    `json:"user_id"`
	ApplicationID  string    `json:"application_id"`
	Scopes         []string  `json:"scopes"`
	BindingMessage string    `json:"binding_message,omitempty"`
	DeliveryMode   string    `json:"delivery_mode"`
	CreatedAt      time.Time `json:"created_at"`
	ExpiresAt      time.Time `json:"expires_at"`
}

func viewBackchannel(b *models.BackchannelRequest) backchannelView {
	return backchannelView{
		b.ID, b.UserID, b.ApplicationID, strings.Fields(b.Scope), b.BindingMessage, b.Mode, b.CreatedAt.Time, b.ExpiresAt.Time,
	}
}

// backchannels lists the requests that wait for an answer.
func (c *call) backchannels() error {
	_, q, err := c.paging()
	if err != nil {
		return err
	}
	rows, err := c.Tokens.Backchannels(c.ctx(), c.Store, q("user_id"))
	if err != nil {
		return err
	}
	out := list[backchannelView]{Items: make([]backchannelView, 0, len(rows))}
	for i := range rows {
		out.Items = append(out.Items, viewBackchannel(&rows[i]))
	}
	return c.answer(out)
}

func (c *call) backchannelApprove() error { return c.backchannelAnswer(oidc.Allow) }

func (c *call) backchannelDeny() error { return c.backchannelAnswer(oidc.Deny) }

func (c *call) backchannelAnswer(d oidc.Decision) error {
	t := oidc.Tenant{Row: c.Tenant, Store: c.Store, Issuer: c.Base}
	return c.done(c.Approvals.ApproveFor(c.ctx(), t, c.Param("request"), d))
}
