package nodes

import (
	"context"

	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/reason"
	"gatehouse/store"
)

// failure ends a journey without a session: its page leads back to where a new
// one can begin.
type failure struct{}

// Outcomes implements journeys.Node.
func (failure) Outcomes() []string { return nil }

// Ask implements journeys.Node.
func (failure) Ask(context.Context, store.Tenant, *journeys.Execution) (prompt.Prompt, error) {
	return prompt.Prompt{Step: "ended"}, nil
}

// Take implements journeys.Node: there is nothing to take.
func (failure) Take(context.Context, store.Tenant, *journeys.Execution, journeys.Submission) (journeys.Verdict, error) {
	return journeys.Verdict{}, reason.New(reason.JourneyExpired)
}
