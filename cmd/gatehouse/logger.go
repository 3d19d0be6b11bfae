package main

import (
	"log/slog"
	"os"

	"golang.org/x/term"

	"gatehouse/internal/config"
)

// newLogger writes to standard error: text for people on a terminal, JSON for
// programs (R138).
func newLogger(c *config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	format := c.LogFormat
	if format == "" {
		format = "json"
		if term.IsTerminal(int(os.Stderr.Fd())) {
			format = "text"
		}
	}
	if format == "text" {
		return slog.New(slog.NewTextHandler(os.Stderr, options))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, options))
}
