package users_test

import (
	"testing"

	"gatehouse/identity/users"
	"gatehouse/models"
)

// R63: one form for a name, however it is typed.
func TestNamesHaveOneForm_R63(t *testing.T) {
	for _, c := range []struct{ typed, form string }{
		{" Ada ", "ada"},
		{"ADA@Example.COM", "ada@example.com"},
		{"ＡＤＡ", "ada"},
		{"Straße", "strasse"},
		{"+358 40 123-4567", "+358401234567"},
		{"+358 (40) 1234567", "+358401234567"},
		{"ada lovelace", "ada lovelace"},
	} {
		if got := users.Normalise(c.typed); got != c.form {
			t.Errorf("%q: %q", c.typed, got)
		}
	}
	for typed, kind := range map[string]models.IdentifierKind{
		"ada": models.IdentifierUsername, "ada@example.com": models.IdentifierEmail, "+358 40 1234567": models.IdentifierPhone,
	} {
		if got := users.Class(typed); got != kind {
			t.Errorf("%q: %s", typed, got)
		}
	}
}
