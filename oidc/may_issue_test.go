package oidc_test

import (
	"testing"
	"time"

	"gatehouse/identity/sessions"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/oidc/grants"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// R36, L24: the judge asks everything himself, whatever others have ended
// already: each refusal here is the only thing that is wrong.
func TestTheJudgeAsksEverything_R36(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { judgeEverything(t, newHouse(t, db, "acme")) })
}

func judgeEverything(t *testing.T, h *house) {
	t.Helper()
	own := application{method: models.AuthBasic, scope: "openid", grants: "authorization_code refresh_token", firstParty: true}
	named := func(name string, change func(*application)) *models.Application {
		a := own
		a.name = name
		change(&a)
		return h.app(a).Application
	}
	good, third := named("own", func(*application) {}), named("third", func(a *application) { a.firstParty = false })
	revoked := named("revoked", func(*application) {})
	if err := h.apps.RevokeTokens(h.operator(), h.tenant, revoked.ID, "leaked"); err != nil {
		t.Fatal(err)
	}
	disabled := *good
	disabled.Status = models.ApplicationDisabled
	suspended := *h.row
	suspended.Status = models.TenantSuspended
	bob, err := h.people.Create(h.operator(), h.tenant, users.New{Profile: users.Profile{Username: "bob"}})
	if err != nil {
		t.Fatal(err)
	}
	locked, err := h.people.Create(h.operator(), h.tenant, users.New{Profile: users.Profile{Username: "eve"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.people.Lock(h.operator(), h.tenant, locked.ID, "test"); err != nil {
		t.Fatal(err)
	}
	begun := func(userID string) (s models.Session) {
		err := h.tenant.Write(t.Context(), func(tx *store.Tx) error {
			s, _, err = h.sessions.Begin(t.Context(), tx, sessions.New{UserID: userID, Kind: models.SessionUser})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	mine, over := begun(h.user.ID), begun(h.user.ID)
	if err := h.sessions.End(h.operator(), h.tenant, over.ID, sessions.WhyRevoked); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change func(*grants.Claim, *oidc.Tenant)
		want   reason.Code
	}{
		"nothing wrong":        {func(*grants.Claim, *oidc.Tenant) {}, ""},
		"tenant suspended":     {func(_ *grants.Claim, t *oidc.Tenant) { t.Row = &suspended }, reason.TenantSuspended},
		"application disabled": {func(c *grants.Claim, _ *oidc.Tenant) { c.Application = &disabled }, reason.OAuthClientDisabled},
		"grant not registered": {func(c *grants.Claim, _ *oidc.Tenant) { c.GrantType = models.GrantClientCredentials }, reason.OAuthGrantNotAllowed},
		"scope not registered": {func(c *grants.Claim, _ *oidc.Tenant) { c.Scopes = []string{"openid", "email"} }, reason.OAuthScope},
		"session over":         {func(c *grants.Claim, _ *oidc.Tenant) { c.SessionID = over.ID }, reason.SessionEnded},
		"no such session":      {func(c *grants.Claim, _ *oidc.Tenant) { c.SessionID = store.NewID() }, reason.SessionNone},
		"another's session":    {func(c *grants.Claim, _ *oidc.Tenant) { c.UserID = bob.ID }, reason.SessionNone},
		"no such user":         {func(c *grants.Claim, _ *oidc.Tenant) { c.UserID, c.SessionID = store.NewID(), "" }, reason.UserUnknown},
		"user locked":          {func(c *grants.Claim, _ *oidc.Tenant) { c.UserID, c.SessionID = locked.ID, "" }, reason.UserLocked},
		"revoked meanwhile": {func(c *grants.Claim, _ *oidc.Tenant) {
			c.Application, c.Allowed = revoked, models.At(h.clock.Now().Add(-time.Minute))
		}, reason.OAuthCodeUnknown},
		"revoked before": {func(c *grants.Claim, _ *oidc.Tenant) {
			c.Application, c.Allowed = revoked, models.At(h.clock.Now().Add(time.Minute))
		}, ""},
		"another's session, of an application that nobody allowed anything": {func(c *grants.Claim, _ *oidc.Tenant) {
			c.Application, c.UserID, c.Allowed = third, bob.ID, models.At(h.clock.Now())
		}, reason.SessionNone},
		"nothing was consented": {func(c *grants.Claim, _ *oidc.Tenant) {
			c.Application = third
		}, reason.ConsentRequired},
	} {
		claim := grants.Claim{
			Application: good, GrantType: models.GrantRefreshToken, UserID: h.user.ID, SessionID: mine.ID, Scopes: []string{"openid"},
		}
		tenant := h.at()
		test.change(&claim, &tenant)
		judged := func(where string, r store.Reader) {
			user, err := h.provider.Grants.MayIssue(t.Context(), r, tenant, claim)
			if test.want == "" && (err != nil || user.ID != h.user.ID) || test.want != "" && !reason.Has(err, test.want) {
				t.Errorf("%s %s: %v %v", name, where, user, err)
			}
		}
		judged("alone", h.tenant)
		if err := h.tenant.Write(t.Context(), func(tx *store.Tx) error { judged("in a transaction", tx); return nil }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
