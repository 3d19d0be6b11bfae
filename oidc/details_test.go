package oidc_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gatehouse/audit"
	"gatehouse/identity/applications"
	"gatehouse/identity/resources"
	"gatehouse/internal/page"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const paymentsAPI = "https://api.example/payments"

// payment is like the type of RFC 9396 §2.
var payment = models.DetailType{
	Type: "payment_initiation", Words: models.Words{"en": "Make a payment"}, Actions: []string{"initiate", "status", "cancel"},
	Terms: map[string]models.Words{"initiate": {"en": "start it"}},
	Fields: []models.DetailField{
		{Name: "instructedAmount", Kind: models.DetailObject, Required: true, Words: models.Words{"en": "Amount"}, Fields: []models.DetailField{
			{Name: "currency", Kind: models.DetailText, Required: true, Values: []string{"EUR", "USD"}},
			{Name: "amount", Kind: models.DetailNumber, Required: true},
		}},
		{Name: "creditorName", Kind: models.DetailText, Words: models.Words{"en": "To"}},
		{Name: "recurring", Kind: models.DetailBoolean},
	},
}

var account = models.DetailType{Type: "account_information", DataTypes: []string{"balances", "transactions"}, Locations: []string{"https://eu.api.example"}}

const (
	toMerchant = `[{"type":"payment_initiation","actions":["initiate","status"],"instructedAmount":{"currency":"EUR","amount":123.50},"creditorName":"Merchant A"}]`
	toAnother  = `[{"type":"payment_initiation","actions":["initiate","status"],"instructedAmount":{"currency":"EUR","amount":123.50},"creditorName":"Merchant B"}]`
	onlyStatus = `[{"creditorName":"Merchant A","type":"payment_initiation","instructedAmount":{"amount":123.50,"currency":"EUR"},"actions":["status"]}]`
	balances   = `[{"type":"account_information","datatypes":["balances"],"locations":["https://eu.api.example"]}]`
)

func (h *house) payments(set ...func(*resources.Facts)) {
	h.t.Helper()
	f := resources.Facts{Identifier: paymentsAPI, DisplayName: "Payments", Everybody: true, DetailTypes: []models.DetailType{payment}}
	for _, change := range set {
		change(&f)
	}
	h.api("payments", f)
}

func (h *house) shop(first bool) *registered {
	h.t.Helper()
	return h.app(application{
		name: "shop", method: models.AuthBasic, firstParty: first, scope: "openid offline_access",
		grants: "authorization_code refresh_token client_credentials " + models.GrantCIBA + " " + models.GrantDeviceCode,
	})
}

// asks is a request for details alone.
func (h *house) asks(a *registered, details string, set ...string) string {
	return h.authorizeURL(a, append([]string{"authorization_details", details, "scope", ""}, set...)...)
}

func sameDetails(t *testing.T, got any, want string) {
	t.Helper()
	var wanted any
	if want != "" {
		if err := json.Unmarshal([]byte(want), &wanted); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(got, wanted) {
		t.Errorf("details %v, want %v", got, wanted)
	}
}

// RFC 9396 §3, §7 and §9: what the user allowed, without any scope, is what the
// token answer, the token and the introspection answer say; the token is for the
// API that understands it (R32).
func TestDetailsAreGranted_R32(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.shop(false)
		server := h.app(application{name: "payments", kind: models.TypeService, method: models.AuthBasic, scope: "x", grants: "client_credentials"})
		h.payments(func(f *resources.Facts) { f.Server = "payments" })
		asked := h.consent(h.asks(app, toMerchant))
		view, _ := h.provider.Consent(h.operator(), h.at(), asked, h.ownBrowser())
		if view == nil || len(view.Scopes) != 0 || len(view.Details) != 1 || view.Details[0].API != "Payments" || view.Details[0].Granted {
			t.Fatalf("asked %+v", view)
		}
		if d := view.Details[0]; d.Words.In("en") != "Make a payment" || len(d.Facts) != 3 || d.Facts[0].Values[0].Words.In("de") != "start it" ||
			d.Facts[1].Words.In("en") != "Amount" || len(d.Facts[1].Values) != 2 || d.Facts[1].Values[1].Text != "123.50" {
			t.Errorf("shown %+v", d)
		}
		got := h.exchange(app, h.decide(asked, "allow").Get("code"), nil)
		got.expect(t, 200, "")
		token := got.text("access_token")
		sameDetails(t, got.body["authorization_details"], toMerchant)
		sameDetails(t, payload(t, token)["authorization_details"], toMerchant)
		if all := audienceOf(t, token); !slices.Equal(all, []string{paymentsAPI}) || got.body["scope"] != nil || got.body["id_token"] != nil {
			t.Errorf("%v %s", all, got.raw)
		}
		for _, who := range []*registered{app, server} {
			told := h.post("/oauth2/introspect", who, url.Values{"token": {token}})
			sameDetails(t, told.body["authorization_details"], toMerchant)
		}
		refreshed := h.post("/oauth2/introspect", app, url.Values{"token": {got.text("refresh_token")}})
		sameDetails(t, refreshed.body["authorization_details"], toMerchant)
		h.detailsNarrow(app, got.text("refresh_token"))
	})
}

