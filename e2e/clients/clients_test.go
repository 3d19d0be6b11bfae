package clients_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/e2e/harness"
)

const secret = "a-secret-for-clients-from-npm-0123456"

const application = `
kind: Application
tenant: acme
name: %[1]s
spec:
  application_type: web
  client_id: %[1]s
  client_secret: %[2]q
  redirect_uris: ["%[3]s%[5]s"]
  post_logout_redirect_uris: ["%[3]s"]
  grant_types: [authorization_code, refresh_token]
  token_endpoint_auth_method: %[4]s
  id_token_signed_response_alg: RS256
  scope: openid profile email offline_access
  require_pkce: false
  first_party: true
`

// node is a program that says in JSON, line by line, what it comes to.
type node struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Reader
	bad strings.Builder
	cmd *exec.Cmd
}

func start(t *testing.T, script string, env ...string) *node {
	t.Helper()
	n := &node{t: t, cmd: exec.CommandContext(t.Context(), "node", script)}
	n.cmd.Env = append(os.Environ(), env...)
	n.cmd.Stderr = &n.bad
	var err error
	if n.in, err = n.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := n.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	n.out = bufio.NewReader(stdout)
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.cmd.Process.Kill(); _ = n.cmd.Wait() })
	return n
}

func (n *node) hear(into any) {
	n.t.Helper()
	line, err := n.out.ReadString('\n')
	if err == nil {
		err = json.Unmarshal([]byte(line), into)
	}
	if err != nil {
		_ = n.cmd.Wait()
		n.t.Fatalf("%v: %s\n%s", err, line, n.bad.String())
	}
}

func (n *node) tell(line string) {
	n.t.Helper()
	if _, err := io.WriteString(n.in, line+"\n"); err != nil {
		n.t.Fatal(err)
	}
}

// seen hears that the program has tokens of Ada from the issuer.
func (n *node) seen(issuer string) {
	n.t.Helper()
	var seen struct{ Name, Iss string }
	n.hear(&seen)
	if seen.Name != "Ada Lovelace" || seen.Iss != issuer {
		n.t.Errorf("%+v", seen)
	}
}

// served starts an application on express and registers it where it listens.
func served(t *testing.T, d *harness.Deployment, issuer, script, id, method string) string {
	t.Helper()
	n := start(t, script, "ISSUER="+issuer, "CLIENT_ID="+id, "CLIENT_SECRET="+secret, "USER_DIR="+t.TempDir())
	at := struct{ Base, Callback string }{Callback: "/callback"}
	n.hear(&at)
	d.Apply(t, fmt.Sprintf(application, id, secret, at.Base, method, at.Callback))
	return at.Base
}

// Servers that people visit: one whose answer is posted to it, and one without
// PKCE, as its administrator allowed.
func TestServersFromNPM(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		d.Acme(t, "http://127.0.0.1:9")
		server := d.Serve(t)
		for _, test := range []struct{ id, method, want string }{
			{"express", "client_secret_basic", "hello Ada Lovelace, Bearer, true"}, {"passport", "client_secret_post", "hello Ada Lovelace, true"},
		} {
			t.Run(test.id, func(t *testing.T) {
				base := served(t, d, server.Base(), test.id+".mjs", test.id, test.method)
				b := harness.NewBrowser(t)
				b.Open(base + "/login")
				b.Fill("[name=username]", "ada")
				b.Fill("[name=password]", harness.AdaPassword)
				b.Click("form.fields .button.full")
				b.Expect(test.want)
				if test.id == "express" {
					b.Open(base + "/logout")
					b.Expect("nobody")
				}
			})
		}
	})
}

// Node-RED's editor opens to whom its administrator listed, and its menu signs
// out here as well.
func TestNodeRED(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		d.Acme(t, "http://127.0.0.1:9")
		server := d.Serve(t)
		base := served(t, d, server.Base(), "nodered.mjs", "nodered", "client_secret_post")
		b := harness.NewBrowser(t)
		b.Open(base + "/")
		b.Expect("Sign in with Gatehouse")
		b.Click("#node-dialog-login-fields .red-ui-button")
		b.Fill("[name=username]", "ada")
		b.Fill("[name=password]", harness.AdaPassword)
		b.Click("form.fields .button.full")
		b.Expect("Deploy")
		b.Click("#red-ui-header-button-user")
		b.Expect("ada")
		b.Click("#usermenu-item-logout")
		b.Click("form .button")
		b.Expect("Sign in with Gatehouse")
	})
}

