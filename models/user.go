package models

// UserKind says where a user's record is kept.
type UserKind string

// The kinds of user.
const (
	UserLocal     UserKind = "local"
	UserDirectory UserKind = "directory"
	UserFederated UserKind = "federated"
)

// UserStatus says whether a user may sign in.
type UserStatus string

// The states of a user.
const (
	UserActive   UserStatus = "active"
	UserLocked   UserStatus = "locked"
	UserDisabled UserStatus = "disabled"
)

// User is a person who can sign in to a tenant's applications. Its claims bear
// the names of OpenID Connect Core §5.1.
//
// Owner: identity/users.
type User struct {
	Owned
	Recorded      `gorm:"-"`
	ID            string `gorm:"primaryKey"` // the sub claim
	Username      string
	Kind          UserKind
	Status        UserStatus
	Email         string
	EmailVerified bool
	PhoneNumber   string
	PhoneVerified bool
	SearchName    string // the display name in one form, for search
	SearchFamily  string // the family name likewise
	Claims        JSON[Claims]
	Version       int64
	CreatedAt     Time
	UpdatedAt     Time
}

// TableName names the table.
func (User) TableName() string { return "users" }

// Active reports whether the user may sign in.
func (u *User) Active() bool { return u.Status == UserActive }

// DisplayName is what people call the user.
func (u *User) DisplayName() string {
	c := u.Claims.V
	switch {
	case c.Name != "":
		return c.Name
	case c.GivenName != "" && c.FamilyName != "":
		return c.GivenName + " " + c.FamilyName
	case c.GivenName != "":
		return c.GivenName
	}
	return u.Username
}

// Claims are the standard claims of OpenID Connect Core §5.1 that are neither
// an identifier nor derived.
type Claims struct {
	Name              string   `json:"name,omitempty"`
	GivenName         string   `json:"given_name,omitempty"`
	FamilyName        string   `json:"family_name,omitempty"`
	MiddleName        string   `json:"middle_name,omitempty"`
	Nickname          string   `json:"nickname,omitempty"`
	Profile           string   `json:"profile,omitempty"`
	Picture           string   `json:"picture,omitempty"`
	Website           string   `json:"website,omitempty"`
	Gender            string   `json:"gender,omitempty"`
	Birthdate         string   `json:"birthdate,omitempty"`
	Zoneinfo          string   `json:"zoneinfo,omitempty"`
	Locale            string   `json:"locale,omitempty"`
	PreferredUsername string   `json:"preferred_username,omitempty"`
	Address           *Address `json:"address,omitempty"`
}

// Address is the address claim (OpenID Connect Core §5.1.1).
type Address struct {
	Formatted     string `json:"formatted,omitempty"`
	StreetAddress string `json:"street_address,omitempty"`
	Locality      string `json:"locality,omitempty"`
	Region        string `json:"region,omitempty"`
	PostalCode    string `json:"postal_code,omitempty"`
	Country       string `json:"country,omitempty"`
}

// IdentifierKind says what a user types to name himself.
type IdentifierKind string

// The kinds of identifier.
const (
	IdentifierUsername IdentifierKind = "username"
	IdentifierEmail    IdentifierKind = "email"
	IdentifierPhone    IdentifierKind = "phone"
)

// Identifier is a normalised name under which a user is found at sign-in: his
// username, and his e-mail address and phone number once verified.
//
// Owner: identity/users.
type Identifier struct {
	Owned
	Recorded `gorm:"-"`
	Value    string `gorm:"primaryKey"` // normalised
	Kind     IdentifierKind
	UserID   string
}

// TableName names the table.
func (Identifier) TableName() string { return "identifiers" }

// Credential is a proof that a user can give; now: a password.
//
// Owner: identity/credentials.
type Credential struct {
	Owned
	Recorded  `gorm:"-"`
	UserID    string `gorm:"primaryKey"`
	Kind      string `gorm:"primaryKey"` // password
	Hash      string // PHC string
	CreatedAt Time
	UpdatedAt Time
}

// TableName names the table.
func (Credential) TableName() string { return "credentials" }

// KindPassword is the kind of a Credential that is a password.
const KindPassword = "password"
