package main

import (
	"context"
	"fmt"
)

type migrateCommand struct{}

// Help shows an example.
func (*migrateCommand) Help() string {
	return "Example:\n  gatehouse migrate\n\nSeveral nodes may run it at once: one migrates, the others wait."
}

// Run brings the schema up to date.
func (*migrateCommand) Run(ctx context.Context, c *commands) error {
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
	return nil
}
