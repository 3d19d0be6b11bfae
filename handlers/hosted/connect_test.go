package hosted_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/applications"
	"gatehouse/identity/tokens"
	"gatehouse/internal/page"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc"
)

// television registers an application without a keyboard.
func (h *house) television() { h.device("tv", "Television") }

func (h *house) device(clientID, name string) {
	h.t.Helper()
	_, _, err := h.apps.Create(h.operator(), h.tenant, applications.New{
		Type: models.TypeDevice, ClientID: clientID, Metadata: applications.Metadata{DisplayName: name, Scope: "openid profile offline_access"},
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func values(t *testing.T, v url.Values) oidc.Params {
	t.Helper()
	in, err := strict.Form([]byte(v.Encode()))
	return oidc.Params{Values: in, Err: err}
}

// machine sends a form to an endpoint of the provider.
func (h *house) machine(ask func(context.Context, oidc.Tenant, oidc.Params, string) oidc.Document, v url.Values) (int, map[string]any) {
	h.t.Helper()
	row, err := h.tenants.ByID(h.t.Context(), h.tenant.ID())
	if err != nil {
		h.t.Fatal(err)
	}
	d := ask(h.t.Context(), oidc.Tenant{Row: row, Store: h.tenant, Issuer: h.url}, values(h.t, v), "")
	body := map[string]any{}
	if err := json.Unmarshal(d.Body, &body); err != nil {
		h.t.Fatal(err)
	}
	return d.Status, body
}

// codes begins a device's request.
func (h *house) codes() (device, user string) {
	h.t.Helper()
	status, body := h.machine(h.provider.DeviceAuthorization, url.Values{"client_id": {"tv"}, "scope": {"openid offline_access"}})
	device, _ = body["device_code"].(string)
	user, _ = body["user_code"].(string)
	if status != 200 || device == "" || user == "" || body["verification_uri"] != h.url+"/device" ||
		body["verification_uri_complete"] != h.url+"/device?user_code="+user || body["expires_in"] != 600.0 || body["interval"] != 5.0 {
		h.t.Fatalf("%d %v", status, body)
	}
	return device, user
}

// poll asks for the tokens and returns the error, empty for none.
func (h *house) poll(device string) (string, map[string]any) {
	h.t.Helper()
	h.now = h.now.Add(5 * time.Second)
	_, body := h.machine(h.provider.Token, url.Values{"client_id": {"tv"}, "grant_type": {models.GrantDeviceCode}, "device_code": {device}})
	text, _ := body["error"].(string)
	return text, body
}

func (h *house) events(action string) []audit.Entry {
	h.t.Helper()
	all, err := audit.Timeline(h.operator(), h.tenant, audit.Filter{Action: action}, page.Request{})
	if err != nil {
		h.t.Fatal(err)
	}
	return all.Items
}

// From the code on the screen over sign-in and question to the device's tokens
// (R43, RFC 8628 §3).
func TestDeviceIsAllowed_R43(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.television()
		device, user := h.codes()
		if got, _ := h.poll(device); got != "authorization_pending" {
			t.Fatalf("before the answer: %q", got)
		}
		filled := h.get("/device?user_code=" + user)
		if filled.Find("#user_code").AttrOr("value", "") != user {
			t.Fatalf("the code of the address is not filled in: %s", filled.text("main"))
		}
		if got, _ := h.poll(device); got != "authorization_pending" {
			t.Fatalf("opening the address is an answer: %q", got)
		}
		typed := " " + strings.ToLower(strings.ReplaceAll(user, "-", " ")) + " "
		signIn := h.submit(h.get("/device"), `form[method="post"]`, url.Values{"user_code": {typed}})
		if signIn.url.Path != "/sign-in" || signIn.text("h1") != "Sign in to Television" {
			t.Fatalf("%d %s: %s", signIn.status, signIn.url, signIn.text("main"))
		}
		question := h.submit(signIn, `form[method="post"]`, form("ada", correct))
		if question.url.Path != "/device/confirm" || question.text("h1") != "Allow Television on your device?" || question.text(".usercode") != user {
			t.Fatalf("%d %s: %s", question.status, question.url, question.text("main"))
		}
		if got, _ := h.poll(device); got != "authorization_pending" {
			t.Fatalf("the question is an answer: %q", got)
		}
		done := h.submit(question, `form[method="post"]`, url.Values{"decision": {"allow"}})
		if done.url.Path != "/device/done" || done.text("h1") != "Your device is connected" {
			t.Fatalf("%d %s: %s", done.status, done.url, done.text("main"))
		}
		refused, got := h.poll(device)
		if refused != "" || got["access_token"] == nil || got["refresh_token"] == nil || got["id_token"] == nil || got["scope"] != "openid offline_access" {
			t.Fatalf("tokens: %v", got)
		}
		if again, _ := h.poll(device); again != "invalid_grant" {
			t.Errorf("a second use: %q", again)
		}
		if n := len(h.events(audit.DeviceAllowed)); n != 1 {
			t.Errorf("%d events of the answer", n)
		}
		issued := h.events(audit.TokenIssued)
		if len(issued) != 1 || issued[0].Details.V["grant_type"] != models.GrantDeviceCode {
			t.Errorf("%v", issued)
		}
	})
}

func TestDeviceIsDenied_R43(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.television()
		h.submit(h.get("/sign-in"), `form[method="post"]`, form("ada", correct))
		device, user := h.codes()
		question := h.submit(h.get("/device"), `form[method="post"]`, url.Values{"user_code": {user}})
		if odd := h.submit(question, `form[method="post"]`, url.Values{"decision": {"maybe"}}); odd.status != 422 {
			t.Errorf("neither yes nor no: %d", odd.status)
		}
		done := h.submit(question, `form[method="post"]`, url.Values{"decision": {"deny"}})
		if done.text("h1") != "Nothing was connected" {
			t.Fatalf("%s: %s", done.url, done.text("main"))
		}
		if got, _ := h.poll(device); got != "access_denied" {
			t.Errorf("after no: %q", got)
		}
		if late := h.submit(question, `form[method="post"]`, url.Values{"decision": {"allow"}}); late.status != 400 {
			t.Errorf("answered twice: %d %s", late.status, late.text("main"))
		}
		if got, _ := h.poll(device); got != "access_denied" {
			t.Errorf("after a second answer: %q", got)
		}
	})
}

