package oidc_test

import (
	"net/url"
	"testing"
	"time"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// RFC 9470 §4, §5, §6: an API that wants a newer sign-in sends the application
// back with max_age, and sees in the new token, and by introspection, that there
// was one. Who insists on an acr that no sign-in reaches gets no token instead of
// one that is not enough. A refreshed token says when its user signed in, not when it was made.
func TestStepUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.app(application{
			name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid offline_access", grants: "authorization_code refresh_token",
		})
		tokens := func(set ...string) answer {
			set = append(set, "scope", "openid offline_access")
			got := h.exchange(app, h.signedIn(h.authorizeURL(app, set...)).Get("code"), nil)
			got.expect(t, 200, "")
			return got
		}
		signedIn := func(got answer) (any, any) {
			claims := payload(t, got.text("access_token"))
			told := h.post("/oauth2/introspect", app, url.Values{"token": {got.text("access_token")}}).body
			if claims["acr"] == nil || told["acr"] != claims["acr"] || told["auth_time"] != claims["auth_time"] {
				t.Errorf("introspection tells %v, the token %v", told, claims)
			}
			return claims["auth_time"], claims["acr"]
		}
		old := tokens()
		before, _ := signedIn(old)
		h.clock.add(10 * time.Minute)
		if again, _ := signedIn(tokens("max_age", "3600")); again != before {
			t.Errorf("new enough, and yet signed in at %v after %v", again, before)
		}
		stepped := tokens("max_age", "60")
		after, acr := signedIn(stepped)
		if after == before || acr != "urn:gatehouse:acr:password" {
			t.Errorf("signed in at %v, %v after %v", after, acr, before)
		}
		for _, c := range []struct {
			of   answer
			want any
		}{{old, before}, {stepped, after}} {
			renewed := h.refresh(app, c.of.text("refresh_token"))
			renewed.expect(t, 200, "")
			if at, _ := signedIn(renewed); at != c.want {
				t.Errorf("refreshed: signed in at %v, want %v", at, c.want)
			}
		}
		for _, prompt := range []string{"", "none"} {
			got := h.response(h.authorizeURL(app, "prompt", prompt, "claims", `{"id_token":{"acr":{"essential":true,"values":["urn:none:such"]}}}`))
			if got.Get("error") != "unmet_authentication_requirements" || got.Get("code") != "" {
				t.Errorf("prompt=%s: %v", prompt, got)
			}
		}
	})
}