// RFC 9396 §6: a token request may name less than was granted, never more, and the
// refresh token keeps it all.
func (h *house) detailsNarrow(app *registered, refresh string) {
	t := h.t
	renew := func(set ...string) answer {
		v := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}
		for i := 0; i < len(set); i += 2 {
			v.Set(set[i], set[i+1])
		}
		return h.post("/oauth2/token", app, v)
	}
	less := renew("authorization_details", onlyStatus)
	less.expect(t, 200, "")
	sameDetails(t, less.body["authorization_details"], onlyStatus)
	sameDetails(t, payload(t, less.text("access_token"))["authorization_details"], onlyStatus)
	refresh = less.text("refresh_token")
	for _, more := range []string{
		toAnother, strings.Replace(toMerchant, "123.50", "1", 1), strings.Replace(toMerchant, `"status"`, `"cancel"`, 1),
		strings.Replace(toMerchant, `,"creditorName":"Merchant A"`, "", 1), strings.Replace(toMerchant, "Merchant A", "merchant a", 1), // §12
		balances, `[]`, `{}`, `[{}]`, `x`,
		`[` + strings.Trim(toMerchant, "[]") + `,` + strings.Trim(toMerchant, "[]") + `]`, // allowed once, it is not two
	} {
		renew("authorization_details", more).expect(t, 400, "invalid_authorization_details")
	}
	all := renew()
	all.expect(t, 200, "")
	sameDetails(t, all.body["authorization_details"], toMerchant)
}

// RFC 9396 §3, R31: a consent is remembered for the details that it was given
// for, and for no others; whoever may not ask is told so.
func TestConsentToDetails_R31(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.shop(false)
		h.payments()
		if got := h.decide(h.consent(h.asks(app, toMerchant)), "deny"); got.Get("error") != "access_denied" {
			t.Errorf("%v", got)
		}
		h.decide(h.consent(h.asks(app, toMerchant)), "allow")
		h.clock.add(1e9)
		sameAgain := strings.Replace(toMerchant, `{"currency":"EUR","amount":123.50}`, ` { "amount" : 123.50, "currency" : "EUR" }`, 1)
		if got := h.response(h.asks(app, sameAgain)); got.Get("code") == "" {
			t.Errorf("asked again for the same: %v", got)
		}
		for _, other := range []string{toAnother, onlyStatus, strings.Replace(toMerchant, "123.50", "123.5", 1)} {
			if got := h.response(h.asks(app, other, "prompt", "none")); got.Get("error") != "consent_required" {
				t.Errorf("%s: %v", other, got)
			}
		}
		h.decide(h.consent(h.asks(app, toAnother)), "allow")
		h.clock.add(1e9)
		for _, known := range []string{toMerchant, toAnother} {
			h.signedIn(h.asks(app, known))
		}
		h.revokeConsent(app)
		h.consent(h.asks(app, toMerchant))
		all, err := audit.Timeline(h.operator(), h.tenant, audit.Filter{}, page.Request{Limit: 200})
		text, unread := json.Marshal(all)
		if err != nil || unread != nil || strings.Contains(string(text), "Merchant") || !strings.Contains(string(text), "payment_initiation") {
			t.Errorf("the log holds %s", text)
		}
	})
}

