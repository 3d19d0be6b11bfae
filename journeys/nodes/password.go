package nodes

import (
	"context"

	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/store"
)

// password asks for the password of whoever was named before.
type password struct{ Options }

// Outcomes implements journeys.Node.
func (password) Outcomes() []string { return []string{proved, refused, stopped} }

// Ask implements journeys.Node.
func (password) Ask(_ context.Context, _ store.Tenant, x *journeys.Execution) (prompt.Prompt, error) {
	p := ask("password", "hosted.action.sign_in", askPassword())
	p.Identifier = x.Identifier
	// The page repeats the name for password managers; what comes back of it
	// counts for nothing.
	p.Inputs = append(p.Inputs, prompt.Input{
		Ref: "identifier", Name: usernameInput, Type: prompt.HiddenInput, Purpose: prompt.ForUsername,
		Label: "hosted.field.identifier", Value: x.Identifier, MaxLength: maxIdentifier,
	})
	return p, nil
}

// Take implements journeys.Node.
func (n password) Take(ctx context.Context, tenant store.Tenant, x *journeys.Execution, s journeys.Submission) (journeys.Verdict, error) {
	return n.prove(ctx, tenant, x, s)
}
