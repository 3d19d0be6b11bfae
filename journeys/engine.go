package journeys

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"gatehouse/audit/attempts"
	"gatehouse/internal/seal"
	"gatehouse/internal/secret"
	"gatehouse/journeys/prompt"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Options are what an engine is made of.
type Options struct {
	Nodes map[string]Node // by type
	// Definitions are the journeys; the first is the default. Of one id several
	// versions may be there, and executions begin with the highest.
	Definitions []Definition
	K           *seal.Keyring
	Now         func() time.Time
}

// Engine walks executions through definitions. It is safe for concurrent use.
type Engine struct {
	Options
	definitions map[pin]Definition
	latest      map[string]int
}

// pin names one version of a definition.
type pin struct {
	id      string
	version int
}

// New returns an engine, or every fault of the definitions: an outcome that
// leads nowhere, a node that cannot be reached, an unknown type.
func New(o Options) (*Engine, error) {
	e := &Engine{Options: o, definitions: map[pin]Definition{}, latest: map[string]int{}}
	if len(o.Definitions) == 0 {
		return nil, fmt.Errorf("journeys: no definitions")
	}
	for _, d := range o.Definitions {
		if err := d.validate(o.Nodes); err != nil {
			return nil, err
		}
		at := pin{d.ID, d.Version}
		if _, twice := e.definitions[at]; twice {
			return nil, fmt.Errorf("journeys: %s version %d is there twice", d.ID, d.Version)
		}
		e.definitions[at] = d
		e.latest[d.ID] = max(e.latest[d.ID], d.Version)
	}
	return e, nil
}

// Start begins an execution and returns it sealed. It writes nothing. It
// returns journey.invalid for an unknown journey and request.too_large.
func (e *Engine) Start(_ context.Context, tenant store.Tenant, need Need) (string, error) {
	id := need.Journey
	if id == "" {
		id = e.Definitions[0].ID
	}
	if need.SignUp {
		id = SignUp
	}
	d, ok := e.definitions[pin{id, e.latest[id]}]
	if !ok || need.Browser == "" {
		return "", reason.New(reason.JourneyInvalid)
	}
	node := d.Start
	if need.Choose && d.Accounts != "" {
		node = d.Accounts
	}
	now := e.Now()
	return e.seal(tenant, &Execution{
		ID: secret.Random("", 12).Reveal(), Definition: d.ID, Version: d.Version, Node: node,
		Need: need, Identifier: need.LoginHint, Started: models.At(now), Trace: *attempts.Begin(need.attempted(), now),
	})
}

// Open returns an execution and what it asks, for showing. It returns
// journey.expired (with the execution where it can still be read),
// journey.other_browser and journey.invalid (without).
func (e *Engine) Open(ctx context.Context, tenant store.Tenant, executionID string, b Browser) (*Execution, prompt.Prompt, error) {
	x, err := e.open(tenant, executionID, b)
	if err != nil {
		return x, prompt.Prompt{}, err
	}
	p, err := e.ask(ctx, tenant, x)
	return x, p, err
}

// Advance takes what the user sent. A refused proof or a wrong field is no
// error: the step's Prompt tells about it. It returns the errors of Open,
// journey.invalid for an execution that the submission does not fit, journey.input
// for an input or action that the prompt did not ask for, and whatever kept a node
// from deciding.
func (e *Engine) Advance(ctx context.Context, tenant store.Tenant, executionID string, b Browser, s Submission) (Step, error) {
	x, err := e.open(tenant, executionID, b)
	if err != nil {
		return Step{}, err
	}
	if s.Fits != nil && !s.Fits(x) {
		return Step{}, reason.New(reason.JourneyInvalid)
	}
	p, err := e.ask(ctx, tenant, x)
	if err != nil {
		return Step{}, err
	}
	if s.Back {
		return e.back(ctx, tenant, x)
	}
	if err := expected(p, s); err != nil {
		return Step{}, err
	}
	noteStay(x, p, s)
	x.answer(p, s)
	x.Notice = Notice{}
	if wrong := faults(p, s); len(wrong) > 0 {
		keep(x, p, s)
		x.Notice = Notice{Fields: wrong}
		return e.next(ctx, tenant, x, reason.New(reason.InputInvalid))
	}
	return e.walk(ctx, tenant, x, s)
}

// walk takes nodes until one asks the user or ends the execution.
func (e *Engine) walk(ctx context.Context, tenant store.Tenant, x *Execution, s Submission) (Step, error) {
	for range len(e.definitions[pin{x.Definition, x.Version}].Nodes) + 1 {
		node, err := e.node(x)
		if err != nil {
			return Step{}, err
		}
		verdict, err := node.Take(ctx, tenant, x, s)
		if err != nil {
			return Step{}, err
		}
		if verdict.Complete != nil {
			return Step{Outcome: verdict.Complete}, nil
		}
		if err := e.follow(x, verdict); err != nil {
			return Step{}, err
		}
		p, err := e.ask(ctx, tenant, x)
		if err != nil {
			return Step{}, err
		}
		if p.Step != "" {
			return e.asked(tenant, x, p, verdict.Refusal)
		}
		s = Submission{}
	}
	return Step{}, reason.Wrap(reason.ServerError, fmt.Errorf("journeys: %s runs in a circle", x.Definition))
}

