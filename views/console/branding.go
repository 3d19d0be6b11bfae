package console

import (
	"context"
	"strings"

	"gatehouse/views/ui"
)

// Branding is the page on which a tenant's look is changed.
type Branding struct {
	Form   ui.Form
	Tokens []Token
	LogoID string
	Logo   string // address of the stored logo; empty: none
	// Preview is the address of the hosted page in the frame.
	Preview  string
	Contrast []Contrast
	Stale    *Stale
}

// Token is one design token of a tenant.
type Token struct {
	Name    string
	Kind    string // colour, length, choice
	Default string
	Choices []string
}

// Contrast is a pair of colours that are read on each other and does not read
// well, with the nearest value that does.
type Contrast struct {
	Foreground, Background string // names of tokens
	Ratio, Wanted          string
	Fix                    string // value for the token named Token
	Token                  string
}

func choices(ctx context.Context, t Token) []ui.Option {
	all := make([]ui.Option, 0, len(t.Choices))
	for _, c := range t.Choices {
		all = append(all, ui.Option{Value: c, Label: ui.T(ctx, "console.choice."+c)})
	}
	return all
}

// group are the tokens of one part of the form: light, dark or shape.
func (v Branding) group(name string) []Token {
	var some []Token
	for _, t := range v.Tokens {
		part := "shape"
		if t.Kind == "colour" {
			part = "light"
			if strings.HasSuffix(t.Name, "-dark") {
				part = "dark"
			}
		}
		if part == name {
			some = append(some, t)
		}
	}
	return some
}

// word is the name of a token in the reader's language.
func word(ctx context.Context, token string) string {
	return ui.T(ctx, "console.token."+strings.ReplaceAll(token, "-", "_"))
}

// openDark shows the folded colours when one of them is wrong.
func (v Branding) openDark() bool {
	for _, t := range v.group("dark") {
		if v.Form.Errors[t.Name] != "" {
			return true
		}
	}
	return false
}
