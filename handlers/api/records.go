package api

import (
	"strings"
	"time"

	"gatehouse/audit"
	"gatehouse/audit/attempts"
	"gatehouse/identity/access"
	"gatehouse/models"
	"gatehouse/reason"
)

func (a *API) recordRoutes() []route {
	return []route{
		{"GET", "/sessions/:session", access.SessionsRead, (*call).session},
		{"DELETE", "/sessions/:session", access.SessionsWrite, (*call).sessionEnd},
		{"GET", "/events", access.EventsRead, (*call).events},
		{"GET", "/attempts", access.AttemptsRead, (*call).attempts},
		{"GET", "/attempts/:attempt", access.AttemptsRead, (*call).attempt},
	}
}

type sessionView struct {
	ID         string             `json:"id"`
	UserID     string             `json:"user_id"`
	Kind       models.SessionKind `json:"kind"`
	AuthTime   time.Time          `json:"auth_time"`
	AMR        []string           `json:"amr"`
	ACR        string             `json:"acr,omitempty"`
	IP         string             `json:"ip,omitempty"`
	UserAgent  string             `json:"user_agent,omitempty"`
	CreatedAt  time.Time          `json:"created_at"`
	LastSeenAt time.Time          `json:"last_seen_at"`
	ExpiresAt  time.Time          `json:"expires_at"`
}

func viewSession(s *models.Session) sessionView {
	return sessionView{
		s.ID, s.UserID, s.Kind, s.AuthTime.Time, s.AMR.V, s.ACR, s.IP, s.UserAgent, s.CreatedAt.Time, s.LastSeenAt.Time, s.ExpiresAt.Time,
	}
}

// living finds a session that still holds; any other is not there.
func (c *call) living() (*models.Session, error) {
	s, err := c.Sessions.ByID(c.ctx(), c.Store, c.Param("session"))
	if err != nil && reason.From(err).Meaning().Kind == reason.Unauthorized {
		return nil, reason.Wrap(reason.RequestNotFound, err)
	}
	return s, err
}

func (c *call) session() error {
	s, err := c.living()
	if err != nil {
		return err
	}
	return c.answer(viewSession(s))
}

func (c *call) sessionEnd() error {
	s, err := c.living()
	if err != nil {
		return err
	}
	return c.done(c.Users.EndSession(c.ctx(), c.Store, s.UserID, s.ID))
}

type eventView struct {
	ID            string         `json:"id"`
	Number        int64          `json:"number,omitempty"` // its place in the log; absent: not sealed yet
	At            time.Time      `json:"at"`
	Action        string         `json:"action"`
	Outcome       string         `json:"outcome"`
	Reason        string         `json:"reason,omitempty"`
	Via           string         `json:"via"`
	Actor         partyView      `json:"actor"`
	Target        partyView      `json:"target"`
	UserID        string         `json:"user_id,omitempty"`
	ApplicationID string         `json:"application_id,omitempty"`
	SessionID     string         `json:"session_id,omitempty"`
	AttemptID     string         `json:"attempt_id,omitempty"`
	RequestID     string         `json:"request_id,omitempty"`
	IP            string         `json:"ip,omitempty"`
	UserAgent     string         `json:"user_agent,omitempty"`
	Details       map[string]any `json:"details"`
}

