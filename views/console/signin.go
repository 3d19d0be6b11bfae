package console

import (
	"context"

	"gatehouse/journeys/prompt"
	"gatehouse/views/ui"
)

// SignIn is a step of the journey by which an administrator signs in.
type SignIn struct {
	Prompt prompt.Prompt
	Action string // where the form goes: the execution is in it
	Theme  string
	// Ended is a reason code that says why the last session ended; empty: it
	// did not.
	Ended string
	Flash Flash
	// FirstRun says that there is no administrator who could sign in.
	FirstRun bool
}

func autocomplete(p prompt.Purpose) string {
	if p == "" {
		return "off"
	}
	return string(p)
}

func inputType(t prompt.InputType) string {
	switch t {
	case prompt.PasswordInput:
		return "password"
	case prompt.EmailInput:
		return "email"
	default:
		return "text"
	}
}

// form shows a prompt as a form of the console.
func (v SignIn) form(ctx context.Context) ui.Form {
	f := ui.Form{Values: map[string]string{}, Errors: map[string]string{}}
	for _, in := range v.Prompt.Inputs {
		f.Values[in.Name] = in.Value
	}
	for _, e := range v.Prompt.FieldErrors {
		f.Errors[e.Name] = seen(ctx, string(e.Code))
	}
	if v.Prompt.Error != "" {
		f.Errors[""] = seen(ctx, string(v.Prompt.Error))
	}
	return f
}

func (v SignIn) field(ctx context.Context, i int, in prompt.Input) ui.Field {
	field := v.form(ctx).Field(ctx, in.Name, in.Label).Kind(inputType(in.Type)).Fill(autocomplete(in.Purpose)).Latin()
	if in.Required {
		field = field.Must()
	}
	if i == 0 {
		field = field.First()
	}
	return field
}
