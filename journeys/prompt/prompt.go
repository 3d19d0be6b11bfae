package prompt

import (
	"time"

	"gatehouse/reason"
)

// Prompt is one step's question.
type Prompt struct {
	// Step names the kind of question: accounts, sign_in, identifier, password, sign_up, ended.
	// Its texts are hosted.<step>.title, .lead and so on.
	Step string
	// Components are what to draw, in order; the inputs and actions among them
	// are those of Inputs and Actions.
	Components []Component
	// Inputs are what to ask for, always in the journey's order (the flow API's
	// data.inputs). Nothing else is accepted.
	Inputs []Input
	// Actions are the ways on; the primary one comes first.
	Actions []Action
	// Identifier is what the user called himself in an earlier step: the chip
	// that the page shows, and the read-only field that password managers
	// pair with the password.
	Identifier string
	// Error is why the last try did not lead on; empty: nothing was tried. The
	// user is told its text alone.
	Error reason.Code
	// Reference names the attempt for support staff, where one was recorded.
	Reference string
	// RetryAt is when trying again may help; zero: now.
	RetryAt time.Time
	// FieldErrors are the inputs that were wrong.
	FieldErrors []FieldError
	// CanGoBack tells that Back leads to an earlier step.
	CanGoBack bool
}

// FieldError is one input that was wrong.
type FieldError struct {
	Name string // of the Input
	Code reason.Code
}

// ErrorOf gives the reason why the named input was wrong; empty: it was not.
func (p Prompt) ErrorOf(name string) reason.Code {
	for _, e := range p.FieldErrors {
		if e.Name == name {
			return e.Code
		}
	}
	return ""
}

// Failed reports whether the last try did not lead on.
func (p Prompt) Failed() bool { return p.Error != "" || len(p.FieldErrors) > 0 }

// Kind is what a component is.
type Kind string

// The kinds of component: the vocabulary of the flow API.
const (
	Text    Kind = "TEXT"
	Divider Kind = "DIVIDER"
	Field   Kind = "INPUT" // an Input, whose own type says which
	Button  Kind = "ACTION"
)

// Component is one thing to draw.
type Component struct {
	Kind Kind
	// Key is the locale key of a text.
	Key string
	// Ref is the Ref of the Input or Action that is drawn here.
	Ref string
}

// InputType is what an input takes.
type InputType string

// The types of input: the vocabulary of the flow API.
const (
	TextInput     InputType = "TEXT_INPUT"
	EmailInput    InputType = "EMAIL_INPUT"
	PasswordInput InputType = "PASSWORD_INPUT"
	OTPInput      InputType = "OTP_INPUT"
	PhoneInput    InputType = "PHONE_INPUT"
	BooleanInput  InputType = "BOOLEAN_INPUT"
	SelectInput   InputType = "SELECT"
	HiddenInput   InputType = "HIDDEN"
)

// Ticked is the value of a BooleanInput that was ticked; any other is that of
// one that was not.
const Ticked = "true"

// Purpose is what an input is for; pages make the autocomplete attribute of it
// (WCAG 2.2 §1.3.5).
type Purpose string

// The purposes of input.
const (
	ForUsername        Purpose = "username"
	ForCurrentPassword Purpose = "current-password"
	ForNewPassword     Purpose = "new-password"
	ForOneTimeCode     Purpose = "one-time-code"
	ForNewUsername     Purpose = "new-username" // of an account that is made
	ForEmail           Purpose = "email"
	ForGivenName       Purpose = "given-name"
	ForFamilyName      Purpose = "family-name"
)

// OfAccount reports whether the input tells of an account that is made.
func (p Purpose) OfAccount() bool {
	return p == ForNewUsername || p == ForEmail || p == ForGivenName || p == ForFamilyName
}

// Input is one field.
type Input struct {
	Ref      string // names it among the components
	Name     string // the key under which its value comes back
	Type     InputType
	Purpose  Purpose
	Required bool
	// Label and Hint are locale keys; Hint may be empty.
	Label string
	Hint  string
	// Value is what the field holds already; never a secret.
	Value string
	// MaxLength counts characters; zero: the reader's own limit. MinLength is
	// what a new password needs; the hint says it.
	MinLength, MaxLength int
	// Options are what a SELECT chooses from.
	Options []Option
}

// Option is one account to choose. Its words are people's own, and in no locale.
type Option struct {
	Value string // what comes back
	Name  string
	Email string // empty: none
	// Current tells that it is the one in use; LastUsed when it was, of any.
	Current  bool
	LastUsed time.Time
}

// EventType is what an action does.
type EventType string

// The kinds of action: the vocabulary of the flow API.
const (
	Submit  EventType = "SUBMIT"
	Trigger EventType = "TRIGGER" // takes no inputs
	Back    EventType = "BACK"
	Cancel  EventType = "CANCEL"
	// Navigate leads to another journey: it is no answer to this one's question,
	// and nothing that could be submitted.
	Navigate EventType = "NAVIGATE"
)

// Action is one way on.
type Action struct {
	Ref     string
	Event   EventType
	Primary bool
	Label   string // locale key
}

// Input returns the input with this name, and whether there is one.
func (p Prompt) Input(name string) (Input, bool) {
	for _, in := range p.Inputs {
		if in.Name == name {
			return in, true
		}
	}
	return Input{}, false
}

// ByRef returns the input with this ref, and whether there is one.
func (p Prompt) ByRef(ref string) (Input, bool) {
	for _, in := range p.Inputs {
		if in.Ref == ref {
			return in, true
		}
	}
	return Input{}, false
}

// The refs of the actions that lead to another journey.
const (
	ToSignUp = "sign_up"
	ToSignIn = "sign_in"
)

// Action returns the action with this ref; an empty or unknown "submit" means
// the primary one. It tells whether there is one.
func (p Prompt) Action(ref string) (Action, bool) {
	for _, a := range p.Actions {
		if a.Ref == ref || a.Primary && (ref == "" || ref == "submit") {
			return a, true
		}
	}
	return Action{}, false
}
