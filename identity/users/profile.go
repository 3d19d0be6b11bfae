package users

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"gatehouse/models"
	"gatehouse/reason"
)

// Profile is what can be chosen about a user, by the names of OpenID Connect
// Core §5.1.
type Profile struct {
	Username      string
	Email         string
	EmailVerified bool
	PhoneNumber   string // E.164
	PhoneVerified bool
	Claims        models.Claims
}

// ProfileOf is a user's profile as it stands.
func ProfileOf(u *models.User) Profile {
	return Profile{
		Username: u.Username, Email: u.Email, EmailVerified: u.EmailVerified,
		PhoneNumber: u.PhoneNumber, PhoneVerified: u.PhoneVerified, Claims: u.Claims.V,
	}
}

const (
	maxUsername = 128
	maxClaim    = 512
	maxEmail    = 254 // RFC 5321 §4.5.3.1.3
)

// Clean brings the profile into the form in which it is kept.
func (p Profile) Clean() Profile {
	p.Username = norm.NFKC.String(strings.TrimSpace(p.Username))
	p.Email = strings.TrimSpace(p.Email)
	if phone := strings.TrimSpace(p.PhoneNumber); phone != "" {
		p.PhoneNumber = phoneNoise.Replace(phone)
	} else {
		p.PhoneNumber = ""
	}
	if p.Username == "" {
		p.Username = p.Email
	}
	p.EmailVerified = p.EmailVerified && p.Email != ""
	p.PhoneVerified = p.PhoneVerified && p.PhoneNumber != ""
	return p
}

func (p Profile) check() error {
	e := reason.New(reason.InputInvalid)
	switch {
	case p.Username == "":
		e.On("username", reason.InputRequired, "")
	case len([]rune(p.Username)) > maxUsername:
		e.On("username", reason.InputTooLong, "128")
	case strings.ContainsFunc(p.Username, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		e.On("username", reason.InputFormat, "")
	case strings.Contains(p.Username, "@") && Normalise(p.Username) != Normalise(p.Email):
		// It could be somebody else's address, and keep him out (L45).
		e.On("username", reason.InputInvalid, "@")
	case phoneForm.MatchString(Normalise(p.Username)):
		e.On("username", reason.InputInvalid, "+")
	}
	if p.Email != "" && !validEmail(p.Email) {
		e.On("email", reason.InputFormat, "ada@example.com")
	}
	if p.PhoneNumber != "" && !phoneForm.MatchString(p.PhoneNumber) {
		e.On("phone_number", reason.InputFormat, "+358401234567")
	}
	checkClaims(e, p.Claims)
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// validEmail takes one plain address: one @, no display name, no comment, a
// domain that is one (L45).
func validEmail(s string) bool {
	if len(s) > maxEmail || strings.Count(s, "@") != 1 || strings.ContainsAny(s, " \t\r\n<>()\"") {
		return false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	_, err = idna.Lookup.ToASCII(s[strings.IndexByte(s, '@')+1:])
	return err == nil
}

var dateForm = regexp.MustCompile(`^([0-9]{4})?-?([0-9]{2}-[0-9]{2})?$`)

func checkClaims(e *reason.Error, c models.Claims) {
	for name, value := range map[string]string{
		"name": c.Name, "given_name": c.GivenName, "family_name": c.FamilyName, "middle_name": c.MiddleName,
		"nickname": c.Nickname, "gender": c.Gender, "zoneinfo": c.Zoneinfo, "preferred_username": c.PreferredUsername,
		"profile": c.Profile, "picture": c.Picture, "website": c.Website,
	} {
		if len([]rune(value)) > maxClaim || strings.ContainsFunc(value, unicode.IsControl) {
			e.On(name, reason.InputTooLong, "512")
		}
	}
	for name, value := range map[string]string{"profile": c.Profile, "picture": c.Picture, "website": c.Website} {
		if u, err := url.Parse(value); value != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
			e.On(name, reason.InputFormat, "https://example.com/ada")
		}
	}
	if c.Locale != "" {
		if _, err := language.Parse(c.Locale); err != nil {
			e.On("locale", reason.InputFormat, "BCP 47")
		}
	}
	if !dateForm.MatchString(c.Birthdate) {
		e.On("birthdate", reason.InputFormat, "1815-12-10")
	}
}

// onto writes the profile into a user.
func (p Profile) onto(u *models.User) {
	u.Username, u.Email, u.EmailVerified = p.Username, p.Email, p.EmailVerified
	u.PhoneNumber, u.PhoneVerified = p.PhoneNumber, p.PhoneVerified
	u.Claims = models.AsJSON(p.Claims)
	u.SearchName, u.SearchFamily = Normalise(u.DisplayName()), Normalise(u.Claims.V.FamilyName)
}

// FoundByEmail reports whether a user is found at sign-in under his e-mail
// address: it is verified, or it is his username, too.
func FoundByEmail(u *models.User) bool {
	return slices.ContainsFunc(identifiers(u), func(i models.Identifier) bool { return i.Value == Normalise(u.Email) })
}

// identifiers are the names under which the user is found at sign-in.
func identifiers(u *models.User) []models.Identifier {
	named := map[string]models.IdentifierKind{Normalise(u.Username): models.IdentifierUsername}
	add := func(value string, kind models.IdentifierKind, verified bool) {
		if _, has := named[Normalise(value)]; value != "" && verified && !has {
			named[Normalise(value)] = kind
		}
	}
	add(u.Email, models.IdentifierEmail, u.EmailVerified)
	add(u.PhoneNumber, models.IdentifierPhone, u.PhoneVerified)
	rows := make([]models.Identifier, 0, len(named))
	for value, kind := range named {
		rows = append(rows, models.Identifier{Value: value, Kind: kind, UserID: u.ID})
	}
	return rows
}
