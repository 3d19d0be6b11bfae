// Package backchannel asks a user on her own device, with a till built on
// openid-client v6 from npm.
package backchannel

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"gatehouse/e2e/harness"
)

const secret = "a-secret-for-the-till-0123456789abcd"

const till = `
kind: Application
tenant: acme
name: till
spec:
  application_type: web
  client_id: till
  client_name: Till
  client_secret: ` + secret + `
  grant_types: ["urn:openid:params:grant-type:ciba"]
  token_endpoint_auth_method: client_secret_basic
  scope: openid profile
`

func TestUserIsAskedOnHerOwnDevice(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		d.Acme(t, "http://127.0.0.1:9")
		d.Apply(t, till)
		server := d.Serve(t)
		ada := harness.NewPerson(t, server.URL)
		ada.SignIn(ada.Open(server.Base()+"/sign-in"), "ada", harness.AdaPassword)
		for decision, want := range map[string]string{"allow": `{"name":"Ada Lovelace"}`, "deny": `{"error":"access_denied"}`} {
			till := start(t, server)
			list := ada.Open(server.Base() + "/account/approvals")
			at, ok := list.Doc.Find("ul.sessions a.button").Attr("href")
			if !ok {
				t.Fatalf("nothing waits\n%s", list.Body)
			}
			question := ada.Open(server.URL + at)
			if !strings.Contains(question.Body, "W4SCT-7") {
				t.Errorf("the binding message is not shown\n%s", question.Body)
			}
			ada.Submit(question, map[string]string{"decision": decision})
			if got := till.line(t); got != want {
				t.Errorf("%s: the till saw %s", decision, got)
			}
		}
	})
}

// program is a running till.
type program struct {
	out   *bufio.Reader
	fault *strings.Builder
}

// start waits until the question was asked.
func start(t *testing.T, server *harness.Server) *program {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "till.mjs")
	cmd.Env = append(os.Environ(), "ISSUER="+server.Base(), "CLIENT_ID=till", "CLIENT_SECRET="+secret)
	p := &program{fault: &strings.Builder{}}
	cmd.Stderr = p.fault
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	p.out = bufio.NewReader(stdout)
	var asked struct{ Asked int }
	if line := p.line(t); json.Unmarshal([]byte(line), &asked) != nil || asked.Asked != 300 {
		t.Fatalf("%s\n%s", line, p.fault)
	}
	return p
}

func (p *program) line(t *testing.T) string {
	t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatalf("%v\n%s", err, p.fault)
	}
	return strings.TrimSpace(line)
}
