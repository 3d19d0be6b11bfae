package manifest

import (
	"context"

	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// userSpec is the spec of kind User, by the names of OpenID Connect Core §5.1.
type userSpec struct {
	Email             string          `yaml:"email,omitempty"`
	EmailVerified     bool            `yaml:"email_verified,omitempty"`
	PhoneNumber       string          `yaml:"phone_number,omitempty"`
	PhoneVerified     bool            `yaml:"phone_number_verified,omitempty"`
	Name              string          `yaml:"name,omitempty"`
	GivenName         string          `yaml:"given_name,omitempty"`
	FamilyName        string          `yaml:"family_name,omitempty"`
	MiddleName        string          `yaml:"middle_name,omitempty"`
	Nickname          string          `yaml:"nickname,omitempty"`
	Profile           string          `yaml:"profile,omitempty"`
	Picture           string          `yaml:"picture,omitempty"`
	Website           string          `yaml:"website,omitempty"`
	Gender            string          `yaml:"gender,omitempty"`
	Birthdate         string          `yaml:"birthdate,omitempty"`
	Zoneinfo          string          `yaml:"zoneinfo,omitempty"`
	Locale            string          `yaml:"locale,omitempty"`
	PreferredUsername string          `yaml:"preferred_username,omitempty"`
	Address           *models.Address `yaml:"address,omitempty"`
	Status            string          `yaml:"status,omitempty"`
	// Password is set where it is another; PasswordHash, of another system,
	// only where the user has no password yet: signing in replaces it.
	Password     string `yaml:"password,omitempty"`
	PasswordHash string `yaml:"password_hash,omitempty"`
}

func (*userSpec) rank() int { return 3 }

func (s *userSpec) profile(username string) users.Profile {
	return users.Profile{
		Username: username, Email: s.Email, EmailVerified: s.EmailVerified, PhoneNumber: s.PhoneNumber, PhoneVerified: s.PhoneVerified,
		Claims: models.Claims{
			Name: s.Name, GivenName: s.GivenName, FamilyName: s.FamilyName, MiddleName: s.MiddleName, Nickname: s.Nickname,
			Profile: s.Profile, Picture: s.Picture, Website: s.Website, Gender: s.Gender, Birthdate: s.Birthdate,
			Zoneinfo: s.Zoneinfo, Locale: s.Locale, PreferredUsername: s.PreferredUsername, Address: s.Address,
		},
	}
}

func (r *run) applyUser(ctx context.Context, d *document, s *userSpec) error {
	tx, _, err := r.in(ctx, d.tenant)
	if err != nil {
		return err
	}
	u, err := r.Users.ByUsername(ctx, tx, d.name)
	switch {
	case reason.Has(err, reason.UserUnknown):
		u, err = r.Users.Create(ctx, tx, users.New{Profile: s.profile(d.name), Password: s.Password, PasswordHash: s.PasswordHash})
		if err == nil {
			r.changed("create", d, []FieldChange{{"email", "", u.Email}})
		}
	case err == nil:
		u, err = r.updateUser(ctx, d, s, tx, u)
	}
	if err != nil {
		return err
	}
	r.keep(tx, kindUser, u.ID)
	return r.setUserStatus(ctx, s, tx, u)
}

func (r *run) updateUser(ctx context.Context, d *document, s *userSpec, tx *store.Tx, u *models.User) (*models.User, error) {
	want := s.profile(u.Username)
	fields := differing(profileFields(users.ProfileOf(u)), profileFields(want.Clean()))
	ended, err := r.takeOver(ctx, tx, u, want.Clean())
	if err != nil {
		return nil, err
	}
	set, err := r.applyPassword(ctx, s, tx, u)
	if err != nil {
		return nil, err
	}
	if len(set) == 0 {
		set = ended
	}
	status := differing([]field{{"status", string(u.Status)}}, []field{{"status", string(wantedUserStatus(s, u))}})
	r.updated(d, append(append(fields, set...), status...))
	if len(fields) == 0 {
		return u, nil
	}
	return r.Users.Update(ctx, tx, u.ID, users.Change{Profile: want, Version: u.Version})
}

// takeOver ends what a stranger may hold of an account where a file says whose
// address it has now, and its user made it himself: he chose the name, and knows
// the password (R91). What he allowed applications ends, too.
func (r *run) takeOver(ctx context.Context, tx *store.Tx, u *models.User, want users.Profile) ([]FieldChange, error) {
	has := users.ProfileOf(u)
	email := want.EmailVerified && (!has.EmailVerified || want.Email != has.Email)
	phone := want.PhoneVerified && (!has.PhoneVerified || want.PhoneNumber != has.PhoneNumber)
	if !email && !phone {
		return nil, nil
	}
	if own, err := r.Users.MadeHimself(ctx, tx, u.ID); err != nil || !own {
		return nil, err
	}
	given, err := r.Applications.Consents(ctx, tx, u.ID)
	if err != nil {
		return nil, err
	}
	for _, c := range given {
		if err := r.Applications.RevokeConsent(ctx, tx, u.ID, c.ApplicationID); err != nil {
			return nil, err
		}
	}
	err = r.Users.SetPassword(ctx, tx, u.ID, "", "configuration")
	if reason.Has(err, reason.PasswordNone) {
		return nil, nil
	}
	return []FieldChange{{"password", hiddenValue, nothing}}, err
}

func profileFields(p users.Profile) []field {
	return []field{
		{"email", p.Email},
		{"email_verified", p.EmailVerified},
		{"phone_number", p.PhoneNumber},
		{"phone_number_verified", p.PhoneVerified},
		{"claims", p.Claims},
	}
}

func (r *run) applyPassword(ctx context.Context, s *userSpec, tx *store.Tx, u *models.User) ([]FieldChange, error) {
	done := []FieldChange{{"password", hiddenValue, hiddenValue}}
	switch {
	case s.Password != "":
		same, err := r.Users.PasswordIs(ctx, tx, u.ID, s.Password)
		if err != nil || same {
			return nil, err
		}
		return done, r.Users.SetPassword(ctx, tx, u.ID, s.Password, "configuration")
	case s.PasswordHash != "":
		has, err := r.Users.Passwords.Has(ctx, tx, u.ID)
		if err != nil || has {
			return nil, err
		}
		return done, r.Users.SetPasswordHash(ctx, tx, u.ID, s.PasswordHash, "configuration")
	}
	return nil, nil
}

func wantedUserStatus(s *userSpec, u *models.User) models.UserStatus {
	if s.Status == "" {
		return u.Status
	}
	return models.UserStatus(s.Status)
}

func (r *run) setUserStatus(ctx context.Context, s *userSpec, tx *store.Tx, u *models.User) error {
	want := wantedUserStatus(s, u)
	if want == u.Status {
		return nil
	}
	var err error
	switch want {
	case models.UserLocked:
		_, err = r.Users.Lock(ctx, tx, u.ID, "configuration")
	case models.UserDisabled:
		_, err = r.Users.Disable(ctx, tx, u.ID, "configuration")
	case models.UserActive:
		_, err = r.Users.Enable(ctx, tx, u.ID, "configuration")
	default:
		err = reason.New(reason.InputInvalid).On("status", reason.InputUnknown, "active, locked, disabled")
	}
	return err
}
