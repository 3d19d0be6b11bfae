// Package reason names every refusal once: its code, its kind, how severe it
// is, the OAuth error it becomes and what staff can do about it. The words for
// users and staff live in package locales under "reason.<code>.user" and
// "reason.<code>.staff".
//
// Domain rooms return a *reason.Error; the doors translate it: a page, OAuth
// JSON (RFC 6749 §5.2), the flow envelope, problem+json (RFC 9457).
package reason

import (
	"errors"
	"time"
)

// Kind is the class of a refusal; doors map it to a status.
type Kind int

// The kinds of refusal.
const (
	Internal     Kind = iota // our fault: 500
	Invalid                  // the input is wrong: 400 or 422
	Unauthorized             // who are you: 401
	Forbidden                // not yours to do: 403
	NotFound                 // no such thing, or not in this tenant: 404
	Conflict                 // stale version, taken name: 409 or 412
	Throttled                // too many: 429
	Unavailable              // try again later: 503
)

// Severity says how loudly a refusal is shown to staff.
type Severity int

// The severities.
const (
	Info    Severity = iota // everyday
	Notice                  // worth a look
	Warning                 // probably wrong set-up or an attack
)

// Code is the stable name of a refusal: family.name.
type Code string

// Meaning is what the catalogue knows of a code.
type Meaning struct {
	Kind     Kind
	Severity Severity
	OAuth    string   // error of RFC 6749 and its kin; empty: not for OAuth
	Fixes    []string // names of the console's actions that can mend it
}

// Error is the one error type that domain rooms return on purpose.
type Error struct {
	Code       Code
	Fields     []Field       // bad input, by field
	RetryAfter time.Duration // when trying again may help
	Err        error         // cause, for the log only
}

// Field is one wrong field of an input.
type Field struct {
	Pointer string // RFC 6901, or a form field's name
	Code    Code   // why
	Detail  string // extra fact that may be shown, such as a limit
}

// New returns the refusal named code.
func New(code Code) *Error { return &Error{Code: code} }

// Wrap returns the refusal named code with its cause, which is logged and
// never shown.
func Wrap(code Code, err error) *Error { return &Error{Code: code, Err: err} }

// On adds a wrong field.
func (e *Error) On(pointer string, code Code, detail string) *Error {
	e.Fields = append(e.Fields, Field{pointer, code, detail})
	return e
}

// After says when trying again may help.
func (e *Error) After(d time.Duration) *Error { e.RetryAfter = d; return e }

// Error implements error; the text is for logs.
func (e *Error) Error() string {
	s := string(e.Code)
	for _, f := range e.Fields {
		s += " " + f.Pointer + "=" + string(f.Code)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is a refusal of the same code, so that
// errors.Is(err, reason.New(reason.NotFoundUser)) works.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Meaning returns what the catalogue knows of the refusal.
func (e *Error) Meaning() Meaning { return Of(e.Code) }

// From returns err as a refusal; whatever is none is ServerError.
func From(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Wrap(ServerError, err)
}

// Has reports whether err is the refusal named code.
func Has(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// Of returns the meaning of a code; an unknown one is an internal error.
func Of(code Code) Meaning { return catalogue[code] }

// Codes lists every code of the catalogue in no order.
func Codes() []Code {
	all := make([]Code, 0, len(catalogue))
	for c := range catalogue {
		all = append(all, c)
	}
	return all
}
