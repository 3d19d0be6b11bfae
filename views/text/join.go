package text

import (
	"errors"
	"fmt"
)

// Join is templ.JoinStringErrs: the value as a string, before it is escaped,
// and the errors of the call that gave it.
func Join[T any](value T, errs ...error) (string, error) {
	if s, ok := any(value).(string); ok {
		return s, errors.Join(errs...)
	}
	return fmt.Sprint(value), errors.Join(errs...)
}
