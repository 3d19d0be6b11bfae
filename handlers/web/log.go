package web

import (
	"log/slog"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// maxLogged bounds what a request can put into a line (R138).
const maxLogged = 256

// levelOf keeps what goes well quiet.
func levelOf(status int) slog.Level {
	switch {
	case status >= 500:
		return slog.LevelError
	case status >= 400:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

func cut(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return s[:min(len(s), maxLogged)]
}

// tenantOf is the name of the tenant that a request was for; empty: none.
func tenantOf(c *fiber.Ctx) string {
	name, _ := c.Locals(keyTenant).(string)
	return name
}

// routeOf is the pattern that a request met: there are few of them, whatever
// people ask for.
func routeOf(c *fiber.Ctx) string {
	if p, ok := c.Locals(keyRoute).(string); ok {
		return p
	}
	return "none"
}
