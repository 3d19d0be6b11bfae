package crash

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"gatehouse/e2e/harness"
)

// arrival is a sign-in that the server acknowledged: the browser holds its
// session and was sent back with a code.
type arrival struct {
	who  *harness.Person
	code url.Values
}

// A browser that was told that it is signed in stays signed in, its code is
// good, and the log tells of it: no sign-in is half there.
func TestKillLosesNoSignIn_R130(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		d.Set("GATEHOUSE_THROTTLE_EXEMPT", "127.0.0.0/8,::1/128")
		rp := harness.NewRelyingParty(t)
		d.Acme(t, rp.URL)
		d.Apply(t, harness.OperatorClient+users(workers))
		server := d.Serve(t)
		port := server.Port()
		for round := range rounds {
			rp.Configure(server.Base(), harness.PortalID, harness.PortalSecret)
			arrived := signInUntilKilled(t, rp, server)
			server = d.ServeOn(t, port)
			recorded := signIns(t, harness.API{Server: server})
			for _, a := range arrived {
				a.lives(t, fmt.Sprintf("round %d", round), rp, recorded)
			}
		}
		whole(t, d, server)
	})
}

func users(n int) (documents string) {
	for i := range n {
		documents += fmt.Sprintf("---\nkind: User\ntenant: acme\nname: user%d\nspec: {password: %s}\n", i, harness.AdaPassword)
	}
	return documents
}

func signInUntilKilled(t *testing.T, rp *harness.RelyingParty, server *harness.Server) []arrival {
	t.Helper()
	var mu sync.Mutex
	var arrived []arrival
	toil(server, func(i, _ int) error {
		who := harness.NewPerson(t, server.URL)
		page, err := who.TrySignIn(rp.AuthURL(), fmt.Sprintf("user%d", i), harness.AdaPassword)
		if err != nil {
			return err // the server is gone
		}
		if page.URL.Query().Get("code") == "" {
			t.Errorf("no code at %s (%d)\n%s", page.URL, page.Status, page.Body)
			return errors.New("not signed in")
		}
		mu.Lock()
		defer mu.Unlock()
		arrived = append(arrived, arrival{who, page.URL.Query()})
		return nil
	})
	return arrived
}

// lives asks for a code without a page, which only a session can give, and
// redeems the code of the sign-in itself: its sid is the log's.
func (a arrival) lives(t *testing.T, when string, rp *harness.RelyingParty, recorded map[string]int) {
	t.Helper()
	again := a.who.Open(rp.AuthURL(oauth2.SetAuthURLParam("prompt", "none")))
	if again.URL.Query().Get("code") == "" {
		t.Errorf("%s: an acknowledged session is lost: %s", when, again.URL)
		return
	}
	visit, err := rp.Redeem(context.Background(), a.code)
	if err != nil {
		t.Errorf("%s: an acknowledged code is lost: %v", when, err)
		return
	}
	var claims struct {
		Session string `json:"sid"`
	}
	if err := visit.ID.Claims(&claims); err != nil || recorded[claims.Session] != 1 {
		t.Errorf("%s: session %q stands in the log %d times (%v)", when, claims.Session, recorded[claims.Session], err)
	}
}

// signIns counts the events of sign-ins by session, and holds each against its
// attempt and against the sessions that are there: all three were written at
// once, so none is there without the others.
func signIns(t *testing.T, api harness.API) map[string]int {
	t.Helper()
	type row struct {
		ID        string `json:"id"`
		SessionID string `json:"session_id"`
		AttemptID string `json:"attempt_id"`
	}
	attempts := map[string]bool{}
	for _, a := range harness.All[row](t, api, "/attempts?kind=sign_in&outcome=success") {
		attempts[a.ID] = true
	}
	began := map[string]bool{}
	for _, u := range harness.All[row](t, api, "/users") {
		for _, s := range harness.All[row](t, api, "/users/"+u.ID+"/sessions") {
			began[s.ID] = true
		}
	}
	found := map[string]int{}
	for _, e := range harness.All[row](t, api, "/events?action=sign_in.succeeded") {
		found[e.SessionID]++
		if !attempts[e.AttemptID] || !began[e.SessionID] {
			t.Errorf("the sign-in of session %s is half there: attempt %v, session %v", e.SessionID, attempts[e.AttemptID], began[e.SessionID])
		}
	}
	if len(found) != len(attempts) || len(found) != len(began) {
		t.Errorf("%d sign-ins, %d attempts, %d sessions", len(found), len(attempts), len(began))
	}
	return found
}
