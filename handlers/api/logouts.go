package api

import (
	"time"

	"gatehouse/identity/access"
	"gatehouse/identity/logouts"
	"gatehouse/models"
)

func (a *API) logoutRoutes() []route {
	return []route{
		{"GET", "/logouts", access.SessionsRead, (*call).logouts},
		{"POST", "/logouts/:notice/retry", access.SessionsWrite, (*call).logoutRetry},
	}
}

// noticeView is that an application was to be told of the end of a session.
type noticeView struct {
	ID            string               `json:"id"`
	SessionID     string               `json:"session_id"`
	ApplicationID string               `json:"application_id"`
	UserID        string               `json:"user_id"`
	Channel       models.LogoutChannel `json:"channel"`
	Why           string               `json:"why"`
	Status        models.LogoutStatus  `json:"status"`
	Attempts      int64                `json:"attempts"`
	Address       string               `json:"address,omitempty"`
	Answer        int64                `json:"answer,omitempty"` // HTTP status
	Reason        string               `json:"reason,omitempty"`
	Explanation   string               `json:"explanation,omitempty"` // for staff
	CreatedAt     time.Time            `json:"created_at"`
	TriedAt       *time.Time           `json:"tried_at,omitempty"`
	NextAt        *time.Time           `json:"next_at,omitempty"`
}

func (c *call) viewNotice(n *models.LogoutNotice) noticeView {
	v := noticeView{
		ID: n.ID, SessionID: n.SessionID, ApplicationID: n.ApplicationID, UserID: n.UserID, Channel: n.Channel, Why: n.Why,
		Status: n.Status, Attempts: n.Attempts, Address: n.Address, Answer: n.Answer, Reason: n.Reason,
		CreatedAt: n.CreatedAt.Time, TriedAt: moment(n.TriedAt), NextAt: moment(n.NextAt),
	}
	if n.Reason != "" {
		v.Explanation = c.Say().Staff(n.Reason)
	}
	return v
}

func (c *call) logouts() error {
	p, q, err := c.paging()
	if err != nil {
		return err
	}
	found, err := c.Logouts.Report(c.ctx(), c.Store, logouts.Filter{
		SessionID: q("session_id"), UserID: q("user_id"), ApplicationID: q("application_id"), Status: models.LogoutStatus(q("status")),
	}, p)
	if err != nil {
		return err
	}
	return listed(c, found, c.viewNotice)
}

func (c *call) logoutRetry() error {
	return c.done(c.Logouts.Retry(c.ctx(), c.Store, c.Param("notice")))
}
