package hosted_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/applications"
	"gatehouse/identity/tokens"
	"gatehouse/internal/outbound"
	"gatehouse/models"
	"gatehouse/oidc"
)

const tillSecret = "a secret that the till keeps well"

// till registers an application that asks users on their own devices, and hears
// of answers at the address.
func (h *house) till(mode, at string) { h.tillNamed("till", "Till", mode, at) }

func (h *house) tillNamed(clientID, name, mode, at string) {
	h.t.Helper()
	_, _, err := h.apps.Create(h.operator(), h.tenant, applications.New{
		Type: models.TypeWeb, ClientID: clientID, Secret: tillSecret, Metadata: applications.Metadata{
			DisplayName: name, AuthMethod: models.AuthPost, Scope: "openid profile", GrantTypes: []string{models.GrantCIBA, models.GrantRefreshToken},
			Options: models.ClientOptions{CIBAMode: mode, CIBANotificationEndpoint: at},
		},
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// ask sends a back-channel request with some parameters set otherwise.
func (h *house) ask(set ...string) (int, map[string]any) {
	h.t.Helper()
	v := url.Values{
		"client_id": {"till"}, "client_secret": {tillSecret}, "scope": {"openid profile"}, "login_hint": {"ada"}, "binding_message": {"W4SCT-7"},
	}
	for i := 0; i < len(set); i += 2 {
		v.Set(set[i], set[i+1])
	}
	return h.machine(h.provider.BackchannelAuthentication, v)
}

func (h *house) asked(set ...string) string {
	h.t.Helper()
	status, body := h.ask(set...)
	id, _ := body["auth_req_id"].(string)
	if status != 200 || id == "" || body["expires_in"] == nil {
		h.t.Fatalf("%d %v", status, body)
	}
	return id
}

// fetch polls for the tokens and returns the error, empty for none.
func (h *house) fetch(id string) (string, map[string]any) {
	h.t.Helper()
	h.now = h.now.Add(5 * time.Second)
	_, body := h.machine(h.provider.Token, url.Values{
		"client_id": {"till"}, "client_secret": {tillSecret}, "grant_type": {models.GrantCIBA}, "auth_req_id": {id},
	})
	text, _ := body["error"].(string)
	return text, body
}

// answer lets Ada answer the newest question.
func (h *house) answerTill(decision string) view {
	h.t.Helper()
	list := h.get("/account/approvals")
	at, err := list.url.Parse(list.Find("ul.sessions a.button").AttrOr("href", "/none"))
	if err != nil {
		h.t.Fatal(err)
	}
	question := h.do(http.MethodGet, at.String(), nil)
	if question.text(".usercode") != "W4SCT-7" || question.text("h1") != "Allow Till to use your account?" {
		h.t.Fatalf("%d %s: %s", question.status, question.url, question.text("main"))
	}
	return h.submit(question, `form[method="post"]`, url.Values{"decision": {decision}})
}

// The user answers on a page of his account, and the application that polls has
// its tokens, once (OpenID Connect CIBA §10.1).
func TestBackchannelByPoll(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.till("", "")
		h.submit(h.get("/sign-in"), `form[method="post"]`, form("ada", correct))
		id := h.asked()
		if got, _ := h.fetch(id); got != "authorization_pending" {
			t.Fatalf("before the answer: %q", got)
		}
		if account := h.get("/account"); account.text(`.notice a`) != "An application asks you something" {
			t.Errorf("the account tells %q", account.text(".notice"))
		}
		if done := h.answerTill("allow"); done.url.Path != "/account/approvals" || !strings.HasPrefix(done.text(`[role="status"]`), "Allowed.") {
			t.Fatalf("%d %s: %s", done.status, done.url, done.text("main"))
		}
		refused, got := h.fetch(id)
		if refused != "" || got["access_token"] == nil || got["id_token"] == nil || got["refresh_token"] == nil {
			t.Fatalf("tokens: %v", got)
		}
		if again, _ := h.fetch(id); again != "invalid_grant" {
			t.Errorf("a second use: %q", again)
		}
		if len(h.events(audit.BackchannelAllowed)) != 1 {
			t.Error("no event of the answer")
		}
		id = h.asked()
		if done := h.answerTill("deny"); !strings.HasPrefix(done.text(`[role="status"]`), "Not allowed.") {
			t.Fatalf("%s", done.text("main"))
		}
		if got, _ := h.fetch(id); got != "access_denied" {
			t.Errorf("after no: %q", got)
		}
		id = h.asked("requested_expiry", "30")
		h.now = h.now.Add(30 * time.Second)
		if got, _ := h.fetch(id); got != "expired_token" {
			t.Errorf("late: %q", got)
		}
	})
}

// CIBA §10.1.1 and §11: an auth_req_id is for the client that asked; what is
// none is refused alike, and who asks too often waits.
func TestAuthReqIDIsItsClients(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.till("", "")
		h.tillNamed("other", "Other", "", "")
		id := h.asked()
		poll := func(clientID, id string) (int, any) {
			status, body := h.machine(h.provider.Token, url.Values{
				"client_id": {clientID}, "client_secret": {tillSecret}, "grant_type": {models.GrantCIBA}, "auth_req_id": {id},
			})
			return status, body["error"]
		}
		for _, c := range []struct {
			client, id, want string
		}{
			{"other", id, "invalid_grant"},
			{"till", id + "x", "invalid_grant"},
			{"till", "", "invalid_request"},
			{"till", id, "authorization_pending"},
			{"till", id, "slow_down"},
		} {
			if status, got := poll(c.client, c.id); status != 400 || got != c.want {
				t.Errorf("%s: %d %v, want %s", c.client, status, got, c.want)
			}
		}
	})
}