// The operator's own applications ask, too, and what is to be asked each time is.
func TestDetailsAreNeverSilent_R31(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.shop(true)
	always := account
	always.AskAlways = true
	h.payments(func(f *resources.Facts) { f.DetailTypes = append(f.DetailTypes, always) })
	if got := h.signedIn(h.authorizeURL(app)); got.Get("code") == "" {
		t.Errorf("%v", got)
	}
	for _, details := range []string{toMerchant, balances} {
		if got := h.response(h.asks(app, details, "prompt", "none")); got.Get("error") != "consent_required" {
			t.Errorf("%v", got)
		}
		h.exchange(app, h.decide(h.consent(h.asks(app, details)), "allow").Get("code"), nil).expect(t, 200, "")
		h.clock.add(1e9)
	}
	h.signedIn(h.asks(app, toMerchant))
	h.consent(h.asks(app, balances))
	// Nobody was asked: an application gets nothing of the kind for itself.
	own := url.Values{"grant_type": {"client_credentials"}, "authorization_details": {balances}}
	h.post("/oauth2/token", app, own).expect(t, 400, "invalid_authorization_details")
}

// R31: what is to be asked each time is asked for each request, also where two of
// them wait side by side and one was allowed.
func TestEachRequestIsAsked_R31(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.shop(true)
	always := account
	always.AskAlways = true
	h.payments(func(f *resources.Facts) { f.DetailTypes = append(f.DetailTypes, always) })
	one, two := h.consent(h.asks(app, balances)), h.consent(h.asks(app, balances))
	h.exchange(app, h.decide(one, "allow").Get("code"), nil).expect(t, 200, "")
	for name, waiting := range map[string]string{"the other": two, "the same again": one} {
		if view, answer := h.provider.Consent(h.operator(), h.at(), waiting, h.ownBrowser()); view == nil {
			t.Errorf("%s is not asked: %+v", name, answer)
		}
	}
	if got := h.decide(two, "allow"); got.Get("code") == "" {
		t.Errorf("%v", got)
	}
}

// R36: a consent that was taken back between the answer and the token request
// counts for the operator's own applications, too, where they had to ask.
func TestDetailsEndWithTheirConsent_R36(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.shop(true)
	h.payments()
	code := h.decide(h.consent(h.asks(app, toMerchant)), "allow").Get("code")
	h.revokeConsent(app)
	h.exchange(app, code, nil).expect(t, 400, "invalid_grant")
	h.exchange(app, h.signedIn(h.authorizeURL(app)).Get("code"), nil).expect(t, 200, "")
}

