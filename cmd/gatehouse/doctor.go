package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
	h, err := plot(c.Config)
	if err != nil {
		return err
	}
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
		return fmt.Errorf("things to mend: %d", broken)
	}
	return nil
}

func (h *house) examine(ctx context.Context) []finding {
	return append(append(h.examineStore(ctx), h.examineCheckpoints()), h.examineAddresses()...)
}

// examineCheckpoints looks whether the audit log is vouched for outside of the
// database (R133).
func (h *house) examineCheckpoints() finding {
	file := h.config.AuditCheckpointsFile
	if file == "" {
		return finding{
			what:   "audit checkpoints: none",
			advice: "name a file outside of the database's reach in GATEHOUSE_AUDIT_CHECKPOINTS_FILE, and whoever holds the database cannot rewrite the log unseen",
		}
	}
	if _, err := os.Stat(file); err != nil {
		return finding{what: "audit checkpoints: " + file + " is not there", advice: "the next start makes it; if there was one, somebody took it away"}
	}
	return finding{what: "audit checkpoints: " + file}
}

// examineStore looks at the database. A SQLite file that is not there is not
// made by looking.
func (h *house) examineStore(ctx context.Context) []finding {
	if path := h.config.Database.Path; h.config.Database.Driver == config.SQLite {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return []finding{{what: "database: " + path + " is not there", advice: "the first start makes it"}}
		}
	}
	err := h.openDatabase(ctx)
	if err == nil {
		defer h.close()
		err = oneLine(h.db.Ping(ctx))
	}
	if err != nil {
		return []finding{{"database: " + err.Error(), "check GATEHOUSE_DATABASE_URL and whether the database runs", true}}
	}
	return []finding{
		{what: "database: " + string(h.db.Kind()) + " answers"}, h.examineSchema(ctx), h.examineRole(ctx), h.examineMasterKey(ctx),
	}
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
	if h.config.Database.Driver == config.SQLite {
		return finding{what: "database file: " + h.config.Database.Path}
	}
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
	owns, err := h.db.OwnsTables(ctx)
	switch {
	case err != nil:
		return finding{"database role: " + err.Error(), "", true}
	case owns:
		return finding{
			what:   "database role: held by row-level security; it owns the tables",
			advice: "let another role own them, and grant this one what it needs with gatehouse migrate --grant, so that it can neither switch off the log's triggers nor change an event",
		}
	}
	return finding{what: "database role: held by row-level security, and owns nothing"}
}

func (h *house) examineMasterKey(ctx context.Context) finding {
	if !h.inUse(ctx) && h.config.MasterKeyCreated {
		return finding{what: "master key: in " + h.config.MasterKeyFile + ", made by the first start"}
	}
	if err := h.openKeyring(ctx); err != nil {
		return finding{"master key: " + err.Error(), "set GATEHOUSE_MASTER_KEY or GATEHOUSE_MASTER_KEY_FILE", true}
	}
	if !h.inUse(ctx) {
		return finding{what: "master key: can be used"}
	}
	made, err := facts.Get(ctx, h.db, facts.MasterKey)
	switch {
	case err != nil:
		return finding{"master key: " + oneLine(err).Error(), "look at the database's own log", true}
	case !h.k.Matches(made):
		return finding{"master key: not the one of this database", "give back the former key", true}
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
