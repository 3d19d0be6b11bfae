package oidc_test

import (
	"testing"

	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// R33, R34: userinfo speaks of the user whom the token was issued for, and of
// nobody whom its subject could be taken for: an application that bears a user's
// id for its own name learns nothing of him by its own token.
func TestUserInfoIsOfTheTokensUser_R33_R34(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		bob, err := h.people.Create(h.operator(), h.tenant, users.New{Profile: users.Profile{Username: "bob", Email: "bob@example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{h.user.ID, bob.ID} {
			posing := h.app(application{
				name: name, method: models.AuthBasic, firstParty: true, scope: "openid email", grants: "client_credentials authorization_code refresh_token",
			})
			token := h.own(posing, "scope", "openid email").text("access_token")
			if a := h.userinfo(token); token != "" && a.status == 200 {
				t.Errorf("by its own token: %s", a.raw)
			}
			made := h.exchange(posing, h.signedIn(h.authorizeURL(posing, "scope", "openid email")).Get("code"), nil)
			if a := h.userinfo(made.text("access_token")); a.status != 200 || a.text("sub") != h.user.ID || a.text("email") == "bob@example.com" {
				t.Errorf("by a user's: %d %s", a.status, a.raw)
			}
			if a := h.userinfo(made.text("id_token")); a.status != 401 {
				t.Errorf("an ID token: %d %s", a.status, a.raw)
			}
			h.signOut()
			if a := h.userinfo(made.text("access_token")); a.status != 401 {
				t.Errorf("after the session: %d %s", a.status, a.raw)
			}
		}
	})
}
