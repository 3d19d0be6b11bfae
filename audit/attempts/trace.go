package attempts

import (
	"time"

	"gatehouse/models"
	"gatehouse/reason"
)

// The kinds of attempt.
const (
	SignIn    = "sign_in"
	SignUp    = "sign_up"
	Authorize = "authorize"
	Token     = "token"
	Register  = "registration"
)

// The verdicts of a step.
const (
	Passed = "passed"
	Failed = "failed"
	Asked  = "asked"
)

// maxSteps bounds a trace: an execution carries it through the browser.
const maxSteps = 40

// Trace collects the steps of an attempt while it goes on. It encodes to JSON,
// so that a sealed execution carries it from request to request.
type Trace struct {
	Kind  string               `json:"kind"`
	At    int64                `json:"at"` // microseconds since the epoch
	Last  int64                `json:"last,omitempty"`
	Steps []models.AttemptStep `json:"steps,omitempty"`
}

// Begin starts the trace of an attempt.
func Begin(kind string, at time.Time) *Trace {
	return &Trace{Kind: kind, At: at.UnixMicro(), Last: at.UnixMicro()}
}

// Step notes a step without its time. The code is the reason of a failed step.
func (t *Trace) Step(name, verdict string, code reason.Code) {
	t.add(models.AttemptStep{Step: name, Verdict: verdict, Reason: string(code)})
}

// StepAt notes a step that ended at a time; it took as long as the step before
// is ago.
func (t *Trace) StepAt(at time.Time, name, verdict string, code reason.Code) {
	now := at.UnixMicro()
	t.add(models.AttemptStep{
		Step: name, Verdict: verdict, Reason: string(code), At: now, Micros: max(0, now-max(t.Last, t.At)),
	})
	t.Last = now
}

// add keeps the first half of the steps and the newest of the rest.
func (t *Trace) add(s models.AttemptStep) {
	if len(t.Steps) >= maxSteps {
		t.Steps = append(t.Steps[:maxSteps/2], t.Steps[maxSteps/2+1:]...)
	}
	t.Steps = append(t.Steps, s)
}
