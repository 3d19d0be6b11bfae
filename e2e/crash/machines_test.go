package crash

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2/clientcredentials"

	"gatehouse/e2e/harness"
)

// A machine's token leaves no row, only its event, which the node that seals puts
// into the log at once: whoever holds such a token finds it there, once.
func TestKillLosesNoTokenOfAMachine_R130(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		d.Acme(t, "http://127.0.0.1")
		d.Apply(t, harness.OperatorClient)
		server := d.Serve(t)
		port := server.Port()
		for range 2 {
			awaitSealing(t, server)
			held := issueUntilKilled(server)
			server = d.ServeOn(t, port)
			recorded := map[string]int{}
			for _, e := range issued(t, server) {
				recorded[e.Details.JTI]++
			}
			for _, jti := range held {
				if recorded[jti] != 1 {
					t.Errorf("the token %s stands in the log %d times", jti, recorded[jti])
				}
			}
		}
		whole(t, d, server)
	})
}

type issue struct {
	Number  int64 `json:"number"`
	Details struct {
		JTI string `json:"jti"`
	} `json:"details"`
}

func issued(t *testing.T, server *harness.Server) []issue {
	t.Helper()
	return harness.All[issue](t, harness.API{Server: server}, "/events?action=token.issued")
}

// awaitSealing issues a token and waits until its event is in the log: from then
// on the server seals.
func awaitSealing(t *testing.T, server *harness.Server) {
	t.Helper()
	jti, err := machineToken(server)
	if err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(30 * time.Second); ; {
		for _, e := range issued(t, server) {
			if e.Details.JTI == jti && e.Number > 0 {
				return
			}
		}
		select {
		case <-end:
			t.Fatal("nothing is sealed")
		case <-tick.C:
		}
	}
}

// issueUntilKilled returns the ids of all tokens that machines were given.
func issueUntilKilled(server *harness.Server) []string {
	var mu sync.Mutex
	var held []string
	toil(server, func(int, int) error {
		jti, err := machineToken(server)
		if err != nil {
			return err // the server is gone
		}
		mu.Lock()
		defer mu.Unlock()
		held = append(held, jti)
		return nil
	})
	return held
}

// machineToken is the id of a new token.
func machineToken(server *harness.Server) (string, error) {
	c := clientcredentials.Config{ClientID: harness.MachineID, ClientSecret: harness.MachineSecret, TokenURL: server.Base() + "/oauth2/token"}
	token, err := c.Token(context.Background())
	if err != nil {
		return "", err
	}
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(token.AccessToken, ".")[1])
	if err != nil {
		return "", err
	}
	var says struct{ JTI string }
	err = json.Unmarshal(claims, &says)
	return says.JTI, err
}
