package malformed

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"gatehouse/e2e/harness"
)

// shortest is the least that a tenant may let its sessions live, in seconds.
const shortest = 10

// expiring is a browser whose session ends by itself, and the session's id.
type expiring struct {
	name string // why the log says that it ended
	who  *harness.Person
	sid  string
	page *harness.Page // the account, with forms that the session may send
}

// R64, R4: a session that was unused for too long, or is too old, signs nobody
// in, changes nothing, and the log tells why it ended, once.
func TestExpiredSessions_R64(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		t.Parallel() // it waits
		d.Apply(t, "kind: Tenant\nname: acme\n---"+harness.OperatorClient)
		w := start(t, d)
		other := w.begin(t, "")
		w.lifetimes(t, shortest, 86400)
		idle := w.begin(t, "idle")
		w.lifetimes(t, 86400, shortest)
		old := w.begin(t, "lifetime")
		for _, e := range []expiring{idle, old} {
			t.Run(e.name, func(t *testing.T) {
				w.expires(t, e)
				w.signsNobodyIn(t, e)
				w.changesNothing(t, e, other)
				w.told(t, e)
			})
		}
	})
}

// lifetimes sets how long sessions live that begin from here on.
func (w *world) lifetimes(t *testing.T, idle, most int) {
	t.Helper()
	api := harness.API{Server: w.server}
	got := ask(t, api, http.MethodGet, "/tenant", "")
	api.Header = map[string]string{"If-Match": got.Header.Get("ETag")}
	ask(t, api, http.MethodPatch, "/tenant", fmt.Sprintf(`{"settings":{"session_idle_seconds":%d,"session_lifetime_seconds":%d}}`, idle, most))
}

func ask(t *testing.T, api harness.API, method, path, body string) *harness.Answer {
	t.Helper()
	answer, err := api.Try(method, path, body)
	if err != nil || answer.Status != http.StatusOK {
		t.Fatalf("%s %s: %v %+v", method, path, err, answer)
	}
	return answer
}

func (w *world) begin(t *testing.T, name string) expiring {
	t.Helper()
	e := expiring{name: name, who: harness.NewPerson(t, w.server.URL)}
	arrived := e.who.SignIn(e.who.Open(w.rp.AuthURL()), "ada", harness.AdaPassword)
	visit, err := w.rp.Redeem(t.Context(), arrived.URL.Query())
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Session string `json:"sid"`
	}
	if err := visit.ID.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	e.sid = claims.Session
	e.page = e.who.Open(w.server.Base() + "/account")
	e.who.Hoard(e.page)
	return e
}

// live reports whether the session holds, without using it.
func (w *world) live(t *testing.T, sid string) bool {
	t.Helper()
	answer, err := harness.API{Server: w.server}.Try(http.MethodGet, "/sessions/"+sid, "")
	if err != nil {
		t.Fatal(err)
	}
	return answer.Status == http.StatusOK
}

// expires waits for the session's end.
func (w *world) expires(t *testing.T, e expiring) {
	t.Helper()
	tick, late := time.NewTicker(100*time.Millisecond), time.After(3*shortest*time.Second)
	defer tick.Stop()
	for w.live(t, e.sid) {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("session %s does not end", e.sid)
		}
	}
}

func (w *world) signsNobodyIn(t *testing.T, e expiring) {
	t.Helper()
	silent := e.who.Open(w.rp.AuthURL(oauth2.SetAuthURLParam("prompt", "none")))
	if q := silent.URL.Query(); q.Get("error") != "login_required" || q.Get("code") != "" || q.Get("state") == "" || q.Get("iss") != w.server.Base() {
		t.Errorf("prompt=none: %s", silent.URL)
	}
	w.leaves(t, "oauth.login_required")
	for _, at := range []string{w.rp.AuthURL(), w.server.Base() + "/account"} {
		page := e.who.Open(at)
		if page.Status != http.StatusOK || !strings.HasSuffix(page.URL.Path, "/sign-in") || page.Doc.Find("input[type=password]").Length() != 1 {
			t.Errorf("%s leads to %s (%d)", at, page.URL, page.Status)
		}
	}
}

// changesNothing sends a form that was good while the session was.
func (w *world) changesNothing(t *testing.T, e, other expiring) {
	t.Helper()
	form := e.page.Doc.Find("form[action$='/sessions/others/end']")
	if form.Length() != 1 {
		t.Fatalf("the account cannot end other sessions\n%s", e.page.Body)
	}
	token := form.Find("input[type=hidden]")
	at, err := e.page.URL.Parse(form.AttrOr("action", ""))
	if err != nil {
		t.Fatal(err)
	}
	answer := e.who.Post(at.String(), url.Values{token.AttrOr("name", ""): {token.AttrOr("value", "")}})
	if answer.Status != http.StatusUnauthorized || !w.live(t, other.sid) {
		t.Errorf("a form of an expired session: %d\n%s", answer.Status, answer.Body)
	}
}

// told looks for the one event that says that the session ended by itself.
func (w *world) told(t *testing.T, e expiring) {
	t.Helper()
	type event struct {
		SessionID string         `json:"session_id"`
		UserID    string         `json:"user_id"`
		IP        string         `json:"ip"`
		Details   map[string]any `json:"details"`
	}
	var found []event
	for _, one := range harness.All[event](t, harness.API{Server: w.server}, "/events?action=session.ended") {
		if one.SessionID == e.sid {
			found = append(found, one)
		}
	}
	if len(found) != 1 || found[0].Details["why"] != e.name || found[0].UserID == "" || found[0].IP == "" {
		text, _ := json.Marshal(found)
		t.Errorf("the log says: %s", text)
	}
}
