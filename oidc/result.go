package oidc

import (
	"crypto/x509"
	"time"

	"gatehouse/identity/sessions"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc/details"
	"gatehouse/oidc/grants"
	"gatehouse/reason"
)

// Tenant is the tenant that a request was made to: its row, its store and its
// issuer, which is also its base URL, without a trailing slash.
type Tenant = grants.Tenant

// Params are the parameters of a request as the strict reader gave them. Err
// is the reader's refusal, if any; with repeated names the other fields stand
// in Values, so that the answer can still find its way (R22, R23).
type Params struct {
	Values strict.Values
	Err    error
	// DPoP are the headers of that name, which should be one at most (RFC 9449
	// §4.3).
	DPoP []string
	// Method is that of the request.
	Method string
	// Certificates are the client's own and those that came to verify it; nil:
	// none (RFC 8705 §2).
	Certificates []*x509.Certificate
	// Accept is the header of that name, where the answer depends on it.
	Accept string
}

// Browser is what a browser brought along.
type Browser struct {
	// ID is the hash of the browser cookie that the door found or made; empty
	// where the browser kept it back.
	ID string
	// Session is the secret of the session that answers; empty: none does.
	// Others are those that the user may choose instead.
	Session string
	Others  []string
	// Device is the token of a browser in which somebody signed in before; empty:
	// none. It tells whose session is likely meant, and decides nothing.
	Device string
	// Withheld tells that the browser kept its cookies back, because another
	// site posted (SameSite=Lax). Then nothing else is known of it.
	Withheld bool
}

// Answer is what a browser gets next. Exactly one of Redirect, FormPost and
// Refusal is set.
type Answer struct {
	// Redirect is where the browser goes by 303 (R27).
	Redirect string
	// FormPost is a page that posts itself to the application.
	FormPost *FormPost
	// Refusal is shown on our own error page: there is nowhere to redirect to.
	Refusal *Refusal
	// Holds are the sessions that the browser holds from now on; nil: as before.
	Holds *sessions.Bundle
}

// Bundle are the sessions that the browser holds.
func (b Browser) Bundle() sessions.Bundle {
	return sessions.Bundle{Current: b.Session, Others: b.Others}
}

// FormPost is an authorization response that travels in a form (OAuth 2.0 Form
// Post Response Mode §2).
type FormPost struct {
	// Action is the validated redirect URI.
	Action string
	Fields []Field
	// Popup tells that the application opened a window for it.
	Popup bool
}

// Field is one field of a FormPost.
type Field struct{ Name, Value string }

// Refusal says why a request ended on our own error page.
type Refusal struct {
	Code reason.Code
	// Reference names the attempt for support staff; empty where none could be
	// recorded.
	Reference string
}

// Document is the answer of an endpoint that speaks JSON.
type Document struct {
	Status int
	// Body is JSON; empty: no body.
	Body []byte
	// ContentType is empty for application/json.
	ContentType string
	// CacheSeconds is how long anybody may keep it; zero: no-store.
	CacheSeconds int
	// Challenge is the WWW-Authenticate header; empty: none.
	Challenge string
	// DPoPNonce is the nonce for the client's next proof; empty: none (RFC 9449
	// §8).
	DPoPNonce string
	// RetryAfter is when trying again may help; zero: unsaid.
	RetryAfter time.Duration
	// Application is who asked; nil: nobody who could be told. Only scripts of
	// the origins that it registered may read the answer (R48).
	Application *models.Application
}

// PartingView is what a browser still does after its user has signed out.
type PartingView struct {
	// Frames are pages of applications, which end their own sessions when they
	// are loaded (Front-Channel Logout 1.0 §2).
	Frames []string
	// Onward is where the application that asked wants the browser; empty:
	// nowhere.
	Onward string
	// ApplicationName is the application that asked; empty: the user himself.
	ApplicationName string
	UILocales       string
}

// ConsentView is what a user is asked to allow (R31).
type ConsentView struct {
	AuthID          string
	ApplicationID   string
	ApplicationName string
	ClientURI       string
	LogoID          string
	// PolicyURI and TermsURI are what the application registered; may be empty.
	PolicyURI, TermsURI string
	// Verified tells that the tenant vouches for the application's publisher.
	Verified bool
	// RedirectHost is where the answer goes, as a person reads it: a host, or
	// the scheme of an app on the device.
	RedirectHost string
	// Identity is the host that the application's client_id names, where it is
	// an address; else empty.
	Identity string
	// Scopes are what is asked for, in the order asked.
	Scopes []ConsentScope
	// Details are the authorization details, likewise (RFC 9396 §2).
	Details []details.Shown
	// UserName is whose data it is.
	UserName string
	// UILocales are the languages that the application asked for, UserLocale
	// the user's own (OpenID Connect Core §3.1.2.1, §5.1); each may be empty.
	UILocales, UserLocale string
	// Lasting is how long the application may act without the user; zero: only
	// while signed in.
	Lasting time.Duration
	// FormTargets are the origins that the page's form-action must allow.
	FormTargets []string
	// Popup tells that the application opened a window for the page.
	Popup bool
}

// ConsentScope is one line of a consent page.
type ConsentScope struct {
	Name string
	// Words are those of the API that it is a right at; empty: the scope speaks
	// of the user, or nobody described it.
	Words string
	// Granted tells that the user allowed it before.
	Granted bool
}

// Decision is what the user answered on the consent page.
type Decision bool

// The decisions.
const (
	Deny  Decision = false
	Allow Decision = true
)

// Account is one of those that a browser is signed in to.
type Account struct {
	SessionID   string
	Name, Email string // Email may be empty
	Current     bool
}

// SignOutView is the question whether to sign out, asked where a logout
// request did not prove that it comes from an application of the user (R45).
type SignOutView struct {
	LogoutID string
	// ApplicationName is empty where no application was named.
	ApplicationName string
	// Accounts are those that may be signed out, the current one first.
	Accounts []Account
	// UILocales are the languages that the application asked for.
	UILocales string
	// FormTargets are the origins that the page's form-action must allow.
	FormTargets []string
}
