package console

import (
	"context"
	"slices"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// Setup is a step of the first run.
type Setup struct {
	Step  string // administrator, url, tenant, application, done
	Theme string
	Flash Flash
}

var setupSteps = []string{"administrator", "url", "tenant", "application", "done"}

// state tells of a step whether it is done, current or to come.
func (v Setup) state(step string) string {
	at, now := slices.Index(setupSteps, step), slices.Index(setupSteps, v.Step)
	switch {
	case at < now:
		return "done"
	case at == now:
		return "active"
	default:
		return "later"
	}
}

// URLCheck is what the server was told and what it saw.
type URLCheck struct {
	Public string // GATEHOUSE_PUBLIC_URL
	Seen   string // what this browser used
	// Findings are names of texts, console.url.<name>, with their tone.
	Findings []Finding
}

// Finding is one result of a check.
type Finding struct{ Name, Tone string }

func findingIcon(f Finding) string {
	if f.Tone == "success" {
		return "circle-check"
	}
	return "alert-triangle"
}

// SetupDone is the last step: the application waits for its first sign-in.
type SetupDone struct {
	Overview
	Tenant *models.Tenant
	// NewUser is where the tenant's first user is made; empty: there is one, or
	// the reader may make none.
	NewUser string
}

func stepWord(ctx context.Context, step string) string { return ui.T(ctx, "console.setup."+step) }
