package oidc

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/resources"
	"gatehouse/identity/sessions"
	"gatehouse/identity/throttle"
	"gatehouse/identity/tokens"
	"gatehouse/internal/caller"
	"gatehouse/journeys"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/details"
	"gatehouse/oidc/grants"
	"gatehouse/reason"
	"gatehouse/store"
)

// purposeDevice is what a device's request is sealed for, while its user finds
// his way through sign-in and question.
const purposeDevice = "device"

// enteredCode is a user code that was typed in a browser, and the request that
// it stands for: both are bound to that browser (R43).
type enteredCode struct {
	Device  string `json:"d"`
	Code    string `json:"u"`
	Browser string `json:"w"`
}

// DeviceView is what a user is asked before a device gets tokens.
type DeviceView struct {
	ApplicationName string
	// Verified tells that the tenant vouches for the application's publisher.
	Verified bool
	// UserCode is for comparing with what the device shows.
	UserCode string
	UserName string
	Scopes   []ConsentScope
	Details  []details.Shown
	// Lasting is how long the device may act without the user; zero: only while
	// his session lasts.
	Lasting time.Duration
}

// EnterCode takes the code that a user typed and returns the device's request,
// sealed for his browser. Tries are counted for the browser and its address
// before the code is looked up (R43, R84). It returns DeviceCodeUnknown or
// ThrottleSource.
func (p *Provider) EnterCode(ctx context.Context, t Tenant, typed string, b Browser) (string, error) {
	err := p.Throttle.SpendAll(ctx, t.Store,
		throttle.Charge{Budget: throttle.UserCode, Key: throttle.SourceKey(caller.From(ctx).IP)},
		throttle.Charge{Budget: throttle.UserCodeBrowser, Key: b.ID},
	)
	if err != nil {
		return "", err
	}
	d, err := p.Tokens.DeviceOf(ctx, t.Store, typed)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(enteredCode{Device: d.ID, Code: tokens.UserCode(typed), Browser: b.ID})
	if err != nil {
		return "", err
	}
	return p.K.Token(purposeDevice, t.Store.ID(), payload, d.ExpiresAt.Time), nil
}

// DevicePath is the page that asks about a device's request.
func DevicePath(deviceID string) string { return "/device/confirm?deviceId=" + deviceID }

// Device describes the question that a device's request has for whoever is
// signed in. Where nobody is, the view is nil and the answer leads to the
// sign-in. It returns DeviceCodeUnknown, JourneyExpired, JourneyBrowser and the
// refusals of MayIssue.
func (p *Provider) Device(ctx context.Context, t Tenant, deviceID string, b Browser) (*DeviceView, Answer, error) {
	asked, err := p.askedDevice(ctx, t, deviceID, b)
	if err != nil {
		return nil, Answer{}, err
	}
	session, err := p.sessionFor(ctx, t, asked.app.Options.V, b)
	if err != nil {
		return nil, Answer{}, err
	}
	if session == nil {
		to, err := p.signInFor(ctx, t, asked.app, b, deviceID)
		return nil, Answer{Redirect: to}, err
	}
	user, err := p.Users.ByID(ctx, t.Store, session.UserID)
	if err != nil {
		return nil, Answer{}, err
	}
	given, err := p.consentOf(ctx, t, session.UserID, asked.app)
	if err != nil {
		return nil, Answer{}, err
	}
	return asked.view(t, user, given), Answer{}, nil
}

// askedDevice is a request of a device in the browser in which its code was
// typed.
type askedDevice struct {
	row     *models.DeviceCode
	app     *models.Application
	targets resources.Targets
	code    string
}

func (p *Provider) askedDevice(ctx context.Context, t Tenant, deviceID string, b Browser) (*askedDevice, error) {
	var entered enteredCode
	if bad := p.open(purposeDevice, t, deviceID, &entered); bad != nil {
		return nil, bad
	}
	if entered.Browser == "" || entered.Browser != b.ID {
		return nil, reason.New(reason.JourneyBrowser)
	}
	d, err := p.Tokens.Device(ctx, t.Store, entered.Device)
	if err != nil {
		return nil, err
	}
	app, err := p.Applications.ByID(ctx, t.Store, d.ApplicationID)
	if err != nil {
		return nil, err
	}
	if !app.Active() {
		return nil, reason.New(reason.OAuthClientDisabled)
	}
	targets, err := p.Grants.Named(ctx, t.Store, t, app, d.Resource)
	return &askedDevice{d, app, targets, entered.Code}, err
}