// The question belongs to the browser in which the code was typed, and its form
// to that page (R43, R113).
func TestDeviceIsBoundToItsBrowser_R43(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.television()
		h.submit(h.get("/sign-in"), `form[method="post"]`, form("ada", correct))
		device, user := h.codes()
		question := h.submit(h.get("/device"), `form[method="post"]`, url.Values{"user_code": {user}})
		if forged := h.do(http.MethodPost, question.url.String(), url.Values{"decision": {"allow"}}); forged.status != 403 {
			t.Errorf("without the page's token: %d", forged.status)
		}
		h.client = h.browser()
		other := h.get("/device")
		if got := h.do(http.MethodGet, question.url.String(), nil); got.status != 400 {
			t.Errorf("in another browser: %d", got.status)
		}
		if got := h.do(http.MethodPost, question.url.String(), other.signed(url.Values{"decision": {"allow"}})); got.status != 400 {
			t.Errorf("answered in another browser: %d", got.status)
		}
		if got, _ := h.poll(device); got != "authorization_pending" {
			t.Errorf("%q", got)
		}
	})
}

// R43, R84: who guesses is stopped, in his browser and at his address.
func TestUserCodesAreNotGuessed_R84(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.television()
		_, user := h.codes()
		for range 10 {
			page := h.submit(h.get("/device"), `form[method="post"]`, url.Values{"user_code": {"BBBB-BBBB"}})
			if page.status != 200 || !strings.Contains(page.text(`[role="alert"]`), "do not know this code") || page.Find("#user_code").AttrOr("value", "") != "BBBB-BBBB" {
				t.Fatalf("%d %s", page.status, page.text("main"))
			}
		}
		if got := h.submit(h.get("/device"), `form[method="post"]`, url.Values{"user_code": {user}}); got.status != 429 || got.header.Get("Retry-After") == "" {
			t.Errorf("the eleventh: %d", got.status)
		}
		for range 4 {
			h.client = h.browser()
			for range 10 {
				h.submit(h.get("/device"), `form[method="post"]`, url.Values{"user_code": {"x"}})
			}
		}
		h.client = h.browser()
		if got := h.submit(h.get("/device"), `form[method="post"]`, url.Values{"user_code": {user}}); got.status != 429 {
			t.Errorf("from that address in a new browser: %d", got.status)
		}
	})
}

