package nodes

import (
	"context"

	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/reason"
	"gatehouse/store"
)

// enrol is success for somebody who makes his account: he comes to be in the
// transaction that begins his session, and a name that somebody else took in
// between is asked for again.
type enrol struct{ Options }

// Outcomes implements journeys.Node.
func (enrol) Outcomes() []string { return []string{refused} }

// Ask implements journeys.Node: nothing is asked.
func (enrol) Ask(context.Context, store.Tenant, *journeys.Execution) (prompt.Prompt, error) {
	return prompt.Prompt{}, nil
}

// Take implements journeys.Node.
func (n enrol) Take(ctx context.Context, tenant store.Tenant, x *journeys.Execution, _ journeys.Submission) (journeys.Verdict, error) {
	out, err := success(n).finish(ctx, tenant, x)
	if reason.Has(err, reason.InputTaken) {
		x.Proof = nil
		return n.declined(ctx, tenant, x, reason.From(err))
	}
	return journeys.Verdict{Complete: out}, err
}
