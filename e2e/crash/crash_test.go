// Package crash kills the server in the middle of its work and looks whether
// anything that it had acknowledged is gone.
package crash

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"gatehouse/e2e/harness"
)

// rounds is how often the server dies; workers work until then.
const (
	rounds  = 3
	workers = 4
	enough  = 6 // acknowledged deeds of each before the kill, on average
)

func TestKillLosesNothingAcknowledged(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		rp := harness.NewRelyingParty(t)
		d.Acme(t, rp.URL)
		d.Set("GATEHOUSE_AUDIT_CHECKPOINTS_FILE", filepath.Join(t.TempDir(), "checkpoints.jsonl")) // R133
		server := d.Serve(t)
		port := server.Port()
		for round := range rounds {
			rp.Configure(server.Base(), harness.PortalID, harness.PortalSecret, "offline_access")
			held := untilKilled(t, rp, server)
			server = d.ServeOn(t, port)
			for i, token := range held {
				if _, err := redeem(rp, token); err != nil {
					t.Errorf("round %d: an acknowledged token of worker %d is lost: %v", round, i, err)
				}
			}
		}
		whole(t, d, server)
	})
}

// whole stops the server and checks the chain of the audit log.
func whole(t *testing.T, d *harness.Deployment, server *harness.Server) {
	t.Helper()
	server.Stop()
	if out, fault, err := d.Command(t, "", "audit", "verify"); err != nil {
		t.Errorf("the audit log is broken: %v\n%s%s", err, out, fault)
	}
}

// toil has workers work, each until its work fails, and kills the server when
// enough of it was acknowledged. Work is numbered, for names.
func toil(server *harness.Server, work func(worker, n int) error) {
	busy := make(chan struct{}, workers*enough)
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			for n := 0; work(i, n) == nil; n++ {
				select {
				case busy <- struct{}{}:
				default:
				}
			}
		})
	}
	for range workers * enough {
		<-busy
	}
	server.Kill()
	wg.Wait()
}

// untilKilled lets workers rotate refresh tokens while the server is killed,
// and returns the last token that each was given.
func untilKilled(t *testing.T, rp *harness.RelyingParty, server *harness.Server) []string {
	t.Helper()
	held := make([]string, workers)
	for i := range held {
		ada := harness.NewPerson(t, server.URL)
		page := ada.SignIn(ada.Open(rp.AuthURL()), "ada", harness.AdaPassword)
		visit, err := rp.Redeem(context.Background(), page.URL.Query())
		if err != nil {
			t.Fatal(err)
		}
		held[i] = visit.Tokens.RefreshToken
	}
	toil(server, func(i, _ int) error {
		next, err := redeem(rp, held[i])
		if err == nil {
			held[i] = next
		}
		return err // the server is gone
	})
	return held
}

func redeem(rp *harness.RelyingParty, token string) (string, error) {
	fresh, err := rp.OAuth.TokenSource(context.Background(), &oauth2.Token{RefreshToken: token}).Token()
	if err != nil {
		return "", fmt.Errorf("refresh: %w", err)
	}
	return fresh.RefreshToken, nil
}
