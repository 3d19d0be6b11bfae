package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// Wrap returns the component with its page: what [With] puts into the context.
func Wrap(c templ.Component, p Page) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return c.Render(With(ctx, p), w)
	})
}
