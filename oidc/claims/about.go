package claims

import (
	"slices"

	"gatehouse/models"
)

// Names are the claims that ID tokens and userinfo may hold.
func Names() []string {
	return []string{
		"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "c_hash", "sid",
		"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
		"website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "email", "email_verified",
		"phone_number", "phone_number_verified", "address",
	}
}

// scopeOf names the scope that each claim about a user belongs to (OpenID
// Connect Core §5.4).
var scopeOf = map[string]string{
	"name": "profile", "given_name": "profile", "family_name": "profile", "middle_name": "profile", "nickname": "profile",
	"preferred_username": "profile", "profile": "profile", "picture": "profile", "website": "profile", "gender": "profile",
	"birthdate": "profile", "zoneinfo": "profile", "locale": "profile", "updated_at": "profile",
	"email": "email", "email_verified": "email", "phone_number": "phone", "phone_number_verified": "phone", "address": "address",
}

// ScopeOf is the scope that a claim belongs to; "" for those that no scope
// asks for.
func ScopeOf(claim string) string { return scopeOf[claim] }

// Chosen says which claims about a user are given.
type Chosen struct {
	Scopes []string
	Names  []string // claims that were asked for one by one
}

func (c Chosen) has(claim string) bool {
	return slices.Contains(c.Scopes, scopeOf[claim]) || slices.Contains(c.Names, claim)
}

// About is what is said about a user (OpenID Connect Core §5.1), by the names
// of the claims. Claims without a value are left out (§5.3.2).
func About(u *models.User, c Chosen) map[string]any {
	all := map[string]any{}
	for _, claim := range told {
		if !c.has(claim.name) {
			continue
		}
		if v := claim.value(u); v != nil && v != "" {
			all[claim.name] = v
		}
	}
	return all
}

// told are the claims about a user with where they come from.
var told = []struct {
	name  string
	value func(*models.User) any
}{
	{"name", func(u *models.User) any { return u.DisplayName() }},
	{"given_name", func(u *models.User) any { return u.Claims.V.GivenName }},
	{"family_name", func(u *models.User) any { return u.Claims.V.FamilyName }},
	{"middle_name", func(u *models.User) any { return u.Claims.V.MiddleName }},
	{"nickname", func(u *models.User) any { return u.Claims.V.Nickname }},
	{"preferred_username", preferred},
	{"profile", func(u *models.User) any { return u.Claims.V.Profile }},
	{"picture", func(u *models.User) any { return u.Claims.V.Picture }},
	{"website", func(u *models.User) any { return u.Claims.V.Website }},
	{"gender", func(u *models.User) any { return u.Claims.V.Gender }},
	{"birthdate", func(u *models.User) any { return u.Claims.V.Birthdate }},
	{"zoneinfo", func(u *models.User) any { return u.Claims.V.Zoneinfo }},
	{"locale", func(u *models.User) any { return u.Claims.V.Locale }},
	{"updated_at", func(u *models.User) any { return u.UpdatedAt.Unix() }},
	{"email", func(u *models.User) any { return u.Email }},
	{"email_verified", func(u *models.User) any { return where(u.Email != "", u.EmailVerified) }},
	{"phone_number", func(u *models.User) any { return u.PhoneNumber }},
	{"phone_number_verified", func(u *models.User) any { return where(u.PhoneNumber != "", u.PhoneVerified) }},
	{"address", address},
}

func preferred(u *models.User) any {
	if name := u.Claims.V.PreferredUsername; name != "" {
		return name
	}
	return u.Username
}

func address(u *models.User) any {
	if u.Claims.V.Address == nil {
		return nil
	}
	return u.Claims.V.Address
}

// where is the flag beside a value that there is.
func where(there, flag bool) any {
	if !there {
		return nil
	}
	return flag
}
