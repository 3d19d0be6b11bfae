package main

import (
	"context"
	"fmt"
)

type migrateCommand struct {
	Grant string `help:"Then give this role of PostgreSQL what gatehouse serve needs, and nothing else." placeholder:"ROLE"`
}

// Help shows an example.
func (*migrateCommand) Help() string {
	return "Example:\n  gatehouse migrate\n  GATEHOUSE_DATABASE_URL=postgres://owner@… gatehouse migrate --grant gatehouse_server\n\n" +
		"Several nodes may run it at once: one migrates, the others wait."
}

// Run brings the schema up to date.
func (m *migrateCommand) Run(ctx context.Context, c *commands) error {
	h, err := open(ctx, c.Config)
	if err != nil {
		return err
	}
	defer h.close()
	n, err := h.db.Migrate(ctx)
	if err != nil {
		return oneLine(err)
	}
	fmt.Printf("%d migrations were applied; the schema is up to date\n", n)
	if m.Grant == "" {
		return nil
	}
	if err := h.db.Grant(ctx, m.Grant); err != nil {
		return fmt.Errorf("--grant %s: %w", m.Grant, oneLine(err))
	}
	fmt.Printf("the role %s may serve\n", m.Grant)
	return nil
}