// RFC 8628 §3.5: whoever asks too often waits longer; whoever is late is told.
func TestDevicePolls(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.television()
		device, user := h.codes()
		for i, want := range []string{"authorization_pending", "authorization_pending", "slow_down", "slow_down", "authorization_pending"} {
			if i == 2 {
				h.now = h.now.Add(-3 * time.Second)
			}
			if i == 4 {
				h.now = h.now.Add(10 * time.Second)
			}
			if got, _ := h.poll(device); got != want {
				t.Errorf("poll %d: %q, want %q", i, got, want)
			}
		}
		if status, body := h.machine(h.provider.Token, url.Values{"client_id": {"portal"}, "grant_type": {models.GrantDeviceCode}, "device_code": {device}}); status != 400 || body["error"] != "unauthorized_client" {
			t.Errorf("another client: %d %v", status, body)
		}
		h.now = h.now.Add(tokens.DeviceLife)
		if got, _ := h.poll(device); got != "expired_token" {
			t.Errorf("late: %q", got)
		}
		if got := h.submit(h.get("/device"), `form[method="post"]`, url.Values{"user_code": {user}}); got.url.Query().Get("result") != "unknown" {
			t.Errorf("a code that is over: %s", got.url)
		}
	})
}

// RFC 8628 §3.4 and §3.5: a code is for the client that asked, and what is none
// is refused alike.
func TestDeviceCodeIsItsClients(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.television()
		h.device("radio", "Radio")
		device, _ := h.codes()
		for name, v := range map[string]url.Values{
			"another device": {"client_id": {"radio"}, "device_code": {device}},
			"unknown":        {"client_id": {"tv"}, "device_code": {device + "x"}},
		} {
			v.Set("grant_type", models.GrantDeviceCode)
			if status, body := h.machine(h.provider.Token, v); status != 400 || body["error"] != "invalid_grant" || body["access_token"] != nil {
				t.Errorf("%s: %d %v", name, status, body)
			}
		}
		for want, v := range map[string]url.Values{
			"invalid_request": {"client_id": {"tv"}, "grant_type": {models.GrantDeviceCode}},
			"invalid_client":  {"client_id": {"nobody"}, "grant_type": {models.GrantDeviceCode}, "device_code": {device}},
		} {
			if status, body := h.machine(h.provider.Token, v); status/100 != 4 || body["error"] != want {
				t.Errorf("%s: %d %v", want, status, body)
			}
		}
		for want, v := range map[string]url.Values{
			"unauthorized_client": {"client_id": {"portal"}}, "invalid_client": {"client_id": {"nobody"}}, "invalid_scope": {"client_id": {"tv"}, "scope": {"admin"}},
		} {
			if status, body := h.machine(h.provider.DeviceAuthorization, v); status/100 != 4 || body["error"] != want || body["device_code"] != nil {
				t.Errorf("%s: %d %v", want, status, body)
			}
		}
		if got, _ := h.poll(device); got != "authorization_pending" {
			t.Errorf("its own: %q", got)
		}
	})
}

// R36: what was allowed is judged anew when the device fetches its tokens.
func TestDeviceIsJudgedAnew_R36(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.television()
		h.submit(h.get("/sign-in"), `form[method="post"]`, form("ada", correct))
		device, user := h.codes()
		question := h.submit(h.get("/device"), `form[method="post"]`, url.Values{"user_code": {user}})
		h.submit(question, `form[method="post"]`, url.Values{"decision": {"allow"}})
		app, err := h.apps.ByClientID(h.operator(), h.tenant, "tv")
		if err != nil {
			t.Fatal(err)
		}
		if err := h.apps.RevokeConsent(h.operator(), h.tenant, h.ada.ID, app.ID); err != nil {
			t.Fatal(err)
		}
		if got, _ := h.poll(device); got != "invalid_grant" {
			t.Errorf("without consent: %q", got)
		}
	})
}
