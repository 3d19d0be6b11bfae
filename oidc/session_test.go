package oidc_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/identity/throttle"
	"gatehouse/identity/users"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// R36, R64: an application may want a session that is younger, or was used more
// recently, than the tenant does. It has its user sign in again and gets no more
// tokens by refresh; others go on.
func TestSessionLimitsOfApplications_R64(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := func(name string, o models.ClientOptions) *registered {
			return h.app(application{
				name: name, method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code refresh_token", options: o,
			})
		}
		portal := app("portal", models.ClientOptions{})
		bank := app("bank", models.ClientOptions{SessionIdle: 600})
		vault := app("vault", models.ClientOptions{SessionLifetime: 900})
		began := h.exchange(bank, h.signedIn(h.authorizeURL(bank)).Get("code"), nil)
		locked := h.exchange(vault, h.signedIn(h.authorizeURL(vault)).Get("code"), nil)
		locked.expect(t, 200, "")
		silent := func(a *registered) string {
			return h.response(h.authorizeURL(a, "prompt", "none")).Get("error")
		}
		h.clock.add(5 * time.Minute)
		again := h.refresh(bank, began.text("refresh_token"))
		again.expect(t, 200, "")
		h.clock.add(6 * time.Minute) // unused by the browser for eleven
		h.refresh(bank, again.text("refresh_token")).expect(t, 400, "invalid_grant")
		if got := silent(bank); got != "login_required" {
			t.Errorf("bank: %q", got)
		}
		if got := silent(portal); got != "" { // and this is a use
			t.Errorf("portal: %q", got)
		}
		if got := silent(bank); got != "" {
			t.Errorf("bank after a use: %q", got)
		}
		h.clock.add(5 * time.Minute)
		if got := silent(vault); got != "login_required" {
			t.Errorf("vault: %q", got)
		}
		h.refresh(vault, locked.text("refresh_token")).expect(t, 400, "invalid_grant")
		if got := silent(portal); got != "" {
			t.Errorf("portal at last: %q", got)
		}
		if got := h.signedIn(h.authorizeURL(vault)); got.Get("code") == "" { // signs in anew
			t.Error(got)
		}
		if got := silent(vault); got != "" {
			t.Errorf("vault after a new sign-in: %q", got)
		}
	})
}

// R36: who signed in in a browser before tells nothing but who is looked up along
// with its session. Whose that is, and whether he may sign in, decides.
func TestKnownDeviceDecidesNothing_R36(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code"})
		eve, err := h.people.Create(h.operator(), h.tenant, users.New{Profile: users.Profile{Username: "eve"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.people.Lock(h.operator(), h.tenant, eve.ID, "test"); err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(h.authorizeURL(app, "prompt", "none"))
		if err != nil {
			t.Fatal(err)
		}
		request, err := strict.Query([]byte(u.RawQuery))
		if err != nil {
			t.Fatal(err)
		}
		sessions := map[string]string{h.user.ID: h.session(t.Context(), h.user.ID), eve.ID: h.session(t.Context(), eve.ID)}
		device := func(tenant, user string) string { return throttle.DeviceToken(h.provider.K, tenant, user) }
		for name, device := range map[string]string{
			"none": "", "ada's": device(h.tenant.ID(), h.user.ID), "eve's": device(h.tenant.ID(), eve.ID),
			"another tenant's": device("other", h.user.ID), "nobody's": device(h.tenant.ID(), store.NewID()), "made up": h.user.ID + ".x.y",
		} {
			for user, wanted := range map[string]string{h.user.ID: "code=", eve.ID: "error="} {
				a := h.provider.Authorize(t.Context(), h.at(), oidc.Params{Values: request}, oidc.Browser{ID: "b", Session: sessions[user], Device: device})
				if !strings.Contains(a.Redirect, wanted) {
					t.Errorf("%s device, session of ada: %v: %+v", name, user == h.user.ID, a)
				}
			}
			if a := h.provider.Authorize(t.Context(), h.at(), oidc.Params{Values: request}, oidc.Browser{ID: "b", Device: device}); !strings.Contains(a.Redirect, "error=login_required") {
				t.Errorf("%s device without a session: %+v", name, a)
			}
		}
	})
}

// R64: a session slides with the refreshes of its tokens where the tenant has it
// so, up to its end; else its browser alone keeps it alive.
func TestRefreshExtendsSession_R64(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, extends := range []bool{false, true} {
			name := map[bool]string{false: "still", true: "sliding"}[extends]
			h := newHouse(t, db, name)
			h.row.Settings.V.RefreshExtendsSession = extends
			app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code refresh_token"})
			got := h.exchange(app, h.signedIn(h.authorizeURL(app)).Get("code"), nil)
			got.expect(t, 200, "")
			h.clock.add(models.DefaultSessionIdle - time.Hour)
			got = h.refresh(app, got.text("refresh_token"))
			got.expect(t, 200, "")
			h.clock.add(2 * time.Hour)
			got = h.refresh(app, got.text("refresh_token"))
			if !extends {
				got.expect(t, 400, "invalid_grant")
				continue
			}
			for got.status == 200 && h.clock.Now().Before(time.Now().Add(2*models.DefaultSessionLifetime)) {
				h.clock.add(models.DefaultSessionIdle / 2)
				got = h.refresh(app, got.text("refresh_token"))
			}
			got.expect(t, 400, "invalid_grant")
			if over := time.Until(h.clock.Now()); over > models.DefaultSessionLifetime+models.DefaultSessionIdle {
				t.Errorf("lived for %v", over)
			}
		}
	})
}
