package api

import (
	"time"

	"gatehouse/identity/access"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

func (a *API) userRoutes() []route {
	const one = "/users/:user"
	return []route{
		{"GET", "/users", access.UsersRead, (*call).users},
		{"POST", "/users", access.UsersWrite, (*call).userCreate},
		{"GET", one, access.UsersRead, (*call).user},
		{"PATCH", one, access.UsersWrite, (*call).userChange},
		{"DELETE", one, access.UsersWrite, (*call).userDelete},
		{"PUT", one + "/password", access.UsersWrite, (*call).userPassword},
		{"POST", one + "/lock", access.UsersSupport, (*call).userLock},
		{"POST", one + "/unlock", access.UsersSupport, (*call).userUnlock},
		{"POST", one + "/disable", access.UsersWrite, (*call).userDisable},
		{"POST", one + "/enable", access.UsersWrite, (*call).userEnable},
		{"GET", one + "/sessions", access.SessionsRead, (*call).userSessions},
		{"DELETE", one + "/sessions", access.SessionsWrite, (*call).userSessionsEnd},
	}
}

type userView struct {
	models.Claims
	ID            string            `json:"id"`
	Username      string            `json:"username"`
	Kind          models.UserKind   `json:"kind"`
	Status        models.UserStatus `json:"status"`
	Email         string            `json:"email,omitempty"`
	EmailVerified bool              `json:"email_verified"`
	PhoneNumber   string            `json:"phone_number,omitempty"`
	PhoneVerified bool              `json:"phone_number_verified"`
	CreatedAt     time.Time         `json:"created_at"`
	UpdatedAt     time.Time         `json:"updated_at"`
}

func viewUser(u *models.User) userView {
	return userView{
		Claims: u.Claims.V, ID: u.ID, Username: u.Username, Kind: u.Kind, Status: u.Status, Email: u.Email,
		EmailVerified: u.EmailVerified, PhoneNumber: u.PhoneNumber, PhoneVerified: u.PhoneVerified,
		CreatedAt: u.CreatedAt.Time, UpdatedAt: u.UpdatedAt.Time,
	}
}

func (c *call) users() error {
	p, q, err := c.paging()
	if err != nil {
		return err
	}
	f := users.Filter{Query: q("q"), Status: models.UserStatus(q("status")), Kind: models.UserKind(q("kind"))}
	found, err := c.Users.Search(c.ctx(), c.Store, f, p)
	if err != nil {
		return err
	}
	return listed(c, found, viewUser)
}

// profileInput is what can be chosen about a user; what is left out stays.
type profileInput struct {
	Username          *string         `json:"username"`
	Email             *string         `json:"email"`
	EmailVerified     *bool           `json:"email_verified"`
	PhoneNumber       *string         `json:"phone_number"`
	PhoneVerified     *bool           `json:"phone_number_verified"`
	Name              *string         `json:"name"`
	GivenName         *string         `json:"given_name"`
	FamilyName        *string         `json:"family_name"`
	MiddleName        *string         `json:"middle_name"`
	Nickname          *string         `json:"nickname"`
	Profile           *string         `json:"profile"`
	Picture           *string         `json:"picture"`
	Website           *string         `json:"website"`
	Gender            *string         `json:"gender"`
	Birthdate         *string         `json:"birthdate"`
	Zoneinfo          *string         `json:"zoneinfo"`
	Locale            *string         `json:"locale"`
	PreferredUsername *string         `json:"preferred_username"`
	Address           *models.Address `json:"address"`
}

func (in profileInput) over(p users.Profile) users.Profile {
	// A changed address is unverified unless the caller vouches for it (L43).
	if in.Email != nil && *in.Email != p.Email {
		p.EmailVerified = false
	}
	if in.PhoneNumber != nil && *in.PhoneNumber != p.PhoneNumber {
		p.PhoneVerified = false
	}
	p.Username, p.Email, p.PhoneNumber = or(in.Username, p.Username), or(in.Email, p.Email), or(in.PhoneNumber, p.PhoneNumber)
	p.EmailVerified, p.PhoneVerified = or(in.EmailVerified, p.EmailVerified), or(in.PhoneVerified, p.PhoneVerified)
	c := &p.Claims
	for into, from := range map[*string]*string{
		&c.Name: in.Name, &c.GivenName: in.GivenName, &c.FamilyName: in.FamilyName, &c.MiddleName: in.MiddleName,
		&c.Nickname: in.Nickname, &c.Profile: in.Profile, &c.Picture: in.Picture, &c.Website: in.Website, &c.Gender: in.Gender,
		&c.Birthdate: in.Birthdate, &c.Zoneinfo: in.Zoneinfo, &c.Locale: in.Locale, &c.PreferredUsername: in.PreferredUsername,
	} {
		*into = or(from, *into)
	}
	if in.Address != nil {
		c.Address = in.Address
	}
	return p
}

type userInput struct {
	profileInput
	Password     string `json:"password"`
	PasswordHash string `json:"password_hash"`
}

func (c *call) userCreate() error {
	var in userInput
	if err := c.JSON(&in, 0); err != nil {
		return err
	}
	return c.once(c.Body(), func(tx *store.Tx) (any, error) {
		u, err := c.Users.Create(c.ctx(), tx, users.New{
			Profile: in.over(users.Profile{}), Password: in.Password, PasswordHash: in.PasswordHash,
		})
		if err != nil {
			return nil, err
		}
		return viewUser(u), nil
	})
}

func (c *call) user() error {
	u, err := c.Users.ByID(c.ctx(), c.Store, c.Param("user"))
	if err != nil {
		return err
	}
	return c.versioned(u.Version, viewUser(u))
}

func (c *call) userChange() error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	var in profileInput
	if err := c.JSON(&in, 0); err != nil {
		return err
	}
	u, err := c.Users.ByID(c.ctx(), c.Store, c.Param("user"))
	if err != nil {
		return err
	}
	u, err = c.Users.Update(c.ctx(), c.Store, u.ID, users.Change{Profile: in.over(users.ProfileOf(u)), Version: version})
	if err != nil {
		return err
	}
	return c.versioned(u.Version, viewUser(u))
}

