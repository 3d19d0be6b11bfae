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
		}
	})
}

func complete(t *testing.T, server *harness.Server, method string, more ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "client.mjs")
	cmd.Env = append(os.Environ(), "ISSUER="+server.Base(), "CLIENT_ID="+method, "CLIENT_SECRET="+secret,
		"REDIRECT_URI=http://127.0.0.1:9/callback", "AUTH="+method)
	cmd.Env = append(cmd.Env, more...)
	var fault strings.Builder
	cmd.Stderr = &fault
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	var begin string
	read(t, out, &begin, &fault)

	ada := harness.NewPerson(t, server.URL)
	page := ada.SignIn(ada.Open(begin), "ada", harness.AdaPassword)
	if _, err := io.WriteString(stdin, page.URL.String()+"\n"); err != nil {
		t.Fatal(err)
	}
	var seen struct{ Sub, Name, Email, Leave string }
	read(t, out, &seen, &fault)
	if seen.Name != "Ada Lovelace" || seen.Email != "ada@example.com" {
		t.Errorf("userinfo: %+v", seen)
	}
	if left := ada.Open(seen.Leave); left.URL.String() != "http://127.0.0.1:9/" {
		t.Errorf("sign-out led to %s\n%s", left.URL, left.Body)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, fault.String())
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
