package users_test

import (
	"slices"
	"testing"
	"time"

	"gatehouse/identity/tenants"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/reason"
)

// R63, R76: who makes his own account cannot bear a name that looks like somebody
// else's, or like an address or a phone number; people's own letters are fine.
func TestNamesOfOnesOwnChoice_R63(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.opens()
		b.ada()
		for name, want := range map[string]reason.Code{
			"grace": "", "Grace.Hopper-1906_x": "", "ähnlich": "", "ｗｉｄｅ": "", "أحمد": "", "أحمد1": "", "алёна": "", "山田ハナコtaro": "", "김Kim": "",
			"аda":           reason.InputFormat, // the first letter is Cyrillic
			"gr\u200bace":   reason.InputFormat, // a space of no width
			"grace\u202e1":  reason.InputFormat, // turns the direction
			"two words":     reason.InputFormat,
			"a@b":           reason.UsernameAt,
			"+358401234567": reason.InputInvalid,
			"ada":           reason.InputTaken,
			"":              reason.InputRequired,
		} {
			draft, err := b.dir.Vet(t.Context(), b.acme, users.SignUp{
				Profile:  users.Profile{Username: name, Email: "someone@example.com", EmailVerified: true, PhoneNumber: "+358401234567", PhoneVerified: true},
				Password: right, IP: "192.0.2.1",
			})
			refusal := reason.From(err)
			switch {
			case want == "" && err != nil, want != "" && (err == nil || len(refusal.Fields) != 1 || refusal.Fields[0] != reason.Field{Pointer: "username", Code: want, Detail: refusal.Fields[0].Detail}):
				t.Errorf("%q: %v, want %q", name, err, want)
			case want == "" && (draft.User.EmailVerified || draft.User.PhoneVerified):
				t.Errorf("%q: verified by his own word (R93)", name)
			}
		}
	})
}

// R63: neither does he bear other names that turn the direction of a line, or hide
// something in it; what languages need to join letters is no such thing.
func TestOtherNamesOfOnesOwnChoice_R63(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.opens()
		vet := func(p users.Profile) *reason.Error {
			p.Username = "grace"
			_, err := b.dir.Vet(t.Context(), b.acme, users.SignUp{Profile: p, Password: right, IP: "192.0.2.1"})
			if err == nil {
				return nil
			}
			return reason.From(err)
		}
		for _, hidden := range []string{"\u202eada", "a\u2066da", "a\u200bda", "a\u2028da", "ada\u00ad", "a\U000e0061da"} {
			for pointer, p := range map[string]users.Profile{
				"email":       {Email: hidden + "@example.com"},
				"given_name":  {Claims: models.Claims{GivenName: hidden}},
				"family_name": {Claims: models.Claims{FamilyName: hidden}},
			} {
				if e := vet(p); e == nil || !slices.ContainsFunc(e.Fields, func(f reason.Field) bool { return f.Pointer == pointer }) {
					t.Errorf("%s %q: %v", pointer, hidden, e)
				}
			}
		}
		if e := vet(users.Profile{Email: "grace@example.com", Claims: models.Claims{GivenName: "علی\u200cرضا", FamilyName: "O'Neill-Łuczak von Müller"}}); e != nil {
			t.Errorf("%v", e)
		}
	})
}

// opens lets people make their own account.
func (b *bench) opens() {
	b.t.Helper()
	row, err := tenants.Fresh(b.t.Context(), b.acme)
	must(b.t, err)
	directory := tenants.NewDirectory(tenants.Options{DB: b.db, K: b.k, Now: time.Now})
	_, err = directory.Update(operator(), b.acme, tenants.Change{
		Version: row.Version, DisplayName: "Acme", DefaultLocale: "en", Settings: models.TenantSettings{SelfRegistration: models.SelfRegistrationOn},
	})
	must(b.t, err)
}
