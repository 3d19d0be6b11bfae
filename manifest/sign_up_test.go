package manifest_test

import (
	"strings"
	"testing"

	"gatehouse/identity/sessions"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/store"
)

// R91: somebody made himself an account of a name that a file then gives to a
// person with a verified address. The account is that person's from then on: the
// password of whoever made it ends, and his session. Who was made by staff keeps
// both, and so does whoever is verified already.
func TestStrangersAccountsAreTakenOver_R91(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		const theirs, ours = "seven copper kites in march", "violet engine waltz at nine"
		h.apply("kind: Tenant\nname: acme\nspec: {settings: {self_registration: on}}\n---\nkind: User\ntenant: acme\nname: ada\nspec: {email: ada@example.com, password: " + theirs + "}\n")
		in := h.in("acme")
		for _, name := range []string{"grace", "hedy"} {
			one, err := h.users.Vet(t.Context(), in, users.SignUp{Profile: users.Profile{Username: name, Email: name + "@example.com"}, Password: theirs, IP: "192.0.2.1"})
			must(t, err)
			must(t, in.Write(t.Context(), func(tx *store.Tx) error { return h.users.Enter(t.Context(), tx, one) }))
		}
		secrets := map[string]string{}
		for _, name := range []string{"ada", "grace", "hedy"} {
			must(t, in.Write(operator(), func(tx *store.Tx) error {
				_, secret, err := h.users.Sessions.Begin(operator(), tx, sessions.New{UserID: h.user("acme", name).ID, Kind: models.SessionUser})
				secrets[name] = secret
				return err
			}))
		}
		person := func(name, password string) string {
			return "kind: User\ntenant: acme\nname: " + name + "\nspec: {email: " + name + "@example.com, email_verified: true" + password + "}\n"
		}
		all := person("ada", "") + "---\n" + person("grace", ", password: "+ours) + "---\n" + person("hedy", "")
		done := h.apply(all)
		contains(t, done, "~ User acme/hedy", "password: (secret) -> (none)")
		for name, stays := range map[string]bool{"ada": true, "grace": false, "hedy": false} {
			_, err := h.users.Sessions.Find(t.Context(), in, secrets[name], models.SessionUser)
			if h.passwordWorks("acme", name, theirs) != stays || (err == nil) != stays {
				t.Errorf("%s: whoever made the account still holds it: %v", name, err)
			}
		}
		if !h.passwordWorks("acme", "grace", ours) {
			t.Error("the file's password does not work")
		}
		if again := h.apply(all); strings.TrimSpace(again) != "no changes" {
			t.Errorf("once more: %s", again)
		}
		must(t, h.users.SetPassword(operator(), in, h.user("acme", "hedy").ID, theirs, ""))
		h.apply(all)
		if !h.passwordWorks("acme", "hedy", theirs) {
			t.Error("a later password is taken away")
		}
	})
}
