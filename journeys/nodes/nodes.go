package nodes

import (
	"context"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/credentials"
	"gatehouse/identity/sessions"
	"gatehouse/identity/throttle"
	"gatehouse/identity/users"
	"gatehouse/internal/seal"
	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/models"
	"gatehouse/store"
)

// Users knows who somebody is; *users.Book is one.
type Users interface {
	Authenticate(ctx context.Context, w store.Writer, a users.Attempt) (users.Result, error)
	Confirm(ctx context.Context, tx *store.Tx, userID string, proven credentials.Proven) error
	Settle(ctx context.Context, tx *store.Tx, spent []throttle.Charge) error
	ByID(ctx context.Context, r store.Reader, id string) (*models.User, error)
	SignsUp(ctx context.Context, tenantID string, at *models.Application) (bool, error)
	Vet(ctx context.Context, w store.Writer, s users.SignUp) (*users.Draft, error)
	Enter(ctx context.Context, tx *store.Tx, one *users.Draft) error
}

// Sessions keeps sessions; *sessions.Keeper is one.
type Sessions interface {
	BeginWithin(ctx context.Context, tx *store.Tx, n sessions.New) (models.Session, string, error)
	Held(ctx context.Context, w store.Writer, b sessions.Bundle, kind models.SessionKind) ([]sessions.Held, error)
	Choose(ctx context.Context, tx *store.Tx, s *models.Session, userName string) error
	Leave(ctx context.Context, w store.Writer, s *models.Session, why string) ([]models.Session, error)
}

// Tenants knows a tenant's settings; *tenants.Directory is one.
type Tenants interface {
	ByID(ctx context.Context, id string) (*models.Tenant, error)
}

// Applications knows the application that a user comes from;
// *applications.Registry is one.
type Applications interface {
	ByID(ctx context.Context, r store.Reader, id string) (*models.Application, error)
}

// Options are what the nodes work with.
type Options struct {
	Users        Users
	Sessions     Sessions
	Tenants      Tenants
	Applications Applications
	K            *seal.Keyring
	Now          func() time.Time
	// Refusals bounds how many throttled tries of an address are recorded; nil:
	// all are. Others are bounded by the throttles.
	Refusals *audit.Gate
}

// All returns the nodes by the names of their types.
func All(o Options) map[string]journeys.Node {
	return map[string]journeys.Node{
		"accounts":            accounts{o},
		"identifier":          identifier{o},
		"password":            password{o},
		"identifier_password": identifierPassword{o},
		"sign_up":             signUp{o},
		"enrol":               enrol{o},
		"success":             success{o},
		"failure":             failure{},
	}
}

// The outcomes of nodes.
const (
	named   = "named"   // the user said who he is
	proved  = "proved"  // and proved it
	refused = "refused" // the proof was wrong: once more
	stopped = "stopped" // it was wrong too often
	another = "another" // none of the accounts of this browser
	// toAccounts leads from the user's name to those accounts.
	toAccounts = "accounts"
)

// The names under which inputs come back, and how long they may be, in
// characters. A password is cut off before it is hashed (R61).
const (
	usernameInput  = "username"
	passwordInput  = "password"
	maxIdentifier  = 256
	maxPassword    = 256
	primaryAction  = "continue"
	identifierStep = "identifier"
	passwordStep   = "password"
	accountInput   = "account"
	chooseAction   = "choose"
	accountsAction = "accounts"
	anotherAction  = "another"
	signUpStep     = "sign_up"
)

// ask is a prompt of some inputs and one way on.
func ask(step, label string, inputs ...prompt.Input) prompt.Prompt {
	p := prompt.Prompt{Step: step, Inputs: inputs}
	for _, in := range inputs {
		p.Components = append(p.Components, prompt.Component{Kind: prompt.Field, Ref: in.Ref})
	}
	p.Actions = []prompt.Action{{Ref: primaryAction, Event: prompt.Submit, Primary: true, Label: label}}
	p.Components = append(p.Components, prompt.Component{Kind: prompt.Button, Ref: primaryAction})
	return p
}

func askName(value string) prompt.Input {
	return prompt.Input{
		Ref: "identifier", Name: usernameInput, Type: prompt.TextInput, Purpose: prompt.ForUsername,
		Required: true, Label: "hosted.field.identifier", Value: value, MaxLength: maxIdentifier,
	}
}

func askPassword() prompt.Input {
	return prompt.Input{
		Ref: "password", Name: passwordInput, Type: prompt.PasswordInput, Purpose: prompt.ForCurrentPassword,
		Required: true, Label: "hosted.field.password", MaxLength: maxPassword,
	}
}
