package nodes

import (
	"context"

	"gatehouse/audit/attempts"
	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/store"
)

// identifier asks who somebody is and believes it: whether there is such a
// user shows nowhere before the proof (R76).
type identifier struct{ Options }

// Outcomes implements journeys.Node.
func (identifier) Outcomes() []string { return []string{named, toAccounts} }

// Ask implements journeys.Node.
func (n identifier) Ask(ctx context.Context, tenant store.Tenant, x *journeys.Execution) (prompt.Prompt, error) {
	return n.ways(ctx, tenant, x, ask("identifier", "hosted.action.continue", askName(x.Identifier)))
}

// Take implements journeys.Node.
func (n identifier) Take(_ context.Context, _ store.Tenant, x *journeys.Execution, s journeys.Submission) (journeys.Verdict, error) {
	if s.Action == accountsAction {
		return journeys.Verdict{Outcome: toAccounts}, nil
	}
	x.Identifier = s.Inputs[usernameInput]
	x.Trace.StepAt(n.Now(), identifierStep, attempts.Passed, "")
	return journeys.Verdict{Outcome: named}, nil
}