// RFC 9396 §5: whatever does not conform to its type is refused, as are types that
// are unknown or not for the client.
func TestDetailsHaveToConform(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.shop(true)
	h.payments()
	h.api("accounts", resources.Facts{Identifier: "urn:accounts", DetailTypes: []models.DetailType{account}})
	swap := func(old, with string) string { return strings.Replace(toMerchant, old, with, 1) }
	for name, details := range map[string]string{
		"no JSON": "payment", "no array": `{"type":"payment_initiation"}`, "empty": "[]", "no object": `["payment_initiation"]`,
		"no type": `[{"actions":["initiate"]}]`, "type no text": `[{"type":1}]`, "an unknown type": `[{"type":"unknown"}]`,
		"another case": swap("payment_i", "Payment_i"), "not for the client": balances,
		"an unknown field": swap(`"type"`, `"debtor":"x","type"`), "an unknown field within": swap(`"currency"`, `"unit":"x","currency"`),
		"a field of another kind": swap("123.50", `"123.50"`), "a list for an object": swap(`{"currency":"EUR","amount":123.50}`, `["EUR"]`),
		"a value that is none": swap("EUR", "GBP"), "an action that is none": swap("status", "everything"), "no list": swap(`["initiate","status"]`, `"initiate"`),
		"a field is missing": swap(`"instructedAmount":{"currency":"EUR","amount":123.50},`, ""), "one is missing within": swap(`"currency":"EUR",`, ""),
		"no actions": swap(`"actions":["initiate","status"],`, ""), "an empty list": swap(`["initiate","status"]`, "[]"),
		"another place": swap(`"type"`, `"locations":["https://evil.example"],"type"`), "null": swap(`"Merchant A"`, "null"),
		"a name twice (R102)": swap(`"type"`, `"type":"x","type"`), "twice within (R102)": swap(`"currency"`, `"currency":"USD","currency"`),
		"an exponent": swap("123.50", "1e2"), "text that turns others": swap("Merchant A", "A\u202eB"), "too long": swap("Merchant A", strings.Repeat("x", 501)),
		"too many": "[" + strings.Repeat(strings.Trim(balances, "[]")+",", 16) + strings.Trim(balances, "[]") + "]",
	} {
		if got := h.response(h.asks(app, details)); got.Get("error") != "invalid_authorization_details" || got.Get("code") != "" || got.Get("state") != "st" {
			t.Errorf("%s: %v", name, got)
		}
	}
	h.expectAttempt("authorize", "oauth.authorization_details")
	if got := h.response(h.authorizeURL(app, "scope", "")); got.Get("error") != "invalid_scope" {
		t.Errorf("neither scope nor details: %v", got)
	}
	h.consent(h.asks(app, swap(`"type"`, `"locations":["`+paymentsAPI+`"],"type"`)))
}

// RFC 9396 §10: an application is held to the types that it is registered for,
// and the metadata names all.
func TestDetailTypesOfAnApplication(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.shop(true)
		types := func() []any {
			found := h.fetch(http.DefaultClient, request(t, h.issuer+"/.well-known/openid-configuration"))
			var m map[string]any
			if err := json.Unmarshal([]byte(found.raw), &m); err != nil {
				t.Fatal(err)
			}
			all, _ := m["authorization_details_types_supported"].([]any)
			return all
		}
		if all := types(); all != nil {
			t.Errorf("before: %v", all)
		}
		h.payments(func(f *resources.Facts) { f.DetailTypes = append(f.DetailTypes, account) })
		if all := types(); !slices.Equal(all, []any{"account_information", "payment_initiation"}) {
			t.Errorf("after: %v", all)
		}
		granted := h.exchange(app, h.decide(h.consent(h.asks(app, toMerchant)), "allow").Get("code"), nil)
		h.change(app, func(m *applications.Metadata) { m.Options.DetailTypes = []string{"account_information"} })
		if got := h.response(h.asks(app, toMerchant)); got.Get("error") != "invalid_authorization_details" {
			t.Errorf("%v", got)
		}
		h.consent(h.asks(app, balances))
		// R36: what it may no longer ask for it no longer gets.
		h.refresh(app, granted.text("refresh_token")).expect(t, 400, "invalid_authorization_details")
	})
}

func request(t *testing.T, to string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// RFC 9396 §9.1, RFC 8707 §2.2: a token for one of several APIs, and what that is
// told, holds nothing of the others'.
func TestDetailsByAudience_R32(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.shop(true)
	server := h.app(application{name: "accounts", kind: models.TypeService, method: models.AuthBasic, scope: "x", grants: "client_credentials"})
	h.payments()
	h.api("accounts", resources.Facts{Identifier: "urn:accounts", Everybody: true, Server: "accounts", DetailTypes: []models.DetailType{account}})
	both := strings.TrimSuffix(toMerchant, "]") + "," + strings.TrimPrefix(balances, "[")
	got := h.exchange(app, h.decide(h.consent(h.asks(app, both, "scope", "openid")), "allow").Get("code"), nil)
	sameDetails(t, got.body["authorization_details"], both)
	if all := audienceOf(t, got.text("access_token")); !slices.Equal(all, []string{"urn:accounts", paymentsAPI, h.issuer}) {
		t.Errorf("for %v", all)
	}
	told := h.post("/oauth2/introspect", server, url.Values{"token": {got.text("access_token")}})
	sameDetails(t, told.body["authorization_details"], balances)
	one := h.post("/oauth2/token", app, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.text("refresh_token")}, "resource": {paymentsAPI}})
	sameDetails(t, payload(t, one.text("access_token"))["authorization_details"], toMerchant)
	if all := audienceOf(t, one.text("access_token")); slices.Contains(all, "urn:accounts") {
		t.Errorf("for %v", all)
	}
}

