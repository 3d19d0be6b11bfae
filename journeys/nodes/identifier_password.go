package nodes

import (
	"context"

	"gatehouse/audit/attempts"
	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/store"
)

// identifierPassword asks for name and password on one page.
type identifierPassword struct{ Options }

// Outcomes implements journeys.Node.
func (identifierPassword) Outcomes() []string { return []string{proved, refused, stopped, toAccounts} }

// Ask implements journeys.Node.
func (n identifierPassword) Ask(ctx context.Context, tenant store.Tenant, x *journeys.Execution) (prompt.Prompt, error) {
	return n.ways(ctx, tenant, x, ask("sign_in", "hosted.action.sign_in", askName(x.Identifier), askPassword()))
}

// Take implements journeys.Node.
func (n identifierPassword) Take(ctx context.Context, tenant store.Tenant, x *journeys.Execution, s journeys.Submission) (journeys.Verdict, error) {
	if s.Action == accountsAction {
		return journeys.Verdict{Outcome: toAccounts}, nil
	}
	x.Identifier = s.Inputs[usernameInput]
	x.Trace.StepAt(n.Now(), identifierStep, attempts.Passed, "")
	return n.prove(ctx, tenant, x, s)
}
