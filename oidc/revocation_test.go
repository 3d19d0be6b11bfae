package oidc_test

import (
	"cmp"
	"net/url"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// held is all that two applications hold: signed and opaque, for a user and for
// themselves, by exchange, and a code that nobody has redeemed.
type held struct {
	portal, robot, other *registered
	// tokens are what ends with portal and robot, by name; stays is other's.
	tokens               map[string]string
	refresh, code, stays string
	staysRefresh         string
}

func (h *house) hold() held {
	h.t.Helper()
	app := func(name, format string) *registered {
		return h.app(application{
			name: name, method: models.AuthBasic, firstParty: true, scope: "openid reports offline_access",
			grants: "authorization_code refresh_token client_credentials", options: models.ClientOptions{AccessTokenFormat: format},
		})
	}
	x := held{portal: app("portal", models.FormatJWT), robot: h.middle("robot", billing), other: app("other", models.FormatOpaque), tokens: map[string]string{}}
	user := h.exchange(x.portal, h.signedIn(h.authorizeURL(x.portal, "scope", "openid reports offline_access")).Get("code"), nil)
	user.expect(h.t, 200, "")
	x.tokens["user's"], x.refresh = user.text("access_token"), user.text("refresh_token")
	x.tokens["own"] = h.own(x.robot, "scope", "reports").text("access_token")
	swapped := h.swap(x.robot, x.tokens["user's"], "audience", billing, "scope", "reports")
	swapped.expect(h.t, 200, "")
	x.tokens["exchanged"] = swapped.text("access_token")
	others := h.exchange(x.other, h.signedIn(h.authorizeURL(x.other, "scope", "openid offline_access")).Get("code"), nil)
	x.stays, x.staysRefresh = expectOpaque(h.t, others), others.text("refresh_token")
	x.code = h.signedIn(h.authorizeURL(x.portal)).Get("code")
	return x
}

// active reports whether introspection says so to whom the token belongs.
func (h *house) active(a *registered, token string) bool {
	h.t.Helper()
	active, _ := h.post("/oauth2/introspect", a, url.Values{"token": {token}}).body["active"].(bool)
	return active
}

// recorded are the details of the only event of an action.
func (h *house) recorded(action string) map[string]any {
	h.t.Helper()
	found, err := audit.Timeline(h.operator(), h.tenant, audit.Filter{Action: action}, page.Request{})
	if err != nil || len(found.Items) != 1 {
		h.t.Fatalf("%s: %d events, %v", action, len(found.Items), err)
	}
	return found.Items[0].Details.V
}

// R66: all tokens of an application end in one deed, at once wherever they are
// asked about, also those behind which no family stands; nobody else's do, and
// it gets new ones.
func TestRevokeApplication_R66(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		x := h.hold()
		for name, token := range x.tokens {
			if a := map[string]*registered{"user's": x.portal}[name]; !h.active(cmp.Or(a, x.robot), token) {
				t.Fatalf("%s: not active before", name)
			}
		}
		for _, a := range []*registered{x.portal, x.robot} {
			if err := h.apps.RevokeTokens(h.operator(), h.tenant, a.ID, "leaked"); err != nil {
				t.Fatal(err)
			}
		}
		for name, token := range x.tokens {
			if h.active(x.portal, token) || h.active(x.robot, token) {
				t.Errorf("%s: still active", name)
			}
		}
		if a := h.userinfo(x.tokens["user's"]); a.status != 401 {
			t.Errorf("userinfo %d", a.status)
		}
		h.swap(x.robot, x.tokens["user's"], "audience", billing).expect(t, 400, "invalid_request")
		h.refresh(x.portal, x.refresh).expect(t, 400, "invalid_grant")
		h.exchange(x.portal, x.code, nil).expect(t, 400, "invalid_grant")
		h.expectActive(x.other, x.stays, true)
		h.refresh(x.other, x.staysRefresh).expect(t, 200, "")
		h.clock.add(time.Second)
		h.expectActive(x.robot, h.own(x.robot, "scope", "reports").text("access_token"), true)
		again := h.exchange(x.portal, h.signedIn(h.authorizeURL(x.portal)).Get("code"), nil)
		h.expectActive(x.portal, again.text("access_token"), true)
		if err := h.apps.RevokeTokens(t.Context(), h.tenant, x.portal.ID, ""); err == nil {
			t.Error("without the right")
		}
	})
}

// R66: everything of a tenant ends in one deed, and only this tenant's.
func TestRevokeEverything_R66(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h, neighbour := newHouse(t, db, "acme"), newHouse(t, db, "globex")
		x, theirs := h.hold(), neighbour.hold()
		if err := h.tenants.RevokeEverything(h.operator(), h.tenant, "a breach"); err != nil {
			t.Fatal(err)
		}
		for name, token := range x.tokens {
			if h.active(x.portal, token) || h.active(x.robot, token) {
				t.Errorf("%s: still active", name)
			}
		}
		h.expectActive(x.other, x.stays, false)
		for a, token := range map[*registered]string{x.portal: x.refresh, x.other: x.staysRefresh} {
			h.refresh(a, token).expect(t, 400, "invalid_grant")
		}
		h.exchange(x.portal, x.code, nil).expect(t, 400, "invalid_grant")
		if got := h.response(h.authorizeURL(x.portal, "prompt", "none")).Get("error"); got != "login_required" {
			t.Errorf("still signed in: %q", got)
		}
		if d := h.recorded(audit.TenantRevoked); d["why"] != "a breach" || d["sessions"] != float64(1) || d["families"] != float64(2) {
			t.Errorf("recorded %v", d)
		}
		neighbour.expectActive(theirs.portal, theirs.tokens["user's"], true)
		neighbour.expectActive(theirs.robot, theirs.tokens["own"], true)
		neighbour.refresh(theirs.other, theirs.staysRefresh).expect(t, 200, "")
		h.clock.add(time.Second)
		again := h.exchange(x.portal, h.signedIn(h.authorizeURL(x.portal)).Get("code"), nil)
		h.expectActive(x.portal, again.text("access_token"), true)
		if err := h.tenants.RevokeEverything(t.Context(), h.tenant, ""); err == nil {
			t.Error("without the right")
		}
	})
}