// RFC 9396 §6: an application gets details for itself as far as it may ask its
// APIs, and with them no scope that it did not ask for.
func TestOwnDetails(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.shop(true)
	h.payments(func(f *resources.Facts) { f.Scopes = []models.ResourceScope{scope("payments", "")} })
	own := func(set ...string) answer {
		v := url.Values{"grant_type": {"client_credentials"}}
		for i := 0; i < len(set); i += 2 {
			v.Set(set[i], set[i+1])
		}
		return h.post("/oauth2/token", app, v)
	}
	got := own("authorization_details", toMerchant)
	got.expect(t, 200, "")
	sameDetails(t, got.body["authorization_details"], toMerchant)
	sameDetails(t, payload(t, got.text("access_token"))["authorization_details"], toMerchant)
	if all := audienceOf(t, got.text("access_token")); !slices.Equal(all, []string{paymentsAPI}) || got.body["scope"] != nil {
		t.Errorf("%v %s", all, got.raw)
	}
	if got := own("authorization_details", toMerchant, "scope", "payments", "resource", paymentsAPI); got.text("scope") != "payments" {
		t.Errorf("%s", got.raw)
	}
	own("authorization_details", balances).expect(t, 400, "invalid_authorization_details")
	own("authorization_details", toMerchant, "resource", h.issuer+"/api/v1").expect(t, 400, "invalid_target")
	own("authorization_details", toMerchant, "scope", "unknown").expect(t, 400, "invalid_scope")
}

// RFC 9396 §5, RFC 9126, RFC 9101: details are the same wherever they stand.
func TestDetailsPushedAndSigned(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.shop(true)
	h.payments()
	asked := h.consent(h.bring(app, h.push(app, "authorization_details", toMerchant)))
	sameDetails(t, h.exchange(app, h.decide(asked, "allow").Get("code"), nil).body["authorization_details"], toMerchant)
	b := h.bank("bank", models.ClientOptions{})
	var list any
	if err := json.Unmarshal([]byte(toMerchant), &list); err != nil {
		t.Fatal(err)
	}
	b.says("/oauth2/par", url.Values{"request": {b.object("authorization_details", list)}}).expect(t, 201, "")
}

// RFC 8628, OpenID Connect CIBA: users who answer elsewhere are asked in the same
// words, and their answer is for the same APIs.
func TestDetailsElsewhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.shop(false)
		h.payments()
		h.consent(h.authorizeURL(app))
		session, err := h.sessions.Find(t.Context(), h.tenant, h.ownBrowser().Session, models.SessionUser)
		if err != nil {
			t.Fatal(err)
		}
		began := h.post("/oauth2/bc-authorize", app, url.Values{"scope": {"openid"}, "login_hint": {"ada"}, "authorization_details": {toMerchant}})
		began.expect(t, 200, "")
		waiting, err := h.provider.Approvals(t.Context(), h.at(), session)
		if err != nil || len(waiting) != 1 || len(waiting[0].Details) != 1 {
			t.Fatalf("%+v %v", waiting, err)
		}
		// What he did not allow himself nobody allows in his place.
		if err := h.provider.ApproveFor(h.operator(), h.at(), waiting[0].ID, oidc.Allow); err == nil || !strings.Contains(err.Error(), "consent.required") {
			t.Errorf("allowed in his place: %v", err)
		}
		if err := h.provider.Approve(t.Context(), h.at(), session, waiting[0].ID, oidc.Allow); err != nil {
			t.Fatal(err)
		}
		h.elsewhere(app, url.Values{"grant_type": {models.GrantCIBA}, "auth_req_id": {began.text("auth_req_id")}})

		form := strict.ValuesOf(map[string]string{"client_id": app.ClientID, "client_secret": app.secret, "authorization_details": toAnother})
		h.change(app, func(m *applications.Metadata) { m.AuthMethod = models.AuthPost })
		var device map[string]any
		if err := json.Unmarshal(h.provider.DeviceAuthorization(t.Context(), h.at(), oidc.Params{Values: form}, "").Body, &device); err != nil {
			t.Fatal(err)
		}
		typed, _ := device["user_code"].(string)
		id, err := h.provider.EnterCode(h.operator(), h.at(), typed, h.ownBrowser())
		if err != nil {
			t.Fatal(err, device)
		}
		view, _, err := h.provider.Device(t.Context(), h.at(), id, h.ownBrowser())
		if err != nil || len(view.Details) != 1 || len(view.Scopes) != 0 {
			t.Fatalf("%+v %v", view, err)
		}
		if err := h.provider.DecideDevice(t.Context(), h.at(), id, h.ownBrowser(), oidc.Allow); err != nil {
			t.Fatal(err)
		}
		code, _ := device["device_code"].(string)
		app.AuthMethod = models.AuthPost
		h.elsewhere(app, url.Values{"grant_type": {models.GrantDeviceCode}, "device_code": {code}})
	})
}

