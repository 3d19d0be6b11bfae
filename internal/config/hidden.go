package config

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Hidden is a setting that is never shown: it prints, logs and marshals as
// [redacted] (R125). The zero Hidden is empty.
type Hidden struct {
	// The pointer keeps reflection from the value where fmt calls no methods.
	value *string
	_     [0]func()
}

func hide(s string) Hidden {
	if s == "" {
		return Hidden{}
	}
	return Hidden{value: &s}
}

// Reveal gives the value, for the one place that needs it.
func (h Hidden) Reveal() string {
	if h.value == nil {
		return ""
	}
	return *h.value
}

// IsZero tells whether there is no value.
func (h Hidden) IsZero() bool { return h.value == nil }

// String gives [redacted].
func (h Hidden) String() string { return redacted }

// GoString gives [redacted].
func (h Hidden) GoString() string { return redacted }

// Format writes [redacted] for every verb and flag.
func (h Hidden) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, redacted) // fmt.State keeps its own errors
}

// LogValue gives [redacted] to slog.
func (h Hidden) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText gives [redacted].
func (h Hidden) MarshalText() ([]byte, error) { return []byte(redacted), nil }
