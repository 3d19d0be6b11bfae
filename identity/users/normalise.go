package users

import (
	"regexp"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"gatehouse/models"
)

var phoneForm = regexp.MustCompile(`^\+[0-9]{6,15}$`)

var phoneNoise = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "", "/", "")

// Normalise brings a name into the one form in which names are kept and looked
// up (R63): trimmed, NFKC, folded case; a phone number without its spacing.
func Normalise(typed string) string {
	s := cases.Fold().String(norm.NFKC.String(strings.TrimSpace(typed)))
	if phone := phoneNoise.Replace(s); phoneForm.MatchString(phone) {
		return phone
	}
	return s
}

// Class tells what kind of name somebody typed, by its looks.
func Class(typed string) models.IdentifierKind {
	switch s := Normalise(typed); {
	case strings.Contains(s, "@"):
		return models.IdentifierEmail
	case phoneForm.MatchString(s):
		return models.IdentifierPhone
	}
	return models.IdentifierUsername
}
