package protocol_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/audit"
	"gatehouse/identity/logouts"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/reason"
)

// receiver is an application's server that is told of logouts.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	tokens []string
	kinds  []string
	answer func() int // nil: 200
}

func (h *house) receiver(answer func() int) *receiver {
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		r.tokens = append(r.tokens, q.FormValue("logout_token"))
		r.kinds = append(r.kinds, q.Method+" "+q.Header.Get("Content-Type"))
		r.mu.Unlock()
		if r.answer != nil {
			w.WriteHeader(r.answer())
		}
	}))
	h.t.Cleanup(r.Close)
	return r
}

func (r *receiver) told() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.tokens...)
}

// backchannel registers an application with a receiver.
func (h *house) backchannel(id string, answer func() int) *receiver {
	h.t.Helper()
	r := h.receiver(answer)
	h.party(id, models.ClientOptions{BackchannelLogoutURI: r.URL + "/told?by=us", BackchannelSessionRequired: true})
	return r
}

func (h *house) report(f logouts.Filter) []models.LogoutNotice {
	h.t.Helper()
	found, err := h.teller.Report(h.operator(), h.acme, f, page.Request{})
	if err != nil {
		h.t.Fatal(err)
	}
	return found.Items
}

func (h *house) sid(idToken string) string {
	h.t.Helper()
	sid, _ := claims(h.t, idToken)["sid"].(string)
	return sid
}

func claims(t testing.TB, token string) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// verified is the payload of a logout token that the tenant's keys signed.
func (h *house) verified(token string) map[string]any {
	h.t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(h.send("GET", "/t/acme/oauth2/jwks", "").body), &set); err != nil {
		h.t.Fatal(err)
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		h.t.Fatal(err)
	}
	if typ := signed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType]; typ != "logout+jwt" {
		h.t.Errorf("typ %v", typ)
	}
	if _, err := signed.Verify(set); err != nil {
		h.t.Error(err)
	}
	return claims(h.t, token)
}

// R45: each application of the session is told before the browser goes on, by a
// signed token that no other receiver, and no other endpoint, takes for
// something else (Back-Channel Logout 1.0 §2.4 to §2.6).
func TestBackchannelLogout_R45(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		one, two, never := h.backchannel("one", nil), h.backchannel("two", nil), h.backchannel("never", nil)
		h.signIn()
		first := h.idToken("one", "")
		h.idToken("one", "")
		h.idToken("two", "&scope=openid%20offline_access")
		if a := h.logout("GET", "id_token_hint="+first+after(bye)); a.header.Get("Location") != bye {
			t.Fatalf("%d %q", a.status, a.header.Get("Location"))
		}
		if len(one.told()) != 1 || len(two.told()) != 1 || len(never.told()) != 0 {
			t.Fatalf("told %d, %d and %d times", len(one.told()), len(two.told()), len(never.told()))
		}
		if one.kinds[0] != "POST application/x-www-form-urlencoded" {
			t.Error(one.kinds)
		}
		said, hint := h.verified(one.told()[0]), claims(t, first)
		life := said["exp"].(float64) - said["iat"].(float64)                                        //nolint:forcetypeassert // numbers in JSON
		if said["iss"] != hint["iss"] || said["sub"] != hint["sub"] || said["sid"] != hint["sid"] || // the same that the ID token said
			said["aud"] != "one" || said["jti"] == "" || said["nonce"] != nil || life > 120 {
			t.Errorf("%v", said)
		}
		if events, _ := said["events"].(map[string]any); len(events) != 1 || events["http://schemas.openid.net/event/backchannel-logout"] == nil {
			t.Errorf("%v", said)
		}
		if h.verified(two.told()[0])["aud"] != "two" {
			t.Error("the second was not told for itself")
		}
		h.signIn()
		if a := h.logout("GET", "id_token_hint="+one.told()[0]); !strings.Contains(a.header.Get("Location"), "/sign-out?") {
			t.Error("a logout token is a hint")
		}
		for _, n := range h.report(logouts.Filter{SessionID: h.sid(first)}) {
			if n.Status != models.LogoutTold || n.Answer != 200 || n.Attempts != 1 || n.Why != "sign_out" || !strings.HasSuffix(n.Address, "/told?by=us") {
				t.Errorf("%+v", n)
			}
		}
		h.expectEvent(audit.LogoutTold, "")
	})
}

