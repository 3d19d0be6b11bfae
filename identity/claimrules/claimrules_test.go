package claimrules_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/claimrules"
	"gatehouse/internal/caller"
	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

type house struct {
	t      testing.TB
	book   *claimrules.Book
	apps   *applications.Registry
	tenant store.Tenant
	app    *models.Application
	log    bytes.Buffer
}

func newHouse(t testing.TB, db *store.DB) *house {
	t.Helper()
	k, err := seal.New(seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, tenant: storetest.Tenant(t, db, "acme")}
	h.apps = applications.NewRegistry(applications.Options{K: k, Now: time.Now})
	h.book = claimrules.NewBook(claimrules.Options{Applications: h.apps, Now: time.Now, Logger: slog.New(slog.NewTextHandler(&h.log, nil))})
	h.app, _, err = h.apps.Create(operator(), h.tenant, applications.New{Type: models.TypeWeb, ClientID: "portal", Metadata: applications.Metadata{
		DisplayName: "Portal", AuthMethod: models.AuthBasic, Scope: "openid", RedirectURIs: []string{"https://rp.example/cb"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func operator() context.Context {
	return caller.With(context.Background(), caller.Info{
		Via: caller.ViaApply, Grants: access.Operator(), Actor: caller.Actor{Type: caller.ActorOperator, Name: "test"},
	})
}

// add makes a rule that writes x to access tokens, unless f says otherwise.
func (h *house) add(name string, f claimrules.Facts) (*models.ClaimRule, error) {
	if f.Claim == "" {
		f.Claim = "x"
	}
	if f.Targets == nil {
		f.Targets = []string{models.ClaimsOfAccessToken}
	}
	return h.book.Create(operator(), h.tenant, name, f)
}

func (h *house) must(name string, f claimrules.Facts) *models.ClaimRule {
	h.t.Helper()
	row, err := h.add(name, f)
	if err != nil {
		h.t.Fatal(name, err)
	}
	return row
}

// claims are what the rules write of Ada.
func (h *house) claims(target string, trial *claimrules.Trial, scopes ...string) string {
	h.t.Helper()
	all, err := h.book.Claims(context.Background(), h.tenant, claimrules.Query{
		Application: h.app, Target: target, Scopes: scopes, Trial: trial,
		Environment: func() claimrules.Environment {
			return claimrules.Environment{
				User: claimrules.User{
					Sub: "u1", Username: "ada", Email: "ada@example.com", EmailVerified: true, GivenName: "Ada",
					Address: claimrules.Address{Country: "GB"},
				},
				Application: claimrules.Application{ClientID: "portal", Name: "Portal"}, Scopes: scopes, Claims: []string{"team"}, Time: 1700000000,
			}
		},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	text, err := json.Marshal(all)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

// What expressions give: what says nothing is left out (OpenID Connect Core
// §5.3.2).
func TestExpressions(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	for _, c := range [][2]string{
		{`user.email endsWith "@example.com" ? "staff" : "guest"`, `"staff"`},
		{`user.username + "@" + application.client_id`, `"ada@portal"`},
		{`upper(user.given_name)`, `"ADA"`},
		{`map(scopes, "s:" + #)`, `["s:openid","s:orders"]`},
		{`filter(scopes, # != "openid")`, `["orders"]`},
		{`{"a": user.sub, "n": len(scopes), "ok": true}`, `{"a":"u1","n":2,"ok":true}`},
		{`user.address`, `{"country":"GB"}`},
		{`user.address.country in ["GB", "IE"]`, `true`},
		{`split(user.email, "@")[1]`, `"example.com"`},
		{`replace(user.email, "@", " at ")`, `"ada at example.com"`},
		{`join(scopes, ",")`, `"openid,orders"`},
		{`"team" in claims ? "core" : nil`, `"core"`},
		{`user.email matches "^a.a@" ? string(time) : ""`, `"1700000000"`},
		{`time + 1`, `1700000001`},
		{`user.nickname`, `null`},
		{`nil`, `null`},
		{`if user.email_verified { "yes" } else { "no" }`, `"yes"`},
		{`first(scopes) + (1 > 2 ? "a" : "b") + string(1.5)`, `"openidb1.5"`},
		{`get({"ada": "lead"}, user.username) ?? "member"`, `"lead"`},
		{`scopes | filter(# startsWith "o") | len()`, `2`},
	} {
		expression, want := c[0], c[1]
		row, err := h.add("rule", claimrules.Facts{Expression: expression})
		if err != nil {
			t.Errorf("%s: %v %+v", expression, err, reason.From(err).Fields)
			continue
		}
		got := h.claims(models.ClaimsOfAccessToken, nil, "openid", "orders")
		if want = `{"x":` + want + `}`; want == `{"x":null}` {
			want = "null"
		}
		if got != want {
			t.Errorf("%s: %s, want %s %s", expression, got, want, h.log.String())
		}
		if err := h.book.Delete(operator(), h.tenant, row.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// L69: what could take long, grow large or reach further is refused when it is
// saved, with its place.
func TestExpressionsRefused_L69(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	for _, c := range [][2]string{
		{`user.emial`, "1:6: "},
		{"user.email +\n  1", "1:"},
		{`1 +`, "1:"},
		{`secret`, "unknown name"},
		{`user.Sub`, "no field"},
		{`let a = user.email; a + a`, "no let"},
		{`user.email; user.email`, "no let"},
		{`$env`, "$env"},
		{`len(1..1000000)`, "ranges"},
		{`map(scopes, map(scopes, #))`, "inside another"},
		{`map(scopes, # matches "a+")`, "inside another"},
		{`map(map(map(map(scopes, #), #), #), #)`, "more than 3 loops"},
		{`user.email matches user.username`, "patterns"},
		{`user.email matches "("`, "1:"},
		{`reduce(scopes, #acc + #, "")`, "reduce"},
		{`repeat("a", 100000)`, "repeat"},
		{`fromJSON(user.email)`, "fromJSON"},
		{`toJSON(user)`, "toJSON"},
		{`now()`, "now"},
		{`sortBy(scopes, #)`, "sortBy"},
		{`flatten([[1]])`, "flatten"},
		{`groupBy(scopes, #)`, "groupBy"},
		{`"` + strings.Repeat("a", 1000) + `"`, "longer than"},
		{strings.TrimSuffix(strings.Repeat("time+", 150), "+"), "exceeds"},
	} {
		expression, why := c[0], c[1]
		_, err := h.add("rule", claimrules.Facts{Expression: expression})
		e := reason.From(err)
		if err == nil || len(e.Fields) != 1 || e.Fields[0].Pointer != "expression" || e.Fields[0].Code != reason.InputExpression || !strings.Contains(e.Fields[0].Detail, why) {
			t.Errorf("%.60s: %v %+v", expression, err, e.Fields)
		}
	}
}

// L69: what compiles but grows is stopped, left out and logged without what it
// read; the other rules speak on.
func TestFailingRules_L69(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	double := `join(concat(scopes, scopes), "0123456789012345678901234567890123456789")`
	for i, expression := range []string{
		strings.Repeat("replace(", 6) + `"aaaaaaaaaa"` + strings.Repeat(`, "a", "aaaaaaaaaa")`, 6),
		double + "+" + double + "+" + double + "+" + double + "+" + double + "+" + double + "+" + double + "+" + double,
		`map(map(map(split("a a a a a a a a a a a a", " "), [#,#,#,#,#,#,#,#,#,#]), [#,#,#,#,#,#,#,#,#]), [#,#,#,#,#,#])`,
		`split(user.email, "")[40]`,
		`int(user.username)`,
		`application`,
		`1 / 0`,
		`get([1], "a") + "a"`,
		`[1][len(user.email)]`,
	} {
		h.must("broken-"+string(rune('a'+i)), claimrules.Facts{Expression: expression, Claim: "broken" + string(rune('a'+i))})
	}
	h.must("whole", claimrules.Facts{Expression: `"whole"`, Claim: "whole", Position: 9})
	scopes := strings.Fields(strings.Repeat("abcdefghijklmnopqrstuvwxyz ", 12))
	for range 3 {
		if got := h.claims(models.ClaimsOfAccessToken, nil, scopes...); got != `{"whole":"whole"}` {
			t.Error(got)
		}
	}
	logged := h.log.String()
	if n := strings.Count(logged, "claim rule failed"); n != 9 {
		t.Errorf("%d log lines of nine rules\n%s", n, logged)
	}
	name := regexp.MustCompile(`(?i)\bada\b`) // an id may hold these letters, no id is they
	if name.MatchString(logged) || !strings.Contains(logged, "rule=broken-a") {
		t.Error(logged)
	}
	trial := &claimrules.Trial{}
	h.claims(models.ClaimsOfAccessToken, trial, scopes...)
	if len(trial.Outcomes) != 10 || trial.Outcomes[0].Fault == nil || trial.Outcomes[9].Value != "whole" {
		t.Errorf("%+v", trial.Outcomes)
	}
}

// L69: rules that take long take no more than a moment together; the others are
// left out, and the log says which.
func TestRulesShareTheirTime_L69(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		h.must(name, claimrules.Facts{Expression: `"here"`, Claim: name})
	}
	usual := h.book.Now
	now := usual()
	h.book.Now = func() time.Time { now = now.Add(100 * time.Millisecond); return now }
	trial := &claimrules.Trial{}
	if got := h.claims(models.ClaimsOfAccessToken, trial); got != `{"a":"here","b":"here"}` || trial.Outcomes[2].Fault == nil {
		t.Errorf("%s %+v", got, trial.Outcomes)
	}
	if h.claims(models.ClaimsOfAccessToken, nil); !strings.Contains(h.log.String(), "rule=c") || strings.Contains(h.log.String(), "rule=b") {
		t.Error(h.log.String())
	}
	h.book.Now = usual
	if got := h.claims(models.ClaimsOfAccessToken, nil); strings.Count(got, "here") != 5 {
		t.Error(got)
	}
}

// R11, L28: what we or applications decide by cannot be written, in whatever
// case, for readers of JSON take no notice of it.
func TestReservedClaims_R11(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	for _, claim := range []string{
		"iss", "aud", "exp", "iat", "nbf", "jti", "sub", "nonce", "azp", "at_hash", "c_hash", "s_hash", "auth_time", "acr", "amr", "sid",
		"client_id", "scope", "cnf", "act", "may_act", "events", "typ", "gh_family", "gh_anything", "email_verified", "phone_number_verified",
		"urn:openid:params:jwt:claim:rt_hash", "SUB", "Scope", "Gh_Family", "authorization_details",
	} {
		_, err := h.add("rule", claimrules.Facts{Claim: claim, Expression: `"x"`})
		if e := reason.From(err); err == nil || len(e.Fields) != 1 || e.Fields[0].Code != reason.InputReserved {
			t.Errorf("%s: %v", claim, err)
		}
	}
	_, err := h.add("rule", claimrules.Facts{Claim: "email", Expression: `"x"`, Targets: models.ClaimTargets()})
	if e := reason.From(err); err == nil || e.Fields[0].Code != reason.InputReserved {
		t.Errorf("another address beside email_verified: %v", err)
	}
	h.must("rule", claimrules.Facts{Claim: "email", Expression: `user.email`})
}

// The facts are held to their form, and changing them needs the right.
func TestFacts_R6(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	h.must("rule", claimrules.Facts{Expression: "1"})
	for field, f := range map[string]claimrules.Facts{
		"claim": {Claim: "a b", Expression: "1"}, "expression": {}, "application": {Expression: "1", Application: "nobody"},
		"targets": {Expression: "1", Targets: []string{"saml"}}, "scope": {Expression: "1", Scope: "a b"}, "position": {Expression: "1", Position: -1},
	} {
		if _, err := h.add("other", f); err == nil || reason.From(err).Fields[0].Pointer != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, name := range []string{"", "A", "rule"} {
		if _, err := h.add(name, claimrules.Facts{Expression: "1"}); err == nil || reason.From(err).Fields[0].Pointer != "name" {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := h.book.Create(t.Context(), h.tenant, "other", claimrules.Facts{Claim: "x", Expression: "1", Targets: models.ClaimTargets()}); err == nil || reason.From(err).Code != "access.unauthenticated" {
		t.Errorf("without the right: %v", err)
	}
}

// Who is spoken to, in which order, and what a change does at once.
func TestRulesSpeakInOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		_, _, err := h.apps.Create(operator(), h.tenant, applications.New{Type: models.TypeWeb, ClientID: "other", Metadata: applications.Metadata{
			DisplayName: "Other", AuthMethod: models.AuthBasic, Scope: "openid", RedirectURIs: []string{"https://rp.example/cb"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if got := h.claims(models.ClaimsOfIDToken, nil); got != "null" {
			t.Error(got)
		}
		last := h.must("last", claimrules.Facts{Expression: `"last"`, Position: 9})
		h.must("first", claimrules.Facts{Expression: `"first"`, Position: 1})
		h.must("silent", claimrules.Facts{Expression: `""`, Position: 10})
		h.must("scoped", claimrules.Facts{Expression: `"scoped"`, Position: 11, Scope: "orders"})
		h.must("another", claimrules.Facts{Expression: `"other's"`, Position: 12, Application: "other"})
		own := h.must("own", claimrules.Facts{Claim: "own", Expression: `1`, Application: "portal", Targets: []string{models.ClaimsOfUserInfo}})
		expect := func(target, want string, scopes ...string) {
			t.Helper()
			if got := h.claims(target, nil, scopes...); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		expect(models.ClaimsOfAccessToken, `{"x":"last"}`)
		expect(models.ClaimsOfAccessToken, `{"x":"scoped"}`, "orders")
		expect(models.ClaimsOfUserInfo, `{"own":1}`)
		f, err := h.book.FactsOf(operator(), h.tenant, last)
		if err != nil {
			t.Fatal(err)
		}
		f.Expression = `"changed"`
		row, err := h.book.Update(operator(), h.tenant, last.ID, last.Version, f)
		if err != nil || row.Version != 2 {
			t.Fatal(row, err)
		}
		expect(models.ClaimsOfAccessToken, `{"x":"changed"}`)
		if _, err := h.book.Update(operator(), h.tenant, last.ID, last.Version, f); !reason.Has(err, reason.VersionStale) {
			t.Error(err)
		}
		if same, err := h.book.Update(operator(), h.tenant, last.ID, row.Version, f); err != nil || same.Version != 2 {
			t.Errorf("a change of nothing: %v %v", same, err)
		}
		draft := *row
		draft.Expression, draft.Position = `"draft"`, 20
		trial := &claimrules.Trial{Draft: &draft}
		if got := h.claims(models.ClaimsOfAccessToken, trial); got != `{"x":"draft"}` {
			t.Error(got, trial.Outcomes)
		}
		expect(models.ClaimsOfAccessToken, `{"x":"changed"}`)
		f.Disabled = true
		if _, err = h.book.Update(operator(), h.tenant, last.ID, row.Version, f); err != nil {
			t.Fatal(err)
		}
		expect(models.ClaimsOfAccessToken, `{"x":"first"}`)
		if err := h.apps.Delete(operator(), h.tenant, h.app.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.book.ByID(operator(), h.tenant, own.ID); !reason.Has(err, reason.RequestNotFound) {
			t.Errorf("outlived its application: %v", err)
		}
	})
}
