package strict

import (
	"errors"
	"strings"
)

// Kinds of refusal, for errors.Is.
var (
	// ErrTooLarge: the body, a value or the number of fields is over its limit.
	ErrTooLarge = errors.New("strict: too large")
	// ErrMalformed: the bytes are not JSON, or not a form.
	ErrMalformed = errors.New("strict: malformed")
	// ErrRepeated: a name stands twice where it may stand once.
	ErrRepeated = errors.New("strict: repeated name")
	// ErrUnknown: a name that nobody asked for.
	ErrUnknown = errors.New("strict: unknown name")
	// ErrValue: a value of the wrong type or range.
	ErrValue = errors.New("strict: unusable value")
)

// Error says what was refused and where, in words for whoever sent it. It
// never carries a value that was sent.
type Error struct {
	// Kind is one of the errors above.
	Kind error
	// Pointer is where in a JSON body (RFC 6901); empty for the whole body and
	// for forms.
	Pointer string
	// Detail is a plain phrase, such as "must be text".
	Detail string
	// Names are the form's fields that were refused, in the order sent.
	Names []string
}

// Error gives one line without any value sent.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Kind.Error())
	for _, where := range append([]string{e.Pointer}, e.Names...) {
		if where != "" {
			b.WriteString(" " + where)
		}
	}
	b.WriteString(": " + e.Detail)
	return b.String()
}

// Unwrap gives the kind.
func (e *Error) Unwrap() error { return e.Kind }