// work tells what is due.
func (h *house) work() {
	h.t.Helper()
	if _, err := h.teller.Once(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) expectEvent(action, code string) {
	h.t.Helper()
	found, err := audit.Timeline(h.operator(), h.acme, audit.Filter{Action: action}, page.Request{})
	if err != nil {
		h.t.Fatal(err)
	}
	if len(found.Items) == 0 || found.Items[0].Reason != code {
		h.t.Errorf("events %s: %+v", action, found.Items)
	}
}

// Whatever ends a session, its applications are told (R45, R66); the process may
// die between the end and the telling (R140), and nobody is told twice of what
// was told.
func TestEverywayIsTold_R140(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		rp := h.backchannel("rp", nil)
		for name, end := range map[string]func(session string) error{
			"ended by staff":      func(s string) error { return h.people.EndSession(h.operator(), h.acme, h.ada.ID, s) },
			"signed out by staff": func(string) error { return h.people.EndSessions(h.operator(), h.acme, h.ada.ID, "") },
			"password": func(string) error {
				return h.people.SetPassword(h.operator(), h.acme, h.ada.ID, "a long and quiet password", "")
			},
			"disabled and enabled": h.disableAndEnable,
		} {
			h.signIn()
			session := h.sid(h.idToken("rp", ""))
			before := len(rp.told())
			if err := end(session); err != nil {
				t.Fatal(name, err)
			}
			h.work()
			h.work()
			if n := len(rp.told()) - before; n != 1 {
				t.Errorf("%s: told %d times", name, n)
			}
		}
		h.signIn()
		session := h.sid(h.idToken("rp", ""))
		if err := h.people.Delete(h.operator(), h.acme, h.ada.ID, ""); err != nil {
			t.Fatal(err)
		}
		before := len(rp.told())
		h.work()
		if said := h.verified(rp.told()[before]); said["sub"] != h.ada.ID || said["sid"] != session {
			t.Errorf("of a deleted user: %v", said)
		}
	})
}

func (h *house) disableAndEnable(string) error {
	if _, err := h.people.Disable(h.operator(), h.acme, h.ada.ID, ""); err != nil {
		return err
	}
	_, err := h.people.Enable(h.operator(), h.acme, h.ada.ID, "")
	return err
}

// An application that does not answer is tried again for a while and then given
// up; staff sees why, and has it tried again (R140).
func TestBackchannelIsTriedAgain_R140(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		status := 503
		h.backchannel("rp", func() int { return status })
		h.signIn()
		session := h.sid(h.idToken("rp", ""))
		if err := h.people.EndSession(h.operator(), h.acme, h.ada.ID, session); err != nil {
			t.Fatal(err)
		}
		one := func() models.LogoutNotice { return h.report(logouts.Filter{SessionID: session})[0] }
		for range 20 {
			h.work()
			h.later += 24 * time.Hour
		}
		n := one()
		if n.Status != models.LogoutFailed || n.Attempts != 8 || n.Answer != 503 || n.Reason != string(reason.LogoutAnswer) {
			t.Fatalf("%+v", n)
		}
		h.expectEvent(audit.LogoutFailed, string(reason.LogoutAnswer))
		status = 204
		if err := h.teller.Retry(h.operator(), h.acme, n.ID); err != nil {
			t.Fatal(err)
		}
		h.work()
		if n = one(); n.Status != models.LogoutTold || n.Answer != 204 || n.Reason != "" {
			t.Errorf("%+v", n)
		}
		h.expectEvent(audit.LogoutRetried, "")
		if err := h.teller.Retry(h.operator(), h.acme, n.ID); !reason.Has(err, reason.LogoutSettled) {
			t.Errorf("told, and tried again: %v", err)
		}
		if err := h.teller.Retry(t.Context(), h.acme, n.ID); !reason.Has(err, reason.AccessUnauthorized) && !reason.Has(err, reason.AccessDenied) {
			t.Errorf("without the right: %v", err)
		}
	})
}

// R100, R101: the address is called through the guard, and what is refused or
// silent keeps no browser waiting for ever.
func TestBackchannelIsGuarded_R101(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.party("inside", models.ClientOptions{BackchannelLogoutURI: "https://10.1.2.3/told"})
		silent := make(chan struct{})
		defer close(silent)
		h.backchannel("silent", func() int { <-silent; return 200 })
		h.signIn()
		token := h.idToken("inside", "")
		h.idToken("silent", "")
		began := time.Now()
		if a := h.logout("GET", "id_token_hint="+token+after(bye)); a.header.Get("Location") != bye {
			t.Fatalf("%d %q", a.status, a.header.Get("Location"))
		}
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("it took %s", took)
		}
		for _, n := range h.report(logouts.Filter{SessionID: h.sid(token)}) {
			if strings.Contains(n.Address, "10.1.2.3") && (n.Reason != string(reason.LogoutAddress) || n.Status != models.LogoutWaiting) {
				t.Errorf("%+v", n)
			}
		}
	})
}
