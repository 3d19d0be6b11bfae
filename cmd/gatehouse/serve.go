package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"gatehouse/handlers/web"
	"gatehouse/internal/caller"
	"gatehouse/internal/config"
	"gatehouse/reason"
)

type serveCommand struct {
	Migrate bool `help:"Migrate the database first." default:"true" negatable:""`
}

// Help lists every setting.
func (*serveCommand) Help() string {
	var b strings.Builder
	b.WriteString("Example:\n  GATEHOUSE_PUBLIC_URL=https://login.example.com GATEHOUSE_DATABASE_URL=postgres://… gatehouse serve\n\nSettings:\n")
	for _, s := range config.Settings() {
		fmt.Fprintf(&b, "  %s\n      %s\n", s.Name, s.Description)
		if s.Default != "" {
			fmt.Fprintf(&b, "      default: %s\n", s.Default)
		}
	}
	return b.String()
}

// prepareCheckpoints finds out whether checkpoints can be written where the
// settings want them.
func (h *house) prepareCheckpoints() error {
	if h.config.AuditCheckpointsFile == "" {
		return nil
	}
	if err := h.notary.Prepare(); err != nil {
		return fmt.Errorf("GATEHOUSE_AUDIT_CHECKPOINTS_FILE: %w", err)
	}
	return nil
}

// shutdown is how long requests may take to end.
const shutdown = 20 * time.Second

// Run serves until it is told to end.
func (s *serveCommand) Run(ctx context.Context, c *commands) error {
	h, err := build(ctx, c.Config, s.Migrate)
	if err != nil {
		return err
	}
	defer h.close()
	defer ballast()()
	if err := h.prepareCheckpoints(); err != nil {
		return err
	}
	metrics := web.NewMetrics()
	app := h.doors(metrics) //nolint:contextcheck // pages get the context of the request that they answer
	listener, err := h.listen(ctx)
	if err != nil {
		return err
	}
	stopMetrics, err := h.serveMetrics(ctx, app, metrics)
	if err != nil {
		return err
	}
	defer stopMetrics()
	stopWork := h.work(ctx)
	defer stopWork()

	ended := make(chan error, 1)
	go func() { ended <- app.Fiber().Listener(listener) }()
	if err := h.welcome(ctx); err != nil {
		return err
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	h.logger.InfoContext(ctx, "ending: open requests are answered first")
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdown)
	defer cancel()
	return app.Shutdown(end)
}

// welcome says where the server is, and how to begin where nobody has yet. The
// link goes to standard output and to no log: it makes an owner.
func (h *house) welcome(ctx context.Context) error {
	h.logger.InfoContext(ctx, "serving", "listen", h.config.Listen, "public_url", h.config.PublicURL.String(), "version", version)
	fmt.Printf("\nGatehouse serves %s; the console is at %s\n", h.config.PublicURL, h.config.ConsoleURL)
	link, err := h.access.NewLink(operator(ctx, caller.ViaSystem))
	if reason.Has(err, reason.AccessSetupUsed) {
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Printf("There is no administrator yet. This link makes the first one, once, within a day:\n\n  %s/setup?token=%s\n\n",
		strings.TrimSuffix(h.config.ConsoleURL.String(), "/"), link.Reveal())
	return nil
}

// listen opens the port, with TLS where the settings name a certificate.
func (h *house) listen(ctx context.Context) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", h.config.Listen)
	if err != nil {
		return nil, fmt.Errorf("GATEHOUSE_LISTEN=%s: %w", h.config.Listen, err)
	}
	if !h.config.TLS.Enabled() {
		return l, nil
	}
	return h.wrapTLS(l)
}

// serveMetrics answers /metrics on a listener of its own, or beside the rest. An
// address that nobody chose may be taken.
func (h *house) serveMetrics(ctx context.Context, app *web.App, m *web.Metrics) (stop func(), err error) {
	place := h.config.Metrics
	if place.Shared {
		app.Shared("/metrics", m.Handler())
	}
	if place.Shared || place.Listen == "" {
		return func() {}, nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", place.Listen)
	switch {
	case err != nil && place.Chosen:
		return nil, fmt.Errorf("GATEHOUSE_METRICS_LISTEN=%s: %w", place.Listen, err)
	case err != nil:
		h.logger.WarnContext(ctx, "metrics are not served", "listen", place.Listen, "error", err)
		return func() {}, nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := server.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			h.logger.WarnContext(ctx, "metrics are no longer served", "listen", place.Listen, "error", err)
		}
	}()
	return func() {
		if err := server.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			h.logger.WarnContext(ctx, "metrics did not end", "error", err)
		}
	}, nil
}
