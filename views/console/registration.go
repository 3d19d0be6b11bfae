package console

import (
	"context"
	"strconv"
	"time"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// Registration is the page with what applications may register themselves.
type Registration struct {
	Form, TokenForm ui.Form
	Grants, Methods []ui.Option
	Tokens          []models.InitialToken
	Secret          string // a token that was just made
	Endpoint        string
	Now             time.Time
}

func registrationOptions(ctx context.Context, f ui.Form) []ui.Option {
	var all []ui.Option
	for _, mode := range []string{models.RegistrationOff, models.RegistrationToken, models.RegistrationOpen} {
		all = append(all, ui.Option{Value: mode, Label: ui.T(ctx, "console.registration."+mode), Chosen: f.Value("registration") == mode})
	}
	return all
}

func (v Registration) over(t *models.InitialToken) bool {
	return t.Spent() || !v.Now.Before(t.ExpiresAt.Time)
}

func uses(ctx context.Context, t *models.InitialToken) string {
	if t.MaxUses == 0 {
		return ui.T(ctx, "console.initial_token.uses", "Uses", strconv.Itoa(t.Uses))
	}
	return ui.T(ctx, "console.initial_token.uses_of", "Uses", strconv.Itoa(t.Uses), "Most", strconv.Itoa(t.MaxUses))
}
