package oidc_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/identity/applications"
	"gatehouse/identity/claimrules"
	"gatehouse/models"
	"gatehouse/oidc/grants"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// rule makes a claim rule for all targets, unless f says otherwise.
func (h *house) rule(name string, f claimrules.Facts) *models.ClaimRule {
	h.t.Helper()
	if f.Targets == nil {
		f.Targets = models.ClaimTargets()
	}
	if f.Claim == "" {
		f.Claim = name
	}
	row, err := h.rules.Create(h.operator(), h.tenant, name, f)
	if err != nil {
		h.t.Fatal(name, err)
	}
	return row
}

// OpenID Connect Discovery §3: claims_supported lists what rules tell every
// application, at once; what they tell one alone it does not (as §3 allows).
func TestClaimRulesInTheMetadata(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		h.app(application{name: "portal", method: models.AuthBasic, scope: "openid", grants: "authorization_code"})
		supported := func() []string {
			d := h.provider.Metadata(t.Context(), h.at())
			var m struct {
				Claims []string `json:"claims_supported"`
			}
			if err := json.Unmarshal(d.Body, &m); err != nil {
				t.Fatal(err)
			}
			return m.Claims
		}
		before := supported()
		h.rule("domain", claimrules.Facts{Expression: `"x"`})
		h.rule("dom", claimrules.Facts{Claim: "domain", Expression: `"y"`})
		h.rule("name", claimrules.Facts{Expression: `"x"`})
		h.rule("team", claimrules.Facts{Expression: `"x"`, Application: "portal"})
		h.rule("orders", claimrules.Facts{Expression: `"x"`, Targets: []string{models.ClaimsOfAccessToken}})
		h.rule("off", claimrules.Facts{Expression: `"x"`, Disabled: true})
		if got, want := supported(), append(before, "domain"); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

// Rules write to what an application is told, each where it says, and a rule
// that fails keeps nobody from signing in.
func TestClaimRules_R11(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid profile email orders", grants: "authorization_code refresh_token"})
		other := h.app(application{name: "other", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code"})
		h.rule("domain", claimrules.Facts{Expression: `split(user.email, "@")[1]`})
		h.rule("team", claimrules.Facts{Expression: `user.given_name + " of " + application.client_id`, Application: "portal", Targets: []string{models.ClaimsOfIDToken}})
		h.rule("name", claimrules.Facts{Expression: `upper(user.name)`, Targets: []string{models.ClaimsOfUserInfo}})
		h.rule("orders", claimrules.Facts{Expression: `"all"`, Scope: "orders", Targets: []string{models.ClaimsOfAccessToken}})
		h.rule("wanted", claimrules.Facts{Expression: `"wanted" in claims ? "yes" : nil`})
		h.rule("broken", claimrules.Facts{Expression: `int(user.username)`})

		wanted := `{"userinfo":{"wanted":null},"id_token":{"wanted":{"essential":true},"unknown":null}}`
		got := h.exchange(app, h.signedIn(h.authorizeURL(app, "scope", "openid profile orders", "claims", wanted)).Get("code"), nil)
		got.expect(t, 200, "")
		id, access, info := payload(t, got.text("id_token")), payload(t, got.text("access_token")), h.userinfo(got.text("access_token"))
		for claim, want := range map[string][3]any{
			"domain": {"example.com", "example.com", "example.com"}, "team": {"Ada of portal", nil, nil}, "name": {nil, nil, "ADA LOVELACE"},
			"orders": {nil, "all", nil}, "wanted": {"yes", "yes", "yes"}, "broken": {nil, nil, nil}, "sub": {h.user.ID, h.user.ID, h.user.ID},
		} {
			if got := [3]any{id[claim], access[claim], info.body[claim]}; got != want {
				t.Errorf("%s: %v, want %v", claim, got, want)
			}
		}
		again := h.refresh(app, got.text("refresh_token"))
		if payload(t, again.text("id_token"))["team"] != "Ada of portal" || payload(t, again.text("access_token"))["orders"] != "all" {
			t.Error(again.raw)
		}
		less := h.exchange(other, h.signedIn(h.authorizeURL(other, "scope", "openid")).Get("code"), nil)
		if id := payload(t, less.text("id_token")); id["team"] != nil || id["domain"] != "example.com" || id["wanted"] != nil {
			t.Errorf("%v", id)
		}
	})
}

// In whatever form the token comes, introspection tells what rules wrote (RFC
// 7662 §2.2).
func TestClaimRulesOfOpaqueTokens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		h.rule("who", claimrules.Facts{Expression: `{"name": user.username, "big": 9007199254740993}`})
		for _, format := range models.TokenFormats() {
			app := h.app(application{
				name: format, method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code",
				options: models.ClientOptions{AccessTokenFormat: format},
			})
			token := h.exchange(app, h.signedIn(h.authorizeURL(app, "scope", "openid")).Get("code"), nil).text("access_token")
			told := h.post("/oauth2/introspect", app, url.Values{"token": {token}})
			if !strings.Contains(told.raw, `"who":{"big":9007199254740993,"name":"ada"}`) || told.text("client_id") != format || strings.Contains(told.raw, "gh_") {
				t.Errorf("%s: %s", format, told.raw)
			}
		}
	})
}