type partyView struct {
	Type string `json:"type,omitempty"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

func viewEvent(e *audit.Entry) eventView {
	details := e.Details.V
	if details == nil {
		details = map[string]any{}
	}
	return eventView{
		ID: e.ID, Number: e.Number, At: e.At.Time, Action: e.Action, Outcome: e.Outcome, Reason: e.Reason, Via: e.Via,
		Actor: partyView{e.ActorType, e.ActorID, e.ActorName}, Target: partyView{e.TargetType, e.TargetID, e.TargetName},
		UserID: e.UserID, ApplicationID: e.ApplicationID, SessionID: e.SessionID, AttemptID: e.AttemptID,
		RequestID: e.RequestID, IP: e.IP, UserAgent: e.UserAgent, Details: details,
	}
}

func (c *call) events() error {
	p, q, err := c.paging()
	if err != nil {
		return err
	}
	f := audit.Filter{
		UserID: q("user_id"), TargetID: q("target_id"), ApplicationID: q("application_id"), ActorID: q("actor_id"),
		Action: q("action"), Outcome: q("outcome"), RequestID: q("request_id"), Via: q("via"),
	}
	if f.From, f.To, err = span(q); err != nil {
		return err
	}
	found, err := audit.Timeline(c.ctx(), c.Store, f, p)
	if err != nil {
		return err
	}
	return listed(c, found, viewEvent)
}

// span reads from and to.
func span(q func(string) string) (from, to time.Time, err error) {
	for name, into := range map[string]*time.Time{"from": &from, "to": &to} {
		if q(name) == "" {
			continue
		}
		if *into, err = time.Parse(time.RFC3339, q(name)); err != nil {
			return from, to, reason.Wrap(reason.InputInvalid, err).On(name, reason.InputFormat, "RFC 3339")
		}
	}
	return from, to, nil
}

type attemptView struct {
	ID              string               `json:"id"`
	Reference       string               `json:"reference"`
	Kind            string               `json:"kind"`
	At              time.Time            `json:"at"`
	DurationMicros  int64                `json:"duration_micros"`
	UserID          string               `json:"user_id,omitempty"`
	IdentifierClass string               `json:"identifier_class,omitempty"`
	ApplicationID   string               `json:"application_id,omitempty"`
	ClientID        string               `json:"client_id,omitempty"`
	Method          string               `json:"method,omitempty"`
	Outcome         string               `json:"outcome"`
	Reason          string               `json:"reason,omitempty"`
	Explanation     string               `json:"explanation,omitempty"` // for staff
	Steps           []models.AttemptStep `json:"steps"`
	RequestID       string               `json:"request_id,omitempty"`
	IP              string               `json:"ip,omitempty"`
	UserAgent       string               `json:"user_agent,omitempty"`
	Details         map[string]any       `json:"details"`
}

func (c *call) viewAttempt(a *models.Attempt) attemptView {
	v := attemptView{
		ID: a.ID, Reference: a.Reference, Kind: a.Kind, At: a.At.Time, DurationMicros: a.DurationMicros, UserID: a.UserID,
		IdentifierClass: a.IdentifierClass, ApplicationID: a.ApplicationID, ClientID: a.ClientID, Method: a.Method,
		Outcome: a.Outcome, Reason: a.Reason, Steps: a.Steps.V, RequestID: a.RequestID, IP: a.IP, UserAgent: a.UserAgent,
		Details: a.Details.V,
	}
	if v.Steps == nil {
		v.Steps = []models.AttemptStep{}
	}
	if v.Details == nil {
		v.Details = map[string]any{}
	}
	if a.Reason != "" {
		v.Explanation = c.Say().Staff(a.Reason)
	}
	return v
}

func (c *call) attempts() error {
	p, q, err := c.paging()
	if err != nil {
		return err
	}
	f := attempts.Filter{
		UserID: q("user_id"), ApplicationID: q("application_id"), ClientID: q("client_id"), Outcome: q("outcome"),
		Reason: q("reason"), Kind: q("kind"), IP: q("ip"), RequestID: q("request_id"),
	}
	if f.From, f.To, err = span(q); err != nil {
		return err
	}
	found, err := attempts.List(c.ctx(), c.Store, f, p)
	if err != nil {
		return err
	}
	return listed(c, found, c.viewAttempt)
}

func (c *call) attempt() error {
	id := c.Param("attempt")
	find := attempts.ByID
	if len(strings.ReplaceAll(id, "-", "")) == 6 {
		find = attempts.ByReference
	}
	a, err := find(c.ctx(), c.Store, id)
	if err != nil {
		return err
	}
	return c.answer(c.viewAttempt(&a))
}
