package web

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"gatehouse/reason"
)

// entry is what every request passes first: it gets an id, refuses what no
// route may see, survives panics (R106), is counted and logged.
func (a *App) entry(c *fiber.Ctx) error { return a.pass(c, c.Next) }

func (a *App) pass(c *fiber.Ctx, next func() error) (err error) {
	began := a.Now()
	a.open.Add(1)
	defer a.open.Add(-1)
	a.begin(c)
	defer func() {
		if p := recover(); p != nil {
			a.Metrics.panicked()
			c.Response().Reset() // of what the handler had begun to say
			a.begin(c)
			err = a.outside(c, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
		a.account(c, began)
	}()
	if bad := unacceptable(c); bad != nil {
		r := a.request(c)
		defer r.done()
		if r.misdirected() {
			return r.Fail(errMisdirected)
		}
		return r.failWith(bad, statusOf(bad))
	}
	if err := next(); err != nil {
		return a.outside(c, err)
	}
	return nil
}

// begin gives a request its id, and its answer the headers that all bear.
func (a *App) begin(c *fiber.Ctx) {
	if requestID(c) == "" {
		c.Locals(keyID, newRequestID())
	}
	set(c, requestIs, requestID(c))
	plainHeaders(c, a.secure)
}

// unacceptable refuses compressed bodies, which unfold without bound (R104), and
// requests that two readers could read differently (L82).
func unacceptable(c *fiber.Ctx) *reason.Error {
	if c.Get(fiber.HeaderContentEncoding) != "" {
		return reason.New(reason.RequestMediaType)
	}
	if !canonical(string(c.Request().URI().PathOriginal())) || framedTwice(c) || !oneHost(c) {
		return reason.New(reason.RequestMalformed)
	}
	return nil
}

// oneHost reports whether the request names one host, and in one way: the header
// and an absolute target agree, and no user stands before the host (RFC 9112
// §3.2). Another server could read the other one.
func oneHost(c *fiber.Ctx) bool {
	return bytes.EqualFold(c.Request().Header.Host(), c.Request().URI().Host())
}

// framedTwice reports whether a body in chunks came with a length as well, by
// which another server could find another end (RFC 9112 §6.1). The server below
// drops one of the two, so the headers are read as they came.
func framedTwice(c *fiber.Ctx) bool {
	chunks, length := false, false
	for rest := c.Request().Header.RawHeaders(); len(rest) > 0; {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte{'\n'})
		chunks = chunks || named(line, "transfer-encoding:")
		length = length || named(line, "content-length:")
	}
	return chunks && length
}

// named reports whether a line begins with a header's name and its colon.
func named(line []byte, name string) bool {
	return len(line) >= len(name) && strings.EqualFold(string(line[:len(name)]), name)
}

// canonical reports whether a path has one reading: no empty or dot segments, no
// parameters behind semicolons, nothing unprintable, and nothing encoded that
// need not be or that would mean something else once decoded (RFC 3986 §6.2.2).
func canonical(path string) bool {
	if !strings.HasPrefix(path, "/") || strings.Contains(path, "//") {
		return false
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	plain := strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r > '~' || r == ';' || r == '\\' })
	decoded, err := url.PathUnescape(path)
	return !plain && err == nil && utf8.ValidString(decoded) && !overEncoded(path)
}

// overEncoded reports whether an escape stands for what needs none, for a
// separator or another escape, or for a control character.
func overEncoded(path string) bool {
	for {
		at := strings.IndexByte(path, '%')
		if at < 0 {
			return false
		}
		b, err := hex.DecodeString(path[at+1 : at+3])
		if err != nil || strings.ContainsRune(separators+unreserved, rune(b[0])) || b[0] < ' ' || b[0] == 0x7f {
			return true
		}
		path = path[at+3:]
	}
}

const (
	separators = "/\\;%"
	unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~" // RFC 3986 §2.3
)

// account counts and logs a request that is over. Queries are never logged:
// they hold codes and tokens.
func (a *App) account(c *fiber.Ctx, began time.Time) {
	status, took := c.Response().StatusCode(), a.Now().Sub(began)
	a.Metrics.request(c.Method(), routeOf(c), status, took)
	level := levelOf(status)
	if !a.Logger.Enabled(c.Context(), level) {
		return
	}
	a.Logger.Log(c.Context(), level, "request",
		"method", c.Method(), "tenant", tenantOf(c), "path", cut(string(c.Request().URI().Path())), "status", status,
		"ms", float64(took.Microseconds())/1000, "ip", clientIP(c, a.TrustedProxies), "request_id", requestID(c))
}
