package main

import (
	"context"
	"fmt"

	"gatehouse/internal/caller"
)

type keysCommand struct {
	Rotate keysRotateCommand `cmd:"" help:"Publish a successor for a tenant's signing key."`
}

type keysRotateCommand struct {
	Tenant string `help:"Name of the tenant." default:"default"`
	Alg    string `help:"ES256 or RS256." default:"ES256" enum:"ES256,RS256"`
}

// Help shows an example.
func (*keysRotateCommand) Help() string {
	return "Example:\n  gatehouse keys rotate --tenant acme\n\nThe successor begins to sign a day later, when every client knows it."
}

// Run publishes the successor.
func (k *keysRotateCommand) Run(ctx context.Context, c *commands) error {
	h, err := build(ctx, c.Config, true)
	if err != nil {
		return err
	}
	defer h.close()
	ctx = operator(ctx, caller.ViaApply)
	t, err := h.tenant(ctx, k.Tenant)
	if err != nil {
		return err
	}
	next, err := h.keys.Rotate(ctx, h.db.Tenant(t.TenantID), k.Alg)
	if err != nil {
		return plain(err)
	}
	fmt.Printf("key %s (%s) is published and signs from %s\n", next.ID, next.Alg, next.ActivateAt.Format("2006-01-02 15:04 UTC"))
	return nil
}
