package crash

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"gatehouse/e2e/harness"
)

// creation is something that a client asked for under a key of its own; answer
// is nil where the server died before it gave one.
type creation struct {
	list, name, body, key string
	answer                *harness.Answer
}

// What the management API acknowledged is there, once. Whoever asks again with
// the same Idempotency-Key gets the same answer, secrets and all; whoever got
// none the first time gets one now, and still makes one thing only.
func TestKillLosesNoChange_R130(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		d.Acme(t, "https://portal.example.com")
		d.Apply(t, harness.OperatorClient)
		server := d.Serve(t)
		port := server.Port()
		for round := range rounds {
			asked := createUntilKilled(t, server, round)
			server = d.ServeOn(t, port)
			for _, c := range asked {
				c.holds(t, server)
			}
			recorded(t, server, asked)
		}
		whole(t, d, server)
	})
}

func createUntilKilled(t *testing.T, server *harness.Server, round int) []creation {
	t.Helper()
	var mu sync.Mutex
	var asked []creation
	toil(server, func(i, n int) error {
		c := newCreation(round, i, n)
		answer, err := c.ask(server)
		if err == nil && answer.Status != http.StatusCreated {
			t.Errorf("%s: %d %s", c.name, answer.Status, answer.Body)
		}
		if err == nil {
			c.answer = answer
		}
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, c)
		return err
	})
	return asked
}

// newCreation is a user or, every other time, an application.
func newCreation(round, worker, n int) creation {
	name := fmt.Sprintf("made-%d-%d-%d", round, worker, n)
	c := creation{list: "/users", name: name, key: "key-" + name, body: `{"username":"` + name + `"}`}
	if n%2 == 1 {
		c.list, c.body = "/applications", `{"application_type":"service","name":"`+name+`","client_name":"`+name+`"}`
	}
	return c
}

func (c creation) ask(server *harness.Server) (*harness.Answer, error) {
	return harness.API{Server: server, Header: map[string]string{"Idempotency-Key": c.key}}.Try(http.MethodPost, c.list, c.body)
}

type made struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Username string `json:"username"`
}

func (c creation) there(t *testing.T, server *harness.Server) int {
	t.Helper()
	n := 0
	for _, m := range harness.All[made](t, harness.API{Server: server}, c.list+"?q="+c.name) {
		if m.Username == c.name || c.list == "/applications" && m.Name == c.name {
			n++
		}
	}
	return n
}

func (c creation) holds(t *testing.T, server *harness.Server) {
	t.Helper()
	if n := c.there(t, server); c.answer != nil && n != 1 || n > 1 {
		t.Errorf("%s is there %d times", c.name, n)
	}
	again, err := c.ask(server)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case again.Status != http.StatusCreated:
		t.Errorf("%s, asked again: %d %s", c.name, again.Status, again.Body)
	case c.answer != nil && (string(again.Body) != string(c.answer.Body) || again.Header.Get("Idempotency-Replayed") != "true"):
		t.Errorf("%s, asked again, is another answer:\n%s\n%s", c.name, c.answer.Body, again.Body)
	}
	if n := c.there(t, server); n != 1 {
		t.Errorf("%s, asked twice, is there %d times", c.name, n)
	}
}

// recorded looks for exactly one event of each creation.
func recorded(t *testing.T, server *harness.Server, asked []creation) {
	t.Helper()
	type event struct {
		Target made `json:"target"`
	}
	seen := map[string]int{}
	for _, action := range []string{"user.created", "application.created"} {
		for _, e := range harness.All[event](t, harness.API{Server: server}, "/events?action="+action) {
			seen[e.Target.Name]++
		}
	}
	for _, c := range asked {
		if seen[c.name] != 1 {
			t.Errorf("%s stands in the log %d times", c.name, seen[c.name])
		}
	}
}