func (c *call) userDelete() error {
	why, err := c.why()
	if err != nil {
		return err
	}
	return c.done(c.Users.Delete(c.ctx(), c.Store, c.Param("user"), why))
}

type passwordInput struct {
	Password     string `json:"password"`
	PasswordHash string `json:"password_hash"`
	Reason       string `json:"reason"`
}

func (c *call) userPassword() error {
	var in passwordInput
	if err := c.JSON(&in, 0); err != nil {
		return err
	}
	switch {
	case in.PasswordHash != "":
		return c.done(c.Users.SetPasswordHash(c.ctx(), c.Store, c.Param("user"), in.PasswordHash, in.Reason))
	case in.Password == "":
		return reason.New(reason.InputInvalid).On("password", reason.InputRequired, "")
	}
	return c.done(c.Users.SetPassword(c.ctx(), c.Store, c.Param("user"), in.Password, in.Reason))
}

// withReason runs a deed that is done to a user for a reason.
func (c *call) withReason(do func(why string) error) error {
	var in reasonInput
	if err := c.optional(&in); err != nil {
		return err
	}
	return c.done(do(in.Reason))
}

// why is the reason of a deed that has no body: a DELETE's has no meaning (RFC
// 9110 §9.3.5).
func (c *call) why() (string, error) {
	q, err := c.Query()
	if err != nil {
		return "", err
	}
	return q.Get("reason"), nil
}

func (c *call) userLock() error {
	return c.withReason(func(why string) error {
		_, err := c.Users.Lock(c.ctx(), c.Store, c.Param("user"), why)
		return err
	})
}

func (c *call) userUnlock() error {
	return c.withReason(func(why string) error {
		_, err := c.Users.Unlock(c.ctx(), c.Store, c.Param("user"), why)
		return err
	})
}

func (c *call) userDisable() error {
	return c.withReason(func(why string) error {
		_, err := c.Users.Disable(c.ctx(), c.Store, c.Param("user"), why)
		return err
	})
}

func (c *call) userEnable() error {
	return c.withReason(func(why string) error {
		_, err := c.Users.Enable(c.ctx(), c.Store, c.Param("user"), why)
		return err
	})
}

func (c *call) userSessions() error {
	if _, err := c.Users.ByID(c.ctx(), c.Store, c.Param("user")); err != nil {
		return err
	}
	p, _, err := c.paging()
	if err != nil {
		return err
	}
	found, err := c.Sessions.ListOf(c.ctx(), c.Store, c.Param("user"), p)
	if err != nil {
		return err
	}
	return listed(c, found, viewSession)
}

func (c *call) userSessionsEnd() error {
	why, err := c.why()
	if err != nil {
		return err
	}
	return c.done(c.Users.EndSessions(c.ctx(), c.Store, c.Param("user"), why))
}
