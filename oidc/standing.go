package oidc

import (
	"context"
	"strings"

	"gatehouse/identity/sessions"
	"gatehouse/identity/throttle"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
	"gatehouse/store"
)

// standing is who is signed in and what he allowed.
type standing struct {
	authorize.Standing
	likely *users.Asked // was asked for together with the session; may be nil
}

// standing finds out who is signed in and what he allowed, as far as the request
// needs it.
func (p *Provider) standing(ctx context.Context, t Tenant, r *authorize.Request, app *models.Application, b Browser) (standing, error) {
	s := standing{Standing: authorize.Standing{Now: p.Now()}}
	var err error
	if s.Session, s.likely, err = p.current(ctx, t, b); err != nil {
		return s, err
	}
	if len(b.Others) > 0 && !r.Answered(s.Session) {
		if err := p.beside(ctx, t, r, app, b, &s.Standing); err != nil {
			return s, err
		}
	}
	if s.Session == nil {
		return s, nil
	}
	if s.Weak = !p.suffices(s.Session, app.Options.V); s.Weak {
		return s, nil
	}
	if err := p.Sessions.Touch(ctx, t.Store, s.Session); err != nil {
		return s, err
	}
	s.Subject = p.Applications.SubjectOf(app, s.Session.UserID)
	if authorize.MayAsk(r, app) {
		s.Consent, err = p.consentOf(ctx, t, s.Session.UserID, app)
	}
	return s, err
}

// current is the browser's session, enough or not; nil: there is none. Whoever
// signed in here last is likely its user, and is asked for together with it.
func (p *Provider) current(ctx context.Context, t Tenant, b Browser) (*models.Session, *users.Asked, error) {
	if b.Session == "" {
		return nil, nil, nil
	}
	came := sessions.AskSecret(b.Session, models.SessionUser)
	questions := []*store.Question{came.Question}
	var likely *users.Asked
	if owner, _, ok := throttle.Device(p.K, t.Store.ID(), b.Device); ok {
		likely = users.Ask(owner)
		questions = append(questions, likely.Question)
	}
	store.Ask(ctx, t.Store, questions...)
	s, err := p.Sessions.Found(ctx, t.Store, came)
	if err != nil && reason.From(err).Meaning().Kind != reason.Internal {
		return nil, nil, nil // an ended session is none
	}
	return s, likely, err
}

// beside looks at the other sessions of the browser: one that the hints name
// answers in place of the current one where no page may be shown (OpenID Connect
// Core §3.1.2.1, id_token_hint), and is offered first where one may. Without
// hints the current one is meant.
func (p *Provider) beside(ctx context.Context, t Tenant, r *authorize.Request, app *models.Application, b Browser, s *authorize.Standing) error {
	if s.Session != nil && r.HintSubject == "" && r.LoginHint == "" {
		return nil
	}
	held, err := p.Sessions.Held(ctx, t.Store, sessions.Bundle{Others: b.Others}, models.SessionUser)
	if err != nil || len(held) == 0 {
		return err
	}
	s.Others = true
	if s.Session != nil {
		held = append([]sessions.Held{{Session: *s.Session, Current: true}}, held...)
	}
	for i := range held {
		named, err := p.hintsAt(ctx, t, r, app, &held[i].Session)
		switch {
		case err != nil:
			return err
		case !named:
			continue
		case held[i].Current: // nobody else is meant
		case r.Asks(authorize.PromptNone):
			known, err := p.knows(ctx, t, r, app, held[i].UserID)
			if err != nil {
				return err
			}
			if known {
				s.Session = &held[i].Session
			}
		default:
			s.Hinted = held[i].ID
		}
		return nil
	}
	return nil
}

// knows reports whether the application may find out without a page that this
// user is signed in here as well, though another answers: whoever holds an ID
// token of his, whom he allowed something, and the operator's own. Others could
// ask for one name after the other, and read in the answers who uses the browser.
func (p *Provider) knows(ctx context.Context, t Tenant, r *authorize.Request, app *models.Application, userID string) (bool, error) {
	if r.HintSubject != "" || app.FirstParty {
		return true, nil
	}
	c, err := p.consentOf(ctx, t, userID, app)
	return c != nil, err
}

// hintsAt reports whether the request's hints name the session's user. Only what
// the application was told itself, or what the user is found by, does so: an
// address that nobody proved can be anybody else's.
func (p *Provider) hintsAt(ctx context.Context, t Tenant, r *authorize.Request, app *models.Application, s *models.Session) (bool, error) {
	if r.HintSubject != "" {
		return p.Applications.SubjectOf(app, s.UserID) == r.HintSubject, nil
	}
	if r.LoginHint == "" {
		return false, nil
	}
	u, err := p.Users.ByID(ctx, t.Store, s.UserID)
	if reason.Has(err, reason.UserUnknown) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return strings.EqualFold(r.LoginHint, u.Username) || u.EmailVerified && strings.EqualFold(r.LoginHint, u.Email), nil
}
