package console

import (
	"context"
	"strconv"
	"strings"
	"time"

	"gatehouse/views/ui"
)

// lifetime is a field of seconds that says what holds while it is empty.
func lifetime(ctx context.Context, f ui.Form, name, key string, otherwise time.Duration) ui.Field {
	field := f.Field(ctx, name, key).Kind("number").With(ui.T(ctx, "console.seconds")).Hint(strconv.Itoa(int(otherwise.Seconds())))
	field.Help = strings.TrimSpace(field.Help + " " + otherwiseLasts(ctx, otherwise))
	return field
}

// otherwiseLasts says a time in the largest unit of which it is a multiple, beginning
// with two days: 24 hours are plainer than one.
func otherwiseLasts(ctx context.Context, d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d > day && d%day == 0:
		return ui.N(ctx, "console.lifetime.days", int(d/day))
	case d >= time.Hour && d%time.Hour == 0:
		return ui.N(ctx, "console.lifetime.hours", int(d/time.Hour))
	case d >= time.Minute && d%time.Minute == 0:
		return ui.N(ctx, "console.lifetime.minutes", int(d/time.Minute))
	default:
		return ui.N(ctx, "console.lifetime.seconds", int(d/time.Second))
	}
}
