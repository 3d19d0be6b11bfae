package claimrules

import "gatehouse/models"

// Environment is all that an expression can read. Nothing of it is secret, and
// none of its types has methods, which expressions could call.
type Environment struct {
	User        User        `expr:"user"`
	Application Application `expr:"application"`
	Scopes      []string    `expr:"scopes"` // that the token holds
	Claims      []string    `expr:"claims"` // asked for one by one (OpenID Connect Core §5.5)
	Time        int         `expr:"time"`   // seconds since the epoch
}

// User is whom the token is about, by the names of the standard claims (OpenID
// Connect Core §5.1); what is not known is empty. An application's own token is
// about nobody: all of it is empty.
type User struct {
	Sub               string  `expr:"sub"` // by which the application knows him
	Username          string  `expr:"username"`
	Name              string  `expr:"name"`
	GivenName         string  `expr:"given_name"`
	FamilyName        string  `expr:"family_name"`
	MiddleName        string  `expr:"middle_name"`
	Nickname          string  `expr:"nickname"`
	PreferredUsername string  `expr:"preferred_username"`
	Profile           string  `expr:"profile"`
	Picture           string  `expr:"picture"`
	Website           string  `expr:"website"`
	Gender            string  `expr:"gender"`
	Birthdate         string  `expr:"birthdate"`
	Zoneinfo          string  `expr:"zoneinfo"`
	Locale            string  `expr:"locale"`
	Email             string  `expr:"email"`
	EmailVerified     bool    `expr:"email_verified"`
	PhoneNumber       string  `expr:"phone_number"`
	PhoneVerified     bool    `expr:"phone_number_verified"`
	Address           Address `expr:"address"`
	UpdatedAt         int     `expr:"updated_at"` // seconds since the epoch
}

// Address is the address claim (OpenID Connect Core §5.1.1).
type Address struct {
	Formatted     string `expr:"formatted"`
	StreetAddress string `expr:"street_address"`
	Locality      string `expr:"locality"`
	Region        string `expr:"region"`
	PostalCode    string `expr:"postal_code"`
	Country       string `expr:"country"`
}

// Application is whom the token is issued to.
type Application struct {
	ClientID string `expr:"client_id"`
	Name     string `expr:"name"`
}

// UserOf is what expressions read of a user whom the application knows by this
// sub; nil: nobody.
func UserOf(u *models.User, sub string) User {
	if u == nil {
		return User{}
	}
	c := u.Claims.V
	out := User{
		Sub: sub, Username: u.Username, Name: u.DisplayName(), GivenName: c.GivenName, FamilyName: c.FamilyName, MiddleName: c.MiddleName,
		Nickname: c.Nickname, PreferredUsername: c.PreferredUsername, Profile: c.Profile, Picture: c.Picture, Website: c.Website,
		Gender: c.Gender, Birthdate: c.Birthdate, Zoneinfo: c.Zoneinfo, Locale: c.Locale, Email: u.Email, EmailVerified: u.EmailVerified,
		PhoneNumber: u.PhoneNumber, PhoneVerified: u.PhoneVerified, UpdatedAt: int(u.UpdatedAt.Unix()),
	}
	if out.PreferredUsername == "" {
		out.PreferredUsername = u.Username
	}
	if c.Address != nil {
		out.Address = Address(*c.Address)
	}
	return out
}