// CIBA §13: what is wrong with a request.
func TestBackchannelRefuses(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.till("ping", "https://till.example/told")
		for name, one := range map[string]struct {
			set  []string
			want string
		}{
			"nobody known":       {[]string{"login_hint", "nobody"}, "unknown_user_id"},
			"no hint":            {[]string{"login_hint", ""}, "invalid_request"},
			"two hints":          {[]string{"id_token_hint", "e30.e30.e30"}, "invalid_request"},
			"a hint token":       {[]string{"login_hint", "", "login_hint_token", "x"}, "invalid_request"},
			"a broken ID token":  {[]string{"login_hint", "", "id_token_hint", "e30.e30.e30"}, "unknown_user_id"},
			"no scope":           {[]string{"scope", ""}, "invalid_scope"},
			"no openid":          {[]string{"scope", "profile"}, "invalid_scope"},
			"a long message":     {[]string{"binding_message", strings.Repeat("x", 21)}, "invalid_binding_message"},
			"an odd message":     {[]string{"binding_message", "a\u202eb"}, "invalid_binding_message"},
			"no expiry":          {[]string{"requested_expiry", "0"}, "invalid_request"},
			"a broken expiry":    {[]string{"requested_expiry", "soon"}, "invalid_request"},
			"nobody to be told":  {[]string{"client_notification_token", ""}, "invalid_request"},
			"a broken token":     {[]string{"client_notification_token", "a b"}, "invalid_request"},
			"not allowed at all": {[]string{"client_id", "portal", "client_secret", ""}, "unauthorized_client"},
		} {
			t.Run(name, func(t *testing.T) {
				h.t = t
				set := append([]string{"client_notification_token", "t0ken"}, one.set...)
				if status, body := h.ask(set...); status != 400 || body["error"] != one.want {
					t.Errorf("%d %v", status, body)
				}
			})
		}
	})
}

// A question is its user's alone (R5), and his answer needs the page's token
// (R113).
func TestBackchannelIsItsUsers_R5(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.till("", "")
		id := h.asked()
		h.submit(h.get("/sign-in"), `form[method="post"]`, form("ada", correct))
		list := h.get("/account/approvals")
		at, err := list.url.Parse(list.Find("ul.sessions a.button").AttrOr("href", "/none"))
		if err != nil {
			t.Fatal(err)
		}
		if forged := h.do(http.MethodPost, at.String(), url.Values{"decision": {"allow"}}); forged.status != 403 {
			t.Errorf("without the page's token: %d", forged.status)
		}
		h.client = h.browser()
		h.person("eve")
		eve := h.submit(h.get("/sign-in"), `form[method="post"]`, form("eve", correct))
		if got := h.do(http.MethodGet, at.String(), nil); got.status != 404 {
			t.Errorf("somebody else sees it: %d", got.status)
		}
		if got := h.do(http.MethodPost, at.String(), eve.signed(url.Values{"decision": {"allow"}})); got.status != 404 {
			t.Errorf("somebody else answers: %d", got.status)
		}
		if got, _ := h.fetch(id); got != "authorization_pending" {
			t.Errorf("%q", got)
		}
	})
}

// ear is an application's notification endpoint.
type ear struct {
	mu     sync.Mutex
	status int
	heard  []map[string]any
	bearer []string
}

func (e *ear) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	raw, err := io.ReadAll(r.Body)
	body := map[string]any{}
	if err != nil || json.Unmarshal(raw, &body) != nil || r.Header.Get("Content-Type") != "application/json" {
		w.WriteHeader(500)
		return
	}
	e.heard, e.bearer = append(e.heard, body), append(e.bearer, r.Header.Get("Authorization"))
	w.Header().Set("Location", "/elsewhere")
	w.WriteHeader(e.status)
}

func (e *ear) last(t *testing.T, count int) map[string]any {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.heard) != count {
		t.Fatalf("heard %v", e.heard)
	}
	if e.bearer[count-1] != "Bearer t0ken" {
		t.Errorf("by %q", e.bearer[count-1])
	}
	return e.heard[count-1]
}

