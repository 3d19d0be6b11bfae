package journeys

import (
	"context"

	"gatehouse/journeys/prompt"
	"gatehouse/reason"
	"gatehouse/store"
)

// Node is a type of step. It is stateless: what it knows of a user stands in
// the execution.
type Node interface {
	// Outcomes are the ways out; none: the journey ends here.
	Outcomes() []string
	// Ask is the node's question. A prompt without a Step asks nothing: the
	// node is taken at once. An error is a fault that ends the request.
	Ask(ctx context.Context, tenant store.Tenant, x *Execution) (prompt.Prompt, error)
	// Take acts on what the user sent, which answers the node's own prompt:
	// nothing unknown, nothing missing, nothing too long. An error is a fault
	// that ends the request; a refusal is part of the Verdict.
	Take(ctx context.Context, tenant store.Tenant, x *Execution, s Submission) (Verdict, error)
}

// Verdict is what a node decided.
type Verdict struct {
	// Outcome names the edge to follow.
	Outcome string
	// Refusal is why the user is asked again, as the user is told it.
	Refusal *reason.Error
	// Reference names the attempt that was recorded for a refusal.
	Reference string
	// Complete ends the execution.
	Complete *Outcome
}