func (h *house) elsewhere(app *registered, form url.Values) {
	h.t.Helper()
	got := h.post("/oauth2/token", app, form)
	got.expect(h.t, 200, "")
	if list, _ := got.body["authorization_details"].([]any); len(list) != 1 || !slices.Contains(audienceOf(h.t, got.text("access_token")), paymentsAPI) {
		h.t.Errorf("%s", got.raw)
	}
	again := h.refresh(app, got.text("refresh_token"))
	if list, _ := payload(h.t, again.text("access_token"))["authorization_details"].([]any); len(list) != 1 {
		h.t.Errorf("%s", again.raw)
	}
}

// RFC 9396 §5, R31: what an API describes is held to its form.
func TestDetailTypeFacts(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	catalogue := &resources.Catalogue{Applications: h.apps, Now: h.clock.Now}
	h.payments()
	deep := models.DetailField{Name: "a", Kind: models.DetailText}
	for range 3 {
		deep = models.DetailField{Name: "a", Kind: models.DetailObject, Fields: []models.DetailField{deep}}
	}
	for name, one := range map[string]models.DetailType{
		"another's":              {Type: "payment_initiation"},
		"no type":                {},
		"a type with spaces":     {Type: "a b"},
		"a location without URI": {Type: "a", Locations: []string{"here"}},
		"an action twice":        {Type: "a", Actions: []string{"x", "x"}},
		"an empty value":         {Type: "a", DataTypes: []string{""}},
		"words of no language":   {Type: "a", Words: models.Words{"English": "x"}},
		"words that turn others": {Type: "a", Words: models.Words{"en": "x\u202e"}},
		"a common field":         {Type: "a", Fields: []models.DetailField{{Name: "actions", Kind: models.DetailList}}},
		"a field twice":          {Type: "a", Fields: []models.DetailField{{Name: "x", Kind: models.DetailText}, {Name: "x", Kind: models.DetailText}}},
		"an unknown kind":        {Type: "a", Fields: []models.DetailField{{Name: "x", Kind: "date"}}},
		"an empty object":        {Type: "a", Fields: []models.DetailField{{Name: "x", Kind: models.DetailObject}}},
		"values of a number":     {Type: "a", Fields: []models.DetailField{{Name: "x", Kind: models.DetailNumber, Values: []string{"1"}}}},
		"too deep":               {Type: "a", Fields: []models.DetailField{deep}},
		"empty terms":            {Type: "a", Terms: map[string]models.Words{"x": {"en": " "}}},
	} {
		f := resources.Facts{Identifier: "https://a.example", DetailTypes: []models.DetailType{one}}
		if _, err := catalogue.Create(h.operator(), h.tenant, "other", f); err == nil || !strings.Contains(err.Error(), "input.") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