const machine = `
kind: Application
tenant: acme
name: tool
spec:
  application_type: web
  client_id: tool
  redirect_uris: ["http://127.0.0.1:9/callback"]
  grant_types: [authorization_code, refresh_token, client_credentials, "urn:ietf:params:oauth:grant-type:device_code", "urn:openid:params:grant-type:ciba"]
  token_endpoint_auth_method: private_key_jwt
  jwks: %s
  id_token_signed_response_alg: RS256
  scope: openid profile offline_access reports
  first_party: true
`

// oauth4webapi pushes a request with a key that it proves, and uses everything
// that a confidential client can; then its user allows it on a page what a device
// asked for, and what it asked her for behind the browser's back.
func TestOAuth4WebAPI(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		d.Acme(t, "http://127.0.0.1:9")
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		whole := jose.JSONWebKey{Key: key, KeyID: "one", Algorithm: "ES256", Use: "sig"}
		private, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		public, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{whole.Public()}})
		if err != nil {
			t.Fatal(err)
		}
		d.Apply(t, fmt.Sprintf(machine, public))
		server := d.Serve(t)
		n := start(t, "oauth4webapi.mjs", "ISSUER="+server.Base(), "CLIENT_ID=tool", "KEY="+string(private))
		var begin string
		n.hear(&begin)
		ada := harness.NewPerson(t, server.URL)
		page := ada.SignIn(ada.Open(begin), "ada", harness.AdaPassword)
		n.tell(page.URL.String())
		n.seen(server.Base())
		var device string
		n.hear(&device)
		question := ada.Submit(ada.Open(device), map[string]string{"user_code": userCode(t, device)})
		ada.Submit(question, map[string]string{"decision": "allow"})
		n.tell("allowed")
		n.seen(server.Base())
		var life int
		n.hear(&life)
		list := ada.Open(server.Base() + "/account/approvals")
		at, _ := list.Doc.Find("ul.sessions a.button").Attr("href")
		ada.Submit(ada.Open(server.URL+at), map[string]string{"decision": "allow"})
		n.tell("allowed")
		n.seen(server.Base())
	})
}

// userCode is the one that the address of a device's page holds.
func userCode(t *testing.T, at string) string {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("user_code")
}

const singlePage = `
kind: Application
tenant: acme
name: page
spec:
  application_type: spa
  client_id: page
  redirect_uris: ["%[1]s/", "%[1]s/silent", "%[1]s/popup"]
  post_logout_redirect_uris: ["%[1]s/bye"]
  grant_types: [authorization_code, refresh_token]
  token_endpoint_auth_method: none
  id_token_signed_response_alg: RS256
  scope: openid profile offline_access
  allowed_origins: ["%[1]s"]
  first_party: true
`

// oidc-client-ts in a page of another origin: its scripts read what the
// endpoints answer (R48), and nobody else's do.
func TestOIDCClientTS_R48(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		d.Acme(t, "http://127.0.0.1:9")
		server := d.Serve(t)
		text, err := os.ReadFile("page.html")
		if err != nil {
			t.Fatal(err)
		}
		page := strings.ReplaceAll(string(text), "{{issuer}}", server.Base())
		at := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/oidc-client-ts.min.js" {
				http.ServeFile(w, r, "../../node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js")
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, page)
		}))
		t.Cleanup(at.Close)
		origin := strings.Replace(at.URL, "127.0.0.1", "localhost", 1)
		d.Apply(t, fmt.Sprintf(singlePage, origin))
		b := harness.NewBrowser(t)
		b.Open(origin + "/")
		b.Fill("[name=username]", "ada")
		b.Fill("[name=password]", harness.AdaPassword)
		b.Click("form.fields .button.full")
		b.Expect("hello Ada Lovelace")
		b.Click("#renew")
		b.Expect("renewed for Ada Lovelace")
		b.Click("#silent")
		b.Expect("silently Ada Lovelace")
		b.Click("#leave")
		b.Expect("signed out")
		b.Open(origin + "/")
		b.Fill("[name=username]", "ada")
		b.Fill("[name=password]", harness.AdaPassword)
		b.Click("form.fields .button.full")
		b.Expect("hello Ada Lovelace")
		b.Click("#elsewhere")
		b.Expect("signed out elsewhere")
		b.Click("#silent")
		b.Expect("login_required")
		popup := b.Popup("#popup")
		popup.Fill("[name=username]", "ada")
		popup.Fill("[name=password]", harness.AdaPassword)
		popup.Click("form.fields .button.full")
		b.Expect("by popup Ada Lovelace")
	})
}
