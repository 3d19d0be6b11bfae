package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what a Text shows in place of its value, everywhere.
const Redacted = "[redacted]"

// Text is a secret string. Only Reveal gives the value; every other way out
// (fmt, slog, encoding/json, encoding/xml, YAML, templates) gives Redacted.
// The zero Text is the empty secret. A Text cannot be compared with ==, used
// as a map key or converted to string.
type Text struct {
	// The pointer keeps fmt and other reflection from reaching the value when
	// a Text stands in an unexported field, where they call no methods.
	value *string
	_     [0]func()
}

// New wraps s.
func New(s string) Text {
	if s == "" {
		return Text{}
	}
	return Text{value: &s}
}

// Reveal gives the value, for the one place that needs it.
func (t Text) Reveal() string {
	if t.value == nil {
		return ""
	}
	return *t.value
}

// IsZero tells whether the secret is empty. encoding/json's omitzero uses it.
func (t Text) IsZero() bool { return t.value == nil || *t.value == "" }

// Equal compares in constant time, whatever the lengths (R126). An empty
// secret equals nothing, itself included, so that a missing secret never
// proves anything.
func (t Text) Equal(other Text) bool {
	if t.IsZero() || other.IsZero() {
		return false
	}
	a, b := sha256.Sum256([]byte(t.Reveal())), sha256.Sum256([]byte(other.Reveal()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// String gives Redacted.
func (t Text) String() string { return Redacted }

// GoString gives Redacted.
func (t Text) GoString() string { return Redacted }

// Format writes Redacted for every verb and flag.
func (t Text) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, Redacted) // fmt.State keeps its own errors
}

// LogValue gives Redacted to slog.
func (t Text) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText gives Redacted.
func (t Text) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalJSON gives Redacted as a JSON string.
func (t Text) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// UnmarshalText takes the value from a decoder: JSON, YAML, settings, command
// line. It never fails.
func (t *Text) UnmarshalText(text []byte) error {
	*t = New(string(text))
	return nil
}
