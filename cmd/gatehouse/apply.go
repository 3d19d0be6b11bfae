package main

import (
	"context"
	"fmt"
	"os"

	"gatehouse/internal/caller"
	"gatehouse/manifest"
)

// files are the configuration files of apply and diff.
type files struct {
	File  []string `short:"f" required:"" help:"File or directory; may be given several times." placeholder:"FILE_OR_DIR"`
	Prune bool     `help:"Remove what is stored and not in the files, in the tenants that the files name."`
	Env   string   `help:"File of NAME=value lines for the placeholders." placeholder:"FILE"`
}

func (f files) load() (*manifest.Set, error) {
	return manifest.Load(manifest.Sources{Paths: f.File, EnvFile: f.Env, Environ: os.Environ()})
}

type applyCommand struct{ files }

// Help shows an example.
func (*applyCommand) Help() string {
	return "Example:\n  gatehouse apply -f config/ --env secrets.env\n\nAll or nothing: one transaction. Applying the same files again changes nothing."
}

// Run applies the files.
func (a *applyCommand) Run(ctx context.Context, c *commands) error {
	set, err := a.load()
	if err != nil {
		return err
	}
	h, err := build(ctx, c.Config, true)
	if err != nil {
		return err
	}
	defer h.close()
	plan, err := h.manifest.Apply(operator(ctx, caller.ViaApply), set, manifest.Choice{Prune: a.Prune})
	if err != nil {
		return plain(err)
	}
	fmt.Print(plan)
	_, err = h.log.SealOnce(ctx)
	return err
}

type diffCommand struct{ files }

// Help shows an example.
func (*diffCommand) Help() string {
	return "Example:\n  gatehouse diff -f config/ --env secrets.env"
}

// Run prints what apply would change.
func (d *diffCommand) Run(ctx context.Context, c *commands) error {
	set, err := d.load()
	if err != nil {
		return err
	}
	h, err := look(ctx, c.Config)
	if err != nil {
		return err
	}
	defer h.close()
	plan, err := h.manifest.Plan(operator(ctx, caller.ViaApply), set, manifest.Choice{Prune: d.Prune})
	if err != nil {
		return plain(err)
	}
	fmt.Print(plan)
	return nil
}

type exportCommand struct {
	Tenant []string `help:"Only this tenant; may be given several times."`
	Output string   `short:"o" help:"File to write; standard output without." placeholder:"FILE"`
}

// Help shows an example.
func (*exportCommand) Help() string {
	return "Example:\n  gatehouse export --tenant acme > acme.yaml\n\nSecrets are written as placeholders, never in the clear."
}

// Run prints the live configuration.
func (e *exportCommand) Run(ctx context.Context, c *commands) error {
	h, err := look(ctx, c.Config)
	if err != nil {
		return err
	}
	defer h.close()
	ctx = operator(ctx, caller.ViaApply)
	for _, name := range e.Tenant {
		if _, err := h.tenant(ctx, name); err != nil {
			return err
		}
	}
	text, err := h.manifest.Export(ctx, e.Tenant)
	if err != nil {
		return plain(err)
	}
	if e.Output != "" {
		return os.WriteFile(e.Output, text, 0o600)
	}
	_, err = os.Stdout.Write(text)
	return err
}