func (a *askedDevice) scopes() []string { return strings.Fields(a.row.Scope) }

func (a *askedDevice) details() json.RawMessage { return a.row.Details.V.AuthorizationDetails }

func (a *askedDevice) view(t Tenant, user *models.User, given *models.Consent) *DeviceView {
	v := &DeviceView{
		ApplicationName: a.app.DisplayName, Verified: a.app.FirstParty, UserCode: a.code, UserName: user.DisplayName(),
	}
	v.Scopes, v.Details = consentScopes(a.scopes(), a.targets, given), shownDetails(a.details(), a.targets, given)
	if slices.Contains(a.scopes(), authorize.ScopeOffline) {
		v.Lasting = t.Row.Settings.V.For(a.app.Options.V).RefreshLifetime()
	}
	return v
}

// signInFor starts a journey that leads back to the question.
func (p *Provider) signInFor(ctx context.Context, t Tenant, app *models.Application, b Browser, deviceID string) (string, error) {
	others, err := p.Sessions.Held(ctx, t.Store, sessions.Bundle{Others: b.Others}, models.SessionUser)
	if err != nil {
		return "", err
	}
	execution, err := p.Journeys.Start(ctx, t.Store, journeys.Need{
		ApplicationID: app.ID, ClientID: app.ClientID, ApplicationName: app.DisplayName,
		ReturnTo: DevicePath(deviceID), Browser: b.ID, Choose: len(others) > 0, AsksToStay: t.Row.Settings.V.AsksToStay(),
	})
	return t.Issuer + "/sign-in?" + url.Values{
		"applicationId": {app.ID}, "deviceId": {deviceID}, "executionId": {execution},
	}.Encode(), err
}

// DecideDevice takes the user's answer. It returns what Device returns, and
// SessionNone where nobody is signed in.
func (p *Provider) DecideDevice(ctx context.Context, t Tenant, deviceID string, b Browser, d Decision) error {
	asked, err := p.askedDevice(ctx, t, deviceID, b)
	if err != nil {
		return err
	}
	session, err := p.sessionFor(ctx, t, asked.app.Options.V, b)
	if err != nil {
		return err
	}
	if session == nil {
		return reason.New(reason.SessionNone)
	}
	ctx = as(ctx, userActor(session))
	return t.Store.Write(ctx, func(tx *store.Tx) error {
		if d == Deny {
			return p.denyDevice(ctx, tx, asked, session)
		}
		return p.allowDevice(ctx, tx, t, asked, session)
	})
}

// allowDevice keeps the consent, judges anew and lets the device have tokens
// (R36).
func (p *Provider) allowDevice(ctx context.Context, tx *store.Tx, t Tenant, asked *askedDevice, s *models.Session) error {
	if !asked.app.FirstParty {
		given, err := p.Applications.ConsentOf(ctx, tx, s.UserID, asked.app.ID)
		if err != nil && !reason.Has(err, reason.ConsentRequired) {
			return err
		}
		if err := p.Applications.GrantConsent(ctx, tx, s.UserID, asked.app, union(given, asked.scopes(), asked.details())); err != nil {
			return err
		}
	}
	_, err := p.Grants.MayIssue(ctx, tx, t, grants.Claim{
		Application: asked.app, GrantType: models.GrantDeviceCode, UserID: s.UserID, Session: s, Scopes: asked.scopes(),
		Targets: asked.targets, Details: details.Stored(asked.details()),
	})
	if err != nil {
		return err
	}
	if err := p.Tokens.AllowDevice(ctx, tx, asked.row.ID, s); err != nil {
		return err
	}
	return p.recordDevice(ctx, tx, audit.DeviceAllowed, "", asked, s)
}

func (p *Provider) denyDevice(ctx context.Context, tx *store.Tx, asked *askedDevice, s *models.Session) error {
	if err := p.Tokens.DenyDevice(ctx, tx, asked.row.ID); err != nil {
		return err
	}
	return p.recordDevice(ctx, tx, audit.DeviceDenied, reason.ConsentDenied, asked, s)
}

func (p *Provider) recordDevice(ctx context.Context, tx *store.Tx, action string, why reason.Code, asked *askedDevice, s *models.Session) error {
	return audit.Append(ctx, tx, p.Now(), audit.Event{
		Action: action, Reason: why, UserID: s.UserID, SessionID: s.ID, ApplicationID: asked.app.ID,
		Target:  audit.Target{Type: "application", ID: asked.app.ID, Name: asked.app.DisplayName},
		Details: told(asked.app, asked.scopes(), asked.details()),
	})
}
