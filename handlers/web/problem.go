package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"gatehouse/reason"
)

// Problem is an answer of RFC 9457.
type Problem struct {
	Type     string         `json:"type"`
	Title    string         `json:"title"`
	Status   int            `json:"status"`
	Detail   string         `json:"detail,omitempty"`
	Instance string         `json:"instance"` // the request id
	Code     string         `json:"code"`
	Errors   []ProblemField `json:"errors,omitempty"`
}

// ProblemField is one wrong field of an input.
type ProblemField struct {
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
	Code    string `json:"code"`
}

// statuses of the kinds of refusal.
var statuses = map[reason.Kind]int{
	reason.Internal: 500, reason.Invalid: 400, reason.Unauthorized: 401, reason.Forbidden: 403, reason.NotFound: 404,
	reason.Conflict: 409, reason.Throttled: 429, reason.Unavailable: 503,
}

// codeStatuses are the codes whose status says more than their kind's.
var codeStatuses = map[reason.Code]int{
	reason.RequestTooLarge: 413, reason.RequestMediaType: 415, reason.RequestMethod: 405,
	reason.VersionStale: 412, reason.VersionRequired: 428, reason.InputInvalid: 422,
}

func statusOf(e *reason.Error) int {
	if s, ok := codeStatuses[e.Code]; ok {
		return s
	}
	return statuses[e.Meaning().Kind]
}

// Status is the HTTP status of a refusal.
func Status(e *reason.Error) int { return statusOf(e) }

// Fail answers with an error in the form that the route's callers read: a page
// or problem+json. Our own faults are logged whole and shown as a request id.
func (r *Request) Fail(err error) error {
	if errors.Is(err, errMisdirected) {
		r.c.Response().Reset()
		r.c.Status(fiber.StatusMisdirectedRequest)
		return nil
	}
	var e *fiber.Error
	if errors.As(err, &e) && e.Code == fiber.StatusNotFound {
		return r.failWith(reason.Wrap(reason.RequestNotFound, err), e.Code)
	}
	refused := reason.From(refusal(err))
	return r.failWith(refused, statusOf(refused))
}

func (r *Request) failWith(e *reason.Error, status int) error {
	r.Log(e)
	if e.RetryAfter > 0 {
		r.c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	draw := r.errorPage
	if draw == nil {
		draw = r.app.ErrorPage
	}
	if (r.kind == Page || r.kind == Visit) && draw != nil {
		err := r.drawn(draw, e)
		if err == nil {
			r.c.Status(status)
			return nil
		}
		r.app.Logger.ErrorContext(r.ctx, "an error page could not be drawn", "error", err, "request_id", r.RequestID)
	}
	return r.problem(e, status)
}

// drawn draws an error page. It may be the panic of a handler that it speaks of:
// another one ends here (R106).
func (r *Request) drawn(draw func(*Request, *reason.Error) error, e *reason.Error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.app.Metrics.panicked()
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return draw(r, e)
}

// Log notes a refusal: our own faults as errors, with their cause.
func (r *Request) Log(e *reason.Error) {
	level := slog.LevelDebug
	if k := e.Meaning().Kind; k == reason.Internal || k == reason.Unavailable {
		level = slog.LevelError
	}
	r.app.Logger.Log(r.ctx, level, "refused", "code", string(e.Code), "error", e.Error(), "request_id", r.RequestID)
}

// Problem answers with problem+json whatever the route's kind is.
func (r *Request) Problem(err error) error {
	e := reason.From(refusal(err))
	r.Log(e)
	if e.RetryAfter > 0 {
		r.c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	return r.problem(e, statusOf(e))
}

func (r *Request) problem(e *reason.Error, status int) error {
	p := Problem{
		Type: "about:blank", Title: title(status), Status: status, Detail: r.Say().Staff(string(e.Code)),
		Instance: r.RequestID, Code: string(e.Code),
	}
	for _, f := range e.Fields {
		detail := r.Say().Staff(string(f.Code))
		if f.Detail != "" {
			detail += " (" + f.Detail + ")"
		}
		p.Errors = append(p.Errors, ProblemField{pointer(f.Pointer), detail, string(f.Code)})
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return r.Bytes(status, "application/problem+json", body)
}

// pointer is a field's name as an RFC 6901 pointer.
func pointer(name string) string {
	if name == "" || name[0] == '/' {
		return name
	}
	return "/" + name
}

var titles = map[int]string{
	400: "Bad request", 401: "Not authenticated", 403: "Not allowed", 404: "Not found", 405: "Method not allowed", 408: "Too slow",
	409: "Conflict", 412: "Changed meanwhile", 413: "Too large", 415: "Unsupported media type", 422: "Input not accepted",
	428: "If-Match needed", 429: "Too many requests", 431: "Header too large", 500: "Internal error", 501: "Method not known", 503: "Unavailable",
}

func title(status int) string { return titles[status] }
