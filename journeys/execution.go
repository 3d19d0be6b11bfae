package journeys

import (
	"errors"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"gatehouse/audit/attempts"
	"gatehouse/identity/credentials"
	"gatehouse/identity/throttle"
	"gatehouse/identity/users"
	"gatehouse/internal/seal"
	"gatehouse/journeys/prompt"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

const (
	// Idle is how long an execution waits for the next step (R75).
	Idle = 10 * time.Minute
	// Lifetime is how long an execution lives at most.
	Lifetime = time.Hour

	sealPurpose = "journeys.execution"
)

// Execution is one walk through a definition. Nodes read it and set what they
// found out; nobody keeps it longer than a request.
type Execution struct {
	ID         string   `json:"id"`
	Definition string   `json:"def"`
	Version    int      `json:"version"`
	Node       string   `json:"node"`
	Path       []string `json:"path,omitempty"` // the nodes that Back leads through
	Need       Need     `json:"need"`
	Identifier string   `json:"identifier,omitempty"` // as it was typed
	Stays      bool     `json:"stays,omitempty"`      // the user ticked that he stays signed in
	Refusals   int      `json:"refusals,omitempty"`
	// Answers are what somebody typed about an account that he makes, without the
	// password: who has to send a form twice need not fill it in twice (WCAG 2.2
	// §3.3.7).
	Answers map[string]string `json:"answers,omitempty"`
	Trace   attempts.Trace    `json:"trace"`
	Started models.Time       `json:"started"`
	Last    models.Time       `json:"last"`
	Notice  Notice            `json:"notice,omitzero"`

	// Proof is what was proved. It is never sealed: what follows a proof
	// follows it in the same request.
	Proof *Proof `json:"-"`
	// Browser is the one that the execution is open in.
	Browser Browser `json:"-"`
	// Settings are those of the node that acts.
	Settings map[string]string `json:"-"`
}

// Notice is what the next prompt tells about the last try.
type Notice struct {
	Error     reason.Code         `json:"error,omitempty"`
	Reference string              `json:"ref,omitempty"`
	RetryAt   models.Time         `json:"retry,omitzero"`
	Fields    []prompt.FieldError `json:"fields,omitempty"`
}

// Proof is who was proved, how and when.
type Proof struct {
	User *models.User
	// Draft is the user where he is none yet: he becomes one in the transaction
	// that begins his session.
	Draft *users.Draft
	AMR   []string
	ACR   string
	At    time.Time
	// Spent is what the proof was charged; success gives it back.
	Spent []throttle.Charge
	// Password is the one that proved it; success asks whether it holds still.
	Password credentials.Proven
}

// Kind is the session that success begins.
func (x *Execution) Kind() models.SessionKind {
	if x.Need.Kind == "" {
		return models.SessionUser
	}
	return x.Need.Kind
}

// answer remembers what was typed about an account to be.
func (x *Execution) answer(p prompt.Prompt, s Submission) {
	for _, in := range p.Inputs {
		v := s.Inputs[in.Name]
		if !in.Purpose.OfAccount() || utf8.RuneCountInString(v) > in.MaxLength {
			continue
		}
		if x.Answers == nil {
			x.Answers = map[string]string{}
		}
		x.Answers[in.Name] = v
	}
}

// attempted is what the execution is an attempt of.
func (n Need) attempted() string {
	if n.SignUp {
		return attempts.SignUp
	}
	return attempts.SignIn
}

// seal packs the execution for the browser. It returns request.too_large for a
// Need that does not fit into an address.
func (e *Engine) seal(tenant store.Tenant, x *Execution) (string, error) {
	if x.Proof != nil {
		return "", reason.Wrap(reason.ServerError, errors.New("journeys: a node asks after a proof"))
	}
	x.Last = models.At(e.Now())
	raw, err := json.Marshal(x)
	if err != nil {
		return "", reason.Wrap(reason.ServerError, err)
	}
	token := e.K.Token(sealPurpose, tenant.ID(), raw, x.Started.Add(Lifetime))
	if token == "" {
		return "", reason.New(reason.RequestTooLarge)
	}
	return token, nil
}

// open unpacks an execution. With journey.expired the execution is returned
// too where it can still be read, so that the page can lead back to its
// application; with journey.other_browser and journey.invalid it is nil.
func (e *Engine) open(tenant store.Tenant, executionID string, b Browser) (*Execution, error) {
	now := e.Now()
	raw, err := e.K.OpenToken(sealPurpose, tenant.ID(), executionID, now)
	if errors.Is(err, seal.ErrExpired) {
		return nil, reason.Wrap(reason.JourneyExpired, err)
	}
	if err != nil {
		return nil, reason.Wrap(reason.JourneyInvalid, err)
	}
	x := &Execution{}
	if err := json.Unmarshal(raw, x); err != nil {
		return nil, reason.Wrap(reason.JourneyInvalid, err)
	}
	if b.ID == "" || x.Need.Browser != b.ID {
		return nil, reason.New(reason.JourneyBrowser)
	}
	x.Browser = b
	if !now.Before(x.Last.Add(Idle)) {
		return x, reason.New(reason.JourneyExpired)
	}
	if _, err := e.node(x); err != nil {
		return x, err
	}
	return x, nil
}
