package oidc_test

import (
	"net/url"
	"testing"

	"gatehouse/audit/attempts"
	"gatehouse/identity/sessions"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const adasPassword = "violet engine waltz at nine"

// asking is an application that asks for passwords itself.
func (h *house) asking() *registered {
	h.t.Helper()
	if err := h.people.SetPassword(h.operator(), h.tenant, h.user.ID, adasPassword, ""); err != nil {
		h.t.Fatal(err)
	}
	return h.app(application{
		name: "legacy", method: models.AuthBasic, firstParty: true, scope: "openid reports offline_access",
		grants: "authorization_code refresh_token password",
	})
}

func (h *house) byPassword(a *registered, username, password string, set ...string) answer {
	h.t.Helper()
	v := url.Values{"grant_type": {"password"}, "username": {username}, "password": {password}, "scope": {"openid reports"}}
	for i := 0; i < len(set); i += 2 {
		v.Set(set[i], set[i+1])
	}
	return h.post("/oauth2/token", a, v)
}

// R24, RFC 6749 §4.3: an application that was allowed it signs users in; the
// session is one like any other.
func TestPasswordGrant_R24(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.asking()
		got := h.byPassword(app, "ada@example.com", adasPassword)
		got.expect(t, 200, "")
		claims := payload(t, got.text("id_token"))
		if claims["sub"] != h.user.ID || claims["sid"] == nil || claims["auth_time"] == nil || got.text("scope") != "openid reports" {
			t.Errorf("%v %s", claims, got.raw)
		}
		h.userinfo(got.text("access_token")).expect(t, 200, "")
		live, err := h.sessions.ListOf(h.operator(), h.tenant, h.user.ID, page.Request{})
		if err != nil || len(live.Items) != 1 {
			t.Fatalf("%d sessions, %v", len(live.Items), err)
		}
		if err := h.sessions.End(h.operator(), h.tenant, live.Items[0].ID, sessions.WhyReplaced); err != nil {
			t.Fatal(err)
		}
		h.expectActive(app, got.text("access_token"), false)
		h.refresh(app, got.text("refresh_token")).expect(t, 400, "invalid_grant")
	})
}

// R62: whatever is wrong with name or password, the answer is the same; each
// try is an attempt of its user.
func TestPasswordGrantTellsNothing_R62(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.asking()
		wrong, nobody := h.byPassword(app, "ada", "not her password at all"), h.byPassword(app, "eve", adasPassword)
		wrong.expect(t, 400, "invalid_grant")
		if wrong.raw != nobody.raw {
			t.Errorf("a wrong password %s, an unknown name %s", wrong.raw, nobody.raw)
		}
		failed, err := attempts.List(h.operator(), h.tenant, attempts.Filter{Kind: attempts.SignIn, UserID: h.user.ID}, page.Request{})
		if err != nil || len(failed.Items) != 1 || failed.Items[0].ApplicationID != app.ID {
			t.Errorf("attempts %v, %v", failed.Items, err)
		}
		h.disableUser()
		if off := h.byPassword(app, "ada", adasPassword); off.raw != wrong.raw {
			t.Errorf("a disabled user: %s", off.raw)
		}
		h.byPassword(app, "ada", adasPassword, "scope", "admin").expect(t, 400, "invalid_scope")
		h.byPassword(app, "ada", "").expect(t, 400, "invalid_request")
		other := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code"})
		h.byPassword(other, "ada", adasPassword).expect(t, 400, "unauthorized_client")
	})
}

// R80, R82: guessing is counted as on the page.
func TestPasswordGrantIsCounted_R80(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.asking()
	for range 10 {
		h.byPassword(app, "ada", "not her password at all").expect(t, 400, "invalid_grant")
	}
	h.byPassword(app, "ada", adasPassword).expect(t, 429, "temporarily_unavailable")
}

// R31, R36: without a page to ask on, consent has to be there already.
func TestPasswordGrantNeedsConsent_R31(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	h.asking()
	foreign := h.app(application{
		name: "foreign", method: models.AuthBasic, scope: "openid reports", grants: "authorization_code password",
	})
	h.byPassword(foreign, "ada", adasPassword).expect(t, 400, "invalid_grant")
	h.expectAttempt("token", "consent.required")
}