// An application's own token is about nobody; one for the management API is
// written by no rule (R11). A token of an exchange is about its user.
func TestClaimRulesOfOtherGrants_R11(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	robot := h.middle("robot")
	_, got := h.shown()
	h.rule("who", claimrules.Facts{Expression: `user.sub == "" ? application.name : user.username`})
	own := h.post("/oauth2/token", robot, url.Values{"grant_type": {"client_credentials"}})
	if who := payload(t, own.text("access_token"))["who"]; who != "robot" {
		t.Errorf("%v %s", who, own.raw)
	}
	went := h.swap(robot, got.text("access_token"))
	went.expect(t, 200, "")
	if who := payload(t, went.text("access_token"))["who"]; who != "ada" {
		t.Errorf("%v %s", who, went.raw)
	}
}

// An application that knows users by names of its own learns no other sub from
// expressions (OpenID Connect Core §8).
func TestClaimRulesOfPairwiseSubjects(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{
		name: "one", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code",
		options: models.ClientOptions{SubjectType: applications.Pairwise},
	})
	h.rule("me", claimrules.Facts{Expression: `user.sub`})
	got := h.exchange(app, h.signedIn(h.authorizeURL(app, "scope", "openid")).Get("code"), nil)
	id, info := payload(t, got.text("id_token")), h.userinfo(got.text("access_token"))
	if id["me"] != id["sub"] || id["me"] == h.user.ID || info.text("me") != id["sub"] {
		t.Errorf("%v %s", id, info.raw)
	}
}

// A preview says what tokens would say, with a rule that is not stored, and
// needs the rights that changing rules needs (L69).
func TestPreview_L69(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid email", grants: "authorization_code client_credentials"})
	row := h.rule("domain", claimrules.Facts{Expression: `"stored"`})
	draft := claimrules.Facts{Claim: "domain", Expression: `split(user.email, "@")[1]`, Targets: models.ClaimTargets()}
	sample := grants.Sample{ClientID: "portal", User: "ada@example.com", Scopes: []string{"openid", "email"}, Claims: []string{"email"}, Draft: &draft, DraftOf: row.ID}
	shown, err := h.provider.Grants.Preview(h.operator(), h.at(), sample)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]json.RawMessage{"id": shown.IDToken, "access": shown.AccessToken, "userinfo": shown.UserInfo} {
		var claims map[string]any
		if err := json.Unmarshal(text, &claims); err != nil || claims["domain"] != "example.com" || claims["sub"] != h.user.ID {
			t.Errorf("%s: %s %v", name, text, err)
		}
	}
	if !strings.Contains(string(shown.IDToken), `"email":"ada@example.com"`) || len(shown.Outcomes) != 3 || shown.Outcomes[0].Value != "example.com" {
		t.Errorf("%s %+v", shown.IDToken, shown.Outcomes)
	}
	sample.User = ""
	shown, err = h.provider.Grants.Preview(h.operator(), h.at(), sample)
	if err != nil || shown.IDToken != nil || !strings.Contains(string(shown.AccessToken), `"sub":"client:portal"`) || shown.Outcomes[0].Fault == nil {
		t.Errorf("%s %+v %v", shown.AccessToken, shown.Outcomes, err)
	}
	for field, s := range map[string]grants.Sample{"application": {ClientID: "nobody"}, "user": {ClientID: "portal", User: "nobody"}} {
		if _, err := h.provider.Grants.Preview(h.operator(), h.at(), s); err == nil || reason.From(err).Fields[0].Pointer != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := h.provider.Grants.Preview(t.Context(), h.at(), sample); err == nil || reason.From(err).Meaning().Kind == reason.Internal {
		t.Errorf("without the right: %v", err)
	}
}
