package users

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gatehouse/audit"
	"gatehouse/identity/throttle"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// SignUp is somebody who wants an account of his own making.
type SignUp struct {
	Profile
	Password string
	IP       string
	// At is the application at whose sign-in he does so; nil: the tenant's own
	// page.
	At *models.Application
}

// sourceSignUp tells of a user, in the event of his creation, that he made
// himself.
const sourceSignUp = "sign_up"

// SignsUp reports whether people may create an account at the application, or
// at the tenant's own pages where it is nil.
func (d *Directory) SignsUp(ctx context.Context, tenantID string, at *models.Application) (bool, error) {
	t, err := d.Tenants.ByID(ctx, tenantID)
	if err != nil {
		return false, err
	}
	var chosen models.ClientOptions
	if at != nil {
		chosen = at.Options.V
	}
	return t.Active() && t.SignsUpAt(chosen), nil
}

// Vet judges somebody who wants an account: whether the tenant lets him, what
// he gave, and whether his address has not had enough (R84). The right is the
// tenant's own setting. What it returns becomes a user by Enter, in the
// transaction that lets him in. An address that he gives is nobody's proof: it
// is kept unverified, is no name to sign in with, and his username may not look
// like one. It returns reason.SignUpOff, a throttle's refusal, InputTaken, or
// InputInvalid with the fields that are wrong; each spends from the budget. The
// count is committed by itself: hand in a Tenant.
func (d *Directory) Vet(ctx context.Context, w store.Writer, s SignUp) (*Draft, error) {
	allowed, err := d.SignsUp(ctx, w.ID(), s.At)
	if err != nil {
		return nil, err
	}
	if !allowed {
		return nil, reason.New(reason.SignUpOff)
	}
	if err := d.Throttle.SpendAll(ctx, w, throttle.SigningUp(s.IP, d.Exempt)...); err != nil {
		return nil, err
	}
	n := New{Profile: s.own(), Password: s.Password, Kind: models.UserLocal}
	if err := d.wrong(ctx, w, n); err != nil {
		return nil, err
	}
	one, err := d.draft(ctx, w.ID(), n)
	if err != nil {
		return nil, err
	}
	one.source = sourceSignUp
	return one, nil
}

// MadeHimself reports whether a user created his account himself, as its events
// tell.
func (d *Directory) MadeHimself(ctx context.Context, r store.Reader, id string) (bool, error) {
	made, err := audit.Timeline(ctx, r, audit.Filter{TargetID: id, Action: audit.UserCreated}, page.Request{Limit: 1})
	if err != nil || len(made.Items) == 0 {
		return false, err
	}
	return made.Items[0].Details.V["source"] == sourceSignUp, nil
}

// own is the profile as somebody may give it about himself: nothing is verified
// by his word (R93), and his name is not made of his address.
func (s SignUp) own() Profile {
	p := s.Profile
	p.EmailVerified, p.PhoneVerified = false, false
	name := strings.TrimSpace(p.Username)
	p = p.Clean()
	if name == "" {
		p.Username = ""
	}
	return p
}

// wrong finds everything that is wrong at once, so that nobody has to send a
// form twice. That a name is taken has to be said; the budget bounds how many
// can be asked for.
func (d *Directory) wrong(ctx context.Context, r store.Reader, n New) error {
	e := reason.New(reason.InputInvalid)
	faults(e, n.check())
	switch {
	case strings.Contains(n.Username, "@"):
		e.Fields = slices.DeleteFunc(e.Fields, ofUsername)
		e.On("username", reason.UsernameAt, "")
	case !slices.ContainsFunc(e.Fields, ofUsername) && !spellable(n.Username):
		e.On("username", reason.InputFormat, "")
	}
	if !slices.ContainsFunc(e.Fields, ofUsername) {
		switch _, err := identifier(ctx, r, Normalise(n.Username)); {
		case err == nil:
			e.Code = reason.InputTaken
			e.On("username", reason.InputTaken, "")
		case !store.NotFound(err):
			return err
		}
	}
	for name, value := range map[string]string{"email": n.Email, "given_name": n.Claims.GivenName, "family_name": n.Claims.FamilyName} {
		if strings.ContainsFunc(value, unseen) {
			e.On(name, reason.InputFormat, "")
		}
	}
	policy, err := d.policy(ctx, r.ID(), n.Profile)
	if err != nil {
		return err
	}
	if _, err := policy.Check(n.Password); err != nil {
		faults(e, err)
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

func ofUsername(f reason.Field) bool { return f.Pointer == "username" }

// faults adds the fields of a refusal to another.
func faults(e *reason.Error, err error) {
	var found *reason.Error
	if errors.As(err, &found) {
		e.Fields = append(e.Fields, found.Fields...)
	}
}
