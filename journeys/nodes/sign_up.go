package nodes

import (
	"context"
	"strings"

	"gatehouse/audit/attempts"
	"gatehouse/identity/credentials"
	"gatehouse/identity/users"
	"gatehouse/internal/caller"
	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// The names of the inputs about an account to be, which are those of the user's
// profile, and how long they may be, in characters.
const (
	emailInput      = "email"
	givenNameInput  = "given_name"
	familyNameInput = "family_name"
	maxUsername     = 128
	maxEmail        = 254
	maxNamePart     = 128
)

// signUp asks what an account needs, and whatever else the tenant asks. Whether
// somebody may make one is asked at every step: the tenant may have changed its
// mind (R75).
type signUp struct{ Options }

// Outcomes implements journeys.Node.
func (signUp) Outcomes() []string { return []string{proved, refused} }

// Ask implements journeys.Node. It returns reason.SignUpOff.
func (n signUp) Ask(ctx context.Context, tenant store.Tenant, x *journeys.Execution) (prompt.Prompt, error) {
	allowed, err := n.signsUp(ctx, tenant, x)
	if err != nil {
		return prompt.Prompt{}, err
	}
	if !allowed {
		return prompt.Prompt{}, reason.New(reason.SignUpOff)
	}
	row, err := n.Tenants.ByID(ctx, tenant.ID())
	if err != nil {
		return prompt.Prompt{}, err
	}
	p := ask("sign_up", "hosted.action.sign_up", aboutAccount(x, row.Settings.V)...)
	return leading(p, prompt.ToSignIn, "hosted.action.have_account"), nil
}

// aboutAccount are the inputs, filled in with what was typed before.
func aboutAccount(x *journeys.Execution, s models.TenantSettings) []prompt.Input {
	typed := x.Answers
	if typed == nil {
		typed = map[string]string{hinted(x.Need.LoginHint): x.Need.LoginHint}
	}
	inputs := []prompt.Input{{
		Ref: usernameInput, Name: usernameInput, Type: prompt.TextInput, Purpose: prompt.ForNewUsername, Required: true,
		Label: "hosted.field.new_username", Hint: "hosted.field.new_username.hint", MaxLength: maxUsername,
	}}
	if s.AsksEmail() != models.AskOff {
		inputs = append(inputs, prompt.Input{
			Ref: emailInput, Name: emailInput, Type: prompt.EmailInput, Purpose: prompt.ForEmail,
			Required: s.AsksEmail() == models.AskRequired, Label: "hosted.field.email", MaxLength: maxEmail,
		})
	}
	if s.AsksNames() != models.AskOff {
		required := s.AsksNames() == models.AskRequired
		inputs = append(inputs,
			prompt.Input{Ref: givenNameInput, Name: givenNameInput, Type: prompt.TextInput, Purpose: prompt.ForGivenName, Required: required, Label: "hosted.field.given_name", MaxLength: maxNamePart},
			prompt.Input{Ref: familyNameInput, Name: familyNameInput, Type: prompt.TextInput, Purpose: prompt.ForFamilyName, Required: required, Label: "hosted.field.family_name", MaxLength: maxNamePart})
	}
	for i, in := range inputs {
		inputs[i].Value = typed[in.Name]
	}
	return append(inputs, prompt.Input{
		Ref: passwordInput, Name: passwordInput, Type: prompt.PasswordInput, Purpose: prompt.ForNewPassword, Required: true,
		Label: "hosted.field.password", Hint: "hosted.field.new_password.hint", MinLength: s.MinPassword(), MaxLength: credentials.MaxLength,
	})
}

// hinted is the input that an application's hint fills in.
func hinted(hint string) string {
	if strings.Contains(hint, "@") {
		return emailInput
	}
	return usernameInput
}

// Take implements journeys.Node.
func (n signUp) Take(ctx context.Context, tenant store.Tenant, x *journeys.Execution, s journeys.Submission) (journeys.Verdict, error) {
	at, err := n.application(ctx, tenant, x)
	if err != nil {
		return journeys.Verdict{}, err
	}
	one, err := n.Users.Vet(ctx, tenant, users.SignUp{
		Profile: users.Profile{
			Username: s.Inputs[usernameInput], Email: s.Inputs[emailInput],
			Claims: models.Claims{GivenName: s.Inputs[givenNameInput], FamilyName: s.Inputs[familyNameInput]},
		},
		Password: s.Inputs[passwordInput], IP: caller.From(ctx).IP, At: at,
	})
	if err != nil {
		return n.declined(ctx, tenant, x, reason.From(err))
	}
	now := n.Now()
	x.Trace.StepAt(now, signUpStep, attempts.Passed, "")
	x.Proof = &journeys.Proof{User: one.User, Draft: one, AMR: []string{journeys.AMRPassword}, ACR: journeys.ACRPassword, At: now}
	return journeys.Verdict{Outcome: proved}, nil
}

// declined records a refused sign-up by what was wrong first, and tells all of
// it: it is about what he typed himself, and about nobody else but the bearer of
// a name.
func (o Options) declined(ctx context.Context, tenant store.Tenant, x *journeys.Execution, told *reason.Error) (journeys.Verdict, error) {
	why := told
	if len(told.Fields) > 0 {
		why = reason.New(told.Fields[0].Code)
	}
	return o.refuse(ctx, tenant, x, failed{step: signUpStep, why: why, told: told})
}

// offerSignUp adds the way to an account for whoever has none.
func (o Options) offerSignUp(ctx context.Context, tenant store.Tenant, x *journeys.Execution, p prompt.Prompt) (prompt.Prompt, error) {
	allowed, err := o.signsUp(ctx, tenant, x)
	if err != nil || !allowed {
		return p, err
	}
	return leading(p, prompt.ToSignUp, "hosted.action.sign_up"), nil
}

// leading adds a way to another journey.
func leading(p prompt.Prompt, ref, label string) prompt.Prompt {
	p.Actions = append(p.Actions, prompt.Action{Ref: ref, Event: prompt.Navigate, Label: label})
	p.Components = append(p.Components, prompt.Component{Kind: prompt.Button, Ref: ref})
	return p
}

// signsUp reports whether people may make an account where the execution leads
// to. What is needed of the application is read only where the tenant lets
// anybody.
func (o Options) signsUp(ctx context.Context, tenant store.Tenant, x *journeys.Execution) (bool, error) {
	row, err := o.Tenants.ByID(ctx, tenant.ID())
	if err != nil || !row.SelfRegisters() || x.Kind() != models.SessionUser {
		return false, err
	}
	at, err := o.application(ctx, tenant, x)
	if err != nil {
		return false, err
	}
	return o.Users.SignsUp(ctx, tenant.ID(), at)
}

// application is the one that the user comes from; nil: he is at the tenant's
// own pages.
func (o Options) application(ctx context.Context, tenant store.Tenant, x *journeys.Execution) (*models.Application, error) {
	if x.Need.ApplicationID == "" {
		return nil, nil //nolint:nilnil // no application is an answer here
	}
	return o.Applications.ByID(ctx, tenant, x.Need.ApplicationID)
}
