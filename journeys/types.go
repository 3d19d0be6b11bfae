package journeys

import (
	"time"

	"gatehouse/identity/sessions"
	"gatehouse/journeys/prompt"
	"gatehouse/models"
	"gatehouse/reason"
)

// Need is what somebody needs a user to prove, and where the browser goes then.
type Need struct {
	// ApplicationID, ClientID and ApplicationName tell who asks; empty for our
	// own pages.
	ApplicationID   string `json:"app,omitempty"`
	ClientID        string `json:"client,omitempty"`
	ApplicationName string `json:"name,omitempty"`
	// Journey names the definition; empty: the engine's default.
	Journey string `json:"journey,omitempty"`
	// Kind is the session that success begins; empty: models.SessionUser.
	Kind models.SessionKind `json:"kind,omitempty"`
	// Prompt, MaxAge (seconds; nil: any), ACRValues, LoginHint and UILocales
	// are those of OpenID Connect Core §3.1.2.1.
	Prompt    string   `json:"prompt,omitempty"`
	MaxAge    *int     `json:"max_age,omitempty"`
	ACRValues []string `json:"acr,omitempty"`
	LoginHint string   `json:"hint,omitempty"`
	UILocales string   `json:"locales,omitempty"`
	// AsksToStay has the step that proves ask whether to stay signed in.
	AsksToStay bool `json:"stay,omitempty"`
	// ReturnTo is handed back in the Outcome: an authId, or whatever else the
	// caller can go on with.
	ReturnTo string `json:"return,omitempty"`
	// FormTargets are the origins that the page's form-action must allow,
	// since the redirect after its form leads there.
	FormTargets []string `json:"targets,omitempty"`
	// Popup tells that an application opened a window for the page, which it hears
	// from when it is back (OpenID Connect Core §3.1.2.1, display).
	Popup bool `json:"popup,omitempty"`
	// Browser is the hash of the browser cookie that the execution is bound to.
	Browser string `json:"browser"`
	// SignUp begins with making an account, in place of Journey, which is where
	// somebody goes who has one.
	SignUp bool `json:"up,omitempty"`
	// Choose begins with the accounts that the browser is signed in to already,
	// where the definition has such a step. Preferred is the session that stands
	// first among them; empty: the current one.
	Choose    bool   `json:"choose,omitempty"`
	Preferred string `json:"preferred,omitempty"`
}

// Browser is what a browser brings along to each step.
type Browser struct {
	// ID is the hash of the cookie that executions are bound to (R75).
	ID string
	// Sessions are those that it holds already.
	Sessions sessions.Bundle
	// Device is what an earlier Outcome left with it (R81).
	Device string
}

// Submission is what a user sent.
type Submission struct {
	// Action is the Ref of the chosen action; empty: the primary one.
	Action string
	// Inputs are the values by the names of the prompt's inputs; an unknown
	// name is refused (R75).
	Inputs map[string]string
	// Back asks for the earlier step; Action and Inputs are ignored.
	Back bool
	// Fits tells whether an execution is the one that the user was shown; nil:
	// any is.
	Fits func(*Execution) bool
}

// Step is what an advanced execution says next. Outcome is set when it is
// complete, Prompt otherwise.
type Step struct {
	// ExecutionID is the execution as it stands now; the one before is spent.
	ExecutionID string
	Prompt      prompt.Prompt
	Outcome     *Outcome
	// Err is the refusal that Prompt tells about; empty: the step went well.
	Err *reason.Error
}

// Outcome is what an execution proved.
type Outcome struct {
	Subject   string // the user's id
	SessionID string
	Sessions  sessions.Bundle // for the session cookie: that one, and those that the browser held
	// ACR and AMR are the class and the methods of the proof (OpenID Connect
	// Core §2, RFC 8176).
	ACR      string
	AMR      []string
	AuthTime time.Time
	// ReturnTo, ApplicationID and Kind are the Need's.
	ReturnTo      string
	ApplicationID string
	Kind          models.SessionKind
	// DeviceToken is for the cookie that lets this browser be known (R81).
	DeviceToken string
}

// ACRPassword is the class of a proof by password alone. It is the value in
// acr claims and in acr_values_supported.
const ACRPassword = "urn:gatehouse:acr:password"

// AMRPassword is the method of a proof by password (RFC 8176 §2).
const AMRPassword = "pwd"