// notified opens an ear and returns it with the notifier that calls it.
func (h *house) notified(mode string) (*ear, *oidc.Notifier) {
	h.t.Helper()
	e := &ear{status: 204}
	server := httptest.NewServer(e)
	h.t.Cleanup(server.Close)
	h.till(mode, server.URL+"/told")
	return e, &oidc.Notifier{
		DB: h.db, Tenants: h.tenants, Provider: h.provider, Now: func() time.Time { return h.now }, Logger: slog.New(slog.DiscardHandler),
		Outbound: outbound.New(outbound.Options{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}),
	}
}

func deliver(t *testing.T, n *oidc.Notifier) {
	t.Helper()
	if err := n.Deliver(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// CIBA §10.2: the application is told that there is an answer, again where it
// could not be reached, and fetches it.
func TestBackchannelByPing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		e, n := h.notified("ping")
		h.submit(h.get("/sign-in"), `form[method="post"]`, form("ada", correct))
		id := h.asked("client_notification_token", "t0ken")
		deliver(t, n)
		if len(e.heard) != 0 {
			t.Fatalf("told before the answer: %v", e.heard)
		}
		e.status = 503
		h.answerTill("allow")
		deliver(t, n)
		e.last(t, 1)
		e.status = 204
		deliver(t, n)
		e.last(t, 1) // not at once
		h.now = h.now.Add(2 * time.Second)
		deliver(t, n)
		if got := e.last(t, 2); len(got) != 1 || got["auth_req_id"] != id {
			t.Errorf("told %v", got)
		}
		h.now = h.now.Add(time.Minute)
		deliver(t, n)
		e.last(t, 2)
		if refused, got := h.fetch(id); refused != "" || got["id_token"] == nil {
			t.Errorf("%v", got)
		}
	})
}

// CIBA §10.2: what is no failure of the moment is not tried again, redirects are
// not followed, and the application may ask all the same.
func TestNotificationIsRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		e, n := h.notified("ping")
		h.submit(h.get("/sign-in"), `form[method="post"]`, form("ada", correct))
		for i, status := range []int{401, 403, 302, 200} {
			e.status = status
			id := h.asked("client_notification_token", "t0ken")
			h.answerTill("allow")
			deliver(t, n)
			e.last(t, i+1)
			h.now = h.now.Add(time.Minute)
			deliver(t, n)
			e.last(t, i+1)
			if refused, got := h.fetch(id); refused != "" || got["id_token"] == nil {
				t.Errorf("%d: %v", status, got)
			}
		}
		if told := len(h.events(audit.BackchannelNotified)); told != 1 {
			t.Errorf("%d events of delivery", told)
		}
	})
}

func claimsOf(t *testing.T, body map[string]any) map[string]any {
	t.Helper()
	text, _ := body["id_token"].(string)
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("no ID token: %v", body)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	claims := map[string]any{}
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		t.Fatalf("%s %v", raw, err)
	}
	return claims
}

// CIBA §10.3: the tokens themselves are sent, again the same family's where
// that failed; or why there are none. Nobody can fetch them.
func TestBackchannelByPush(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		e, n := h.notified("push")
		h.submit(h.get("/sign-in"), `form[method="post"]`, form("ada", correct))
		id := h.asked("client_notification_token", "t0ken")
		h.answerTill("allow")
		if got, _ := h.fetch(id); got != "unauthorized_client" {
			t.Errorf("fetched: %q", got)
		}
		e.status = 500
		deliver(t, n)
		first := e.last(t, 1)
		e.status = 200
		h.now = h.now.Add(2 * time.Second)
		deliver(t, n)
		got := e.last(t, 2)
		claims := claimsOf(t, got)
		if got["auth_req_id"] != id || got["token_type"] != "Bearer" || got["access_token"] == nil || got["refresh_token"] != first["refresh_token"] {
			t.Errorf("pushed %v", got)
		}
		const vouched = "urn:openid:params:jwt:claim:"
		refresh, _ := got["refresh_token"].(string)
		if claims[vouched+"auth_req_id"] != id || claims[vouched+"rt_hash"] != tokens.RefreshHash(refresh) || claims["at_hash"] == nil || claims["sub"] != h.ada.ID {
			t.Errorf("claims %v", claims)
		}
		if len(h.events(audit.TokenIssued)) != 1 || len(h.events(audit.BackchannelNotified)) != 1 {
			t.Error("issued or told more than once")
		}
		h.asked("client_notification_token", "t0ken")
		h.answerTill("deny")
		deliver(t, n)
		if got := e.last(t, 3); got["error"] != "access_denied" || got["access_token"] != nil {
			t.Errorf("pushed %v", got)
		}
		h.asked("client_notification_token", "t0ken")
		h.now = h.now.Add(tokens.BackchannelLife)
		deliver(t, n)
		if got := e.last(t, 4); got["error"] != "expired_token" {
			t.Errorf("pushed %v", got)
		}
	})
}
