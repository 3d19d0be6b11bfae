package outbound

import "errors"

// Why a call failed, for errors.Is. Operators see which in the log; whoever
// entered the address is shown one text for all, so that calls cannot map the
// inside of a network.
var (
	// ErrRefused: the URL or one of its host's addresses may not be called.
	ErrRefused = errors.New("outbound: this address may not be called")
	// ErrUnreachable: no connection, no answer in time, or a bad certificate.
	ErrUnreachable = errors.New("outbound: no answer")
	// ErrAnswer: the answer is too large or of another content type.
	ErrAnswer = errors.New("outbound: unusable answer")
)

// Error is a failed call. It carries nothing that the other side sent.
type Error struct {
	// Kind is one of the errors above.
	Kind error
	// Host is the host of the URL, as asked for.
	Host string
}

// Error gives the kind and the host.
func (e *Error) Error() string { return e.Kind.Error() + ": " + e.Host }

// Unwrap gives the kind.
func (e *Error) Unwrap() error { return e.Kind }
