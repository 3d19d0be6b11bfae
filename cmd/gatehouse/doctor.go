package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gatehouse/internal/config"
	"gatehouse/store/facts"
)

type doctorCommand struct{}

// Help shows an example.
func (*doctorCommand) Help() string {
	return "Example:\n  gatehouse doctor\n\nIt changes nothing, and exits with 1 when something must be mended."
}

// finding is what doctor says of one thing.
type finding struct {
	what, advice string
	broken       bool
}

// Run examines the deployment.
func (*doctorCommand) Run(ctx context.Context, c *commands) error {
	h, err := open(ctx, c.Config)
	if err != nil {
		return fmt.Errorf("%w\n  mend the setting, or start the database, and ask again", err)
	}
	defer h.close()
	broken := 0
	for _, f := range h.examine(ctx) {
		mark := "ok  "
		switch {
		case f.broken:
			mark = "BAD "
			broken++
		case f.advice != "":
			mark = "note"
		}
		fmt.Printf("%s  %s\n", mark, f.what)
		if f.advice != "" {
			fmt.Printf("      %s\n", f.advice)
		}
	}
	if broken > 0 {
		return fmt.Errorf("%d things must be mended", broken)
	}
	return nil
}

func (h *house) examine(ctx context.Context) []finding {
	all := []finding{h.examineDatabase(ctx)}
	if !all[0].broken {
		all = append(all, h.examineSchema(ctx), h.examineRole(ctx))
		if all[1].advice == "" {
			all = append(all, h.examineMasterKey(ctx))
		}
	}
	return append(all, h.examineAddresses()...)
}

func (h *house) examineDatabase(ctx context.Context) finding {
	if err := h.db.Ping(ctx); err != nil {
		return finding{"database: " + err.Error(), "check GATEHOUSE_DATABASE_URL and whether the database runs", true}
	}
	return finding{what: "database: " + string(h.db.Kind()) + " answers"}
}

func (h *house) examineSchema(ctx context.Context) finding {
	done, err := h.db.Migrated(ctx)
	switch {
	case err != nil:
		return finding{"schema: " + err.Error(), "look at the database's own log", true}
	case !done:
		return finding{what: "schema: not up to date", advice: "run gatehouse migrate, or let gatehouse serve do it"}
	}
	return finding{what: "schema: up to date"}
}

func (h *house) examineRole(ctx context.Context) finding {
	passes, err := h.db.PassesRowSecurity(ctx)
	switch {
	case err != nil:
		return finding{"database role: " + err.Error(), "", true}
	case passes:
		return finding{
			what:   "database role: it is a superuser or has BYPASSRLS",
			advice: "give the server a role without them, so that row-level security is a second guard between tenants",
		}
	}
	return finding{what: "database role: held by row-level security"}
}

func (h *house) examineMasterKey(ctx context.Context) finding {
	if err := h.openKeyring(); err != nil {
		return finding{"master key: " + err.Error(), "set GATEHOUSE_MASTER_KEY or GATEHOUSE_MASTER_KEY_FILE", true}
	}
	if err := facts.CheckMaster(ctx, h.db, h.k); err != nil {
		if errors.Is(err, facts.ErrMasterKey) {
			return finding{"master key: not the one of this database", "give back the former key", true}
		}
		return finding{"master key: " + err.Error(), "", true}
	}
	return finding{what: "master key: fits the database"}
}

func (h *house) examineAddresses() []finding {
	c := h.config
	all := []finding{{what: "public URL: " + c.PublicURL.String()}}
	if !c.Secure() {
		all[0].advice = "fine for trying out; people's browsers need https: set GATEHOUSE_PUBLIC_URL"
	}
	if c.Secure() && strings.EqualFold(c.ConsoleURL.Host, c.PublicURL.Host) {
		all = append(all, finding{what: "console: on the same host as sign-in pages", advice: "in production give it a host of its own with GATEHOUSE_CONSOLE_URL"})
	}
	if c.Secure() && !c.TLS.Enabled() && len(c.TrustedProxies) == 0 {
		all = append(all, finding{what: "proxy: none is trusted", advice: "https must come from a proxy: name it in GATEHOUSE_TRUSTED_PROXIES, or every visitor shares its address"})
	}
	if c.SMTP == nil {
		all = append(all, finding{what: "mail: no server is set", advice: "set GATEHOUSE_SMTP_URL before anybody must get mail"})
	}
	if c.Database.Driver == config.SQLite {
		all = append(all, finding{what: "store: SQLite serves one node", advice: "PostgreSQL is for production: set GATEHOUSE_DATABASE_URL"})
	}
	return all
}
