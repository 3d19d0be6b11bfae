package web

import (
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// below sets what only the server below Fiber can do: a time for the header and
// another for the body (R104), an answer of ours to methods that Fiber does not
// know, and an end to panics that no request of ours could catch (R106).
func (a *App) below() {
	server := a.fiber.Server()
	server.NoDefaultServerHeader = true
	server.NoDefaultContentType = true
	server.HeaderReceived = func(*fasthttp.RequestHeader) fasthttp.RequestConfig {
		return fasthttp.RequestConfig{ReadTimeout: bodyTime}
	}
	routes, refuse := server.Handler, server.ErrorHandler
	server.Handler = func(ctx *fasthttp.RequestCtx) {
		defer a.lastResort(ctx)
		if slices.Contains(fiber.DefaultMethods, string(ctx.Method())) {
			routes(ctx)
			return
		}
		a.unknownMethod(ctx)
	}
	server.ErrorHandler = func(ctx *fasthttp.RequestCtx, err error) {
		defer a.lastResort(ctx)
		refuse(ctx, err)
	}
}

// unknownMethod answers what no route can be registered for (RFC 9110 §15.6.2).
func (a *App) unknownMethod(ctx *fasthttp.RequestCtx) {
	c := a.fiber.AcquireCtx(ctx)
	defer a.fiber.ReleaseCtx(c)
	if err := a.pass(c, func() error { return fiber.ErrNotImplemented }); err != nil {
		c.Status(fiber.StatusInternalServerError)
	}
}

// lastResort ends a panic outside of every handler: one that got further would
// take the whole server along.
func (a *App) lastResort(ctx *fasthttp.RequestCtx) {
	p := recover()
	if p == nil {
		return
	}
	a.Metrics.panicked()
	a.Logger.ErrorContext(ctx, "a request ended in a panic", "error", fmt.Sprintf("panic: %v\n%s", p, debug.Stack()))
	ctx.Response.Reset()
	ctx.SetStatusCode(fiber.StatusInternalServerError)
	ctx.SetConnectionClose()
}
