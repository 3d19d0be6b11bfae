// Package webtest opens doors for tests: a real listener with the house that
// oidctest builds behind it.
//
// Called by the tests of the doors.
package webtest

import (
	"context"
	"net"
	"net/url"
	"testing"

	"gatehouse/handlers/web"
	"gatehouse/oidc/oidctest"
)

// Open serves what is registered until the test ends, and returns its address,
// which is the house's public URL and issuer. Of the options, what the house
// knows may be left out.
func Open(t testing.TB, h *oidctest.House, o web.Options, register func(app *web.App, at string)) (app *web.App, at string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at = "http://" + listener.Addr().String()
	if o.PublicURL, err = url.Parse(at); err != nil {
		t.Fatal(err)
	}
	h.Issuer = at
	o.DB, o.Tenants, o.K, o.Logger, o.Now = h.DB, h.Tenants, h.K, h.Logger, h.Now
	o.Ready, o.Metrics = func(context.Context) error { return nil }, web.NewMetrics()
	app = web.New(o)
	register(app, at)
	go func() {
		if err := app.Fiber().Listener(listener); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		if err := app.Fiber().Shutdown(); err != nil {
			t.Error(err)
		}
	})
	return app, at
}
