// Package openidclient completes the code flow with openid-client v6 from npm,
// unmodified, once for every way in which a client may authenticate itself.
package openidclient

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"gatehouse/e2e/harness"
)

const application = `
kind: Application
tenant: acme
name: %[1]s
spec:
  application_type: %[2]s
  client_id: %[1]s
  client_secret: %[3]q
  redirect_uris: ["http://127.0.0.1:9/callback"]
  post_logout_redirect_uris: ["http://127.0.0.1:9/"]
  grant_types: [authorization_code, refresh_token]
  response_types: [code]
  token_endpoint_auth_method: %[4]s
  id_token_signed_response_alg: %[5]s
  scope: openid profile email offline_access
  first_party: true
`

const secret = "a-secret-for-openid-client-0123456789"

func TestOpenIDClientCompletesTheCodeFlow(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		d.Acme(t, "http://127.0.0.1:9")
		d.Apply(t, fmt.Sprintf(application, "basic", "web", secret, "client_secret_basic", "ES256"))
		d.Apply(t, fmt.Sprintf(application, "post", "web", secret, "client_secret_post", "RS256"))
		public := strings.Replace(application, "  client_secret: %[3]q\n", "", 1)
		d.Apply(t, fmt.Sprintf(public, "none", "spa", "", "none", "ES256"))
		server := d.Serve(t)
		for _, method := range []string{"basic", "post", "none"} {
			t.Run(method, func(t *testing.T) { complete(t, server, method) })
			t.Run(method+" pushed", func(t *testing.T) { complete(t, server, method, "PUSH=yes") })
			t.Run(method+" with a key", func(t *testing.T) { complete(t, server, method, "PUSH=yes", "DPOP=yes") })
		}
		d.Apply(t, "kind: Tenant\nname: acme\nspec: {display_name: Acme, settings: {dpop_require_nonce: true}}\n")
		t.Run("with a nonce", func(t *testing.T) { complete(t, server, "none", "DPOP=yes") })
	})
}

// TestOpenIDClientRegisters: an application that nobody knows registers itself,
// signs Ada in, who is asked, and goes (R46).
func TestOpenIDClientRegisters_R46(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		d.Acme(t, "http://127.0.0.1:9")
		d.Apply(t, "kind: Tenant\nname: acme\nspec: {display_name: Acme, settings: {registration: open}}\n")
		server := d.Serve(t)
		var begin string
		party := start(t, "registration.mjs", &begin, "ISSUER="+server.Base())
		ada := harness.NewPerson(t, server.URL)
		asked := ada.SignIn(ada.Open(begin), "ada", harness.AdaPassword)
		if !strings.Contains(asked.Body, "Registered") {
			t.Fatalf("not asked: %s\n%s", asked.URL, asked.Body)
		}
		page := ada.Submit(asked, map[string]string{"decision": "allow"})
		var seen struct {
			Email string
			Gone  int
		}
		party.finish(t, page.URL.String(), &seen)
		if seen.Email != "ada@example.com" || seen.Gone != 204 {
			t.Errorf("%+v", seen)
		}
	})
}

// party is a relying party that runs.
type party struct {
	cmd   *exec.Cmd
	in    io.Writer
	out   *bufio.Reader
	fault *strings.Builder
}

// start runs a script and reads where it sends the browser.
func start(t *testing.T, script string, begin *string, environment ...string) *party {
	t.Helper()
	p := &party{cmd: exec.CommandContext(t.Context(), "node", script), fault: &strings.Builder{}}
	p.cmd.Env = append(append(os.Environ(), "REDIRECT_URI=http://127.0.0.1:9/callback"), environment...)
	p.cmd.Stderr = p.fault
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(stdout)
	read(t, p.out, begin, p.fault)
	return p
}

// finish tells the party where the browser came back to, and reads what it saw.
func (p *party) finish(t *testing.T, at string, seen any) {
	t.Helper()
	if _, err := io.WriteString(p.in, at+"\n"); err != nil {
		t.Fatal(err)
	}
	read(t, p.out, seen, p.fault)
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, p.fault.String())
	}
}

func complete(t *testing.T, server *harness.Server, method string, more ...string) {
	t.Helper()
	var begin string
	rp := start(t, "client.mjs", &begin, append([]string{
		"ISSUER=" + server.Base(), "CLIENT_ID=" + method, "CLIENT_SECRET=" + secret, "AUTH=" + method,
	}, more...)...)
	ada := harness.NewPerson(t, server.URL)
	page := ada.SignIn(ada.Open(begin), "ada", harness.AdaPassword)
	var seen struct{ Sub, Name, Email, Leave string }
	rp.finish(t, page.URL.String(), &seen)
	if seen.Name != "Ada Lovelace" || seen.Email != "ada@example.com" {
		t.Errorf("userinfo: %+v", seen)
	}
	if left := ada.Open(seen.Leave); left.URL.String() != "http://127.0.0.1:9/" {
		t.Errorf("sign-out led to %s\n%s", left.URL, left.Body)
	}
}

// read takes one line of JSON from the client.
func read(t *testing.T, out *bufio.Reader, into any, fault *strings.Builder) {
	t.Helper()
	line, err := out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, into)
	}
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, line, fault.String())
	}
}