// follow moves the execution along the edge of the verdict.
func (e *Engine) follow(x *Execution, v Verdict) error {
	target, ok := e.spec(x).Edges[v.Outcome]
	if !ok {
		return reason.Wrap(reason.ServerError, fmt.Errorf("journeys: node %q has no outcome %q", x.Node, v.Outcome))
	}
	if target != x.Node && v.Refusal == nil {
		x.Path = append(x.Path, x.Node)
	}
	if i := slices.Index(x.Path, target); i >= 0 { // where somebody was before, nothing lies behind
		x.Path = x.Path[:i]
	}
	x.Node = target
	if v.Refusal == nil {
		return nil
	}
	x.Refusals++
	x.Trace = *attempts.Begin(x.Need.attempted(), e.Now()) // the refused one is recorded
	x.Notice = notice(v)
	if v.Refusal.RetryAfter > 0 {
		x.Notice.RetryAt = models.At(e.Now().Add(v.Refusal.RetryAfter))
	}
	return nil
}

// notice is what the next prompt tells of a refusal: which inputs were wrong,
// where it names them.
func notice(v Verdict) Notice {
	n := Notice{Error: v.Refusal.Code, Reference: v.Reference}
	for _, f := range v.Refusal.Fields {
		n.Error = ""
		n.Fields = append(n.Fields, prompt.FieldError{Name: f.Pointer, Code: f.Code})
	}
	return n
}

func (e *Engine) back(ctx context.Context, tenant store.Tenant, x *Execution) (Step, error) {
	if n := len(x.Path); n > 0 {
		x.Node, x.Path = x.Path[n-1], x.Path[:n-1]
	}
	x.Notice = Notice{}
	return e.next(ctx, tenant, x, nil)
}

// next asks the execution's question and seals it.
func (e *Engine) next(ctx context.Context, tenant store.Tenant, x *Execution, refusal *reason.Error) (Step, error) {
	p, err := e.ask(ctx, tenant, x)
	if err != nil {
		return Step{}, err
	}
	return e.asked(tenant, x, p, refusal)
}

// asked seals the execution, which asks this.
func (e *Engine) asked(tenant store.Tenant, x *Execution, p prompt.Prompt, refusal *reason.Error) (Step, error) {
	id, err := e.seal(tenant, x)
	return Step{ExecutionID: id, Prompt: p, Err: refusal}, err
}

// ask is the prompt of the execution's node with what the engine adds to it.
func (e *Engine) ask(ctx context.Context, tenant store.Tenant, x *Execution) (prompt.Prompt, error) {
	node, err := e.node(x)
	if err != nil {
		return prompt.Prompt{}, err
	}
	p, err := node.Ask(ctx, tenant, x)
	if err != nil {
		return prompt.Prompt{}, err
	}
	p = withStay(x, p)
	p.CanGoBack = len(x.Path) > 0 && len(p.Inputs) > 0
	p.Error, p.Reference, p.FieldErrors = x.Notice.Error, x.Notice.Reference, x.Notice.Fields
	if !x.Notice.RetryAt.IsZero() {
		p.RetryAt = x.Notice.RetryAt.Time
	}
	return p, nil
}

func (e *Engine) spec(x *Execution) NodeSpec {
	return e.definitions[pin{x.Definition, x.Version}].Nodes[x.Node]
}

// node returns the type of the execution's node. A version that this build no
// longer holds has expired.
func (e *Engine) node(x *Execution) (Node, error) {
	spec := e.spec(x)
	node, ok := e.Nodes[spec.Type]
	if !ok {
		return nil, reason.New(reason.JourneyExpired)
	}
	x.Settings = spec.Settings
	return node, nil
}

// expected refuses what the prompt did not ask for (R75).
func expected(p prompt.Prompt, s Submission) error {
	if a, ok := p.Action(s.Action); !ok || a.Event == prompt.Navigate {
		return reason.New(reason.JourneyInput).On("action", reason.InputUnknown, "")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Inputs)) {
		if _, ok := p.Input(name); !ok {
			return reason.New(reason.JourneyInput).On(name, reason.InputUnknown, "")
		}
	}
	return nil
}

// faults finds the inputs that are missing or too long, for an action that takes
// them.
func faults(p prompt.Prompt, s Submission) []prompt.FieldError {
	if a, _ := p.Action(s.Action); a.Event == prompt.Trigger {
		return nil
	}
	var wrong []prompt.FieldError
	for _, in := range p.Inputs {
		value := s.Inputs[in.Name]
		switch {
		case in.Required && value == "":
			wrong = append(wrong, prompt.FieldError{Name: in.Name, Code: reason.InputRequired})
		case in.MaxLength > 0 && utf8.RuneCountInString(value) > in.MaxLength:
			wrong = append(wrong, prompt.FieldError{Name: in.Name, Code: reason.InputTooLong})
		}
	}
	return wrong
}

// keep remembers what was typed as the user's name, so that it need not be
// typed again (WCAG 2.2 §3.3.7). What a page repeats of an earlier step counts
// for nothing.
func keep(x *Execution, p prompt.Prompt, s Submission) {
	for _, in := range p.Inputs {
		v := s.Inputs[in.Name]
		if in.Purpose == prompt.ForUsername && in.Type != prompt.HiddenInput && utf8.RuneCountInString(v) <= in.MaxLength {
			x.Identifier = v
		}
	}
}
