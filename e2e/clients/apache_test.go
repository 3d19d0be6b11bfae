package clients_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"text/template"
	"time"

	"gatehouse/e2e/harness"
)

// apache is Debian's Apache with its mod_auth_openidc.
type apache struct {
	Dir, URL, Issuer, Method, Mode string
	Passphrase, Secret             string
	User, Group                    string
	Port                           int
	Modules                        []string
}

func newApache(t *testing.T, issuer, method, mode string) *apache {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	a := &apache{
		Dir: t.TempDir(), Issuer: issuer, Method: method, Mode: mode, Passphrase: rand.Text(), Secret: secret,
		Port:    l.Addr().(*net.TCPAddr).Port,
		Modules: []string{"mpm_event", "authn_core", "authz_core", "authz_user", "mime", "include", "auth_openidc"},
	}
	a.URL = fmt.Sprintf("http://localhost:%d", a.Port)
	a.User, a.Group = "www-data", "www-data"
	if me, err := user.Current(); err == nil && me.Uid != "0" {
		a.User, a.Group = "#"+me.Uid, "#"+me.Gid
	}
	if err := os.Chmod(filepath.Dir(a.Dir), 0o711); err != nil {
		t.Fatal(err)
	}
	a.file(t, "www/pages/index.shtml", `<p>hello <!--#echo var="OIDC_CLAIM_name" --> at <!--#echo var="OIDC_CLAIM_email" --></p>`)
	a.file(t, "www/bye.shtml", `<p>signed out</p>`)
	return a
}

func (a *apache) file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(a.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// start serves until the test ends.
func (a *apache) start(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile("apache.conf")
	if err != nil {
		t.Fatal(err)
	}
	var conf strings.Builder
	if err := template.Must(template.New("conf").Parse(string(text))).Execute(&conf, a); err != nil {
		t.Fatal(err)
	}
	path := a.file(t, "apache.conf", conf.String())
	cmd := exec.CommandContext(t.Context(), "/usr/sbin/apache2", "-f", path, "-D", "FOREGROUND")
	var said strings.Builder
	cmd.Stderr, cmd.WaitDelay = &said, 5*time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); !a.serves(t); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("Apache does not serve")
		}
	}
}

func (a *apache) serves(t *testing.T) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL+"/bye.shtml", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	return err == nil && resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

const pages = `
kind: Application
tenant: acme
name: apache
spec:
  application_type: web
  client_id: apache
  redirect_uris: ["%[1]s/pages/callback"]
  post_logout_redirect_uris: ["%[1]s/bye.shtml"]
  grant_types: [authorization_code, refresh_token]
  id_token_signed_response_alg: RS256
  scope: openid profile email offline_access
  first_party: true
  token_endpoint_auth_method: %[2]s
  client_secret: %[3]s
`

// Apache's module signs people in and knows their claims, renews its token,
// signs them out here as well.
func TestApacheModAuthOpenIDC(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		d.Acme(t, "http://127.0.0.1:9")
		server := d.Serve(t)
		for _, test := range []struct{ method, mode string }{{"client_secret_basic", "query"}, {"client_secret_jwt", "form_post"}} {
			t.Run(test.method, func(t *testing.T) {
				a := newApache(t, server.Base(), test.method, test.mode)
				d.Apply(t, fmt.Sprintf(pages, a.URL, test.method, secret))
				a.start(t)
				b := harness.NewBrowser(t)
				b.Open(a.URL + "/pages/index.shtml")
				b.Fill("[name=username]", "ada")
				b.Fill("[name=password]", harness.AdaPassword)
				b.Click("form.fields .button.full")
				b.Expect("hello Ada Lovelace at ada@example.com")
				before := a.info(t, b)
				after := a.info(t, b)
				if before.Access == "" || after.Access == before.Access || after.Refresh == before.Refresh || after.User.Name != "Ada Lovelace" {
					t.Errorf("the token was not renewed: %t %t", after.Access != before.Access, after.Refresh != before.Refresh)
				}
				b.Open(a.URL + "/pages/callback?logout=" + url.QueryEscape(a.URL+"/bye.shtml"))
				b.Expect("signed out")
				b.Open(a.URL + "/pages/index.shtml")
				b.Await("[name=password]") // at the issuer as well
			})
		}
	})
}

// held is what the module tells of a session.
type held struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	User    struct {
		Name string `json:"name"`
	} `json:"userinfo"`
}

// info has the module renew its token, however new it is, and tell.
func (a *apache) info(t *testing.T, b *harness.Browser) held {
	t.Helper()
	b.Open(a.URL + "/pages/callback?info=json&access_token_refresh_interval=0")
	var h held
	if err := json.Unmarshal([]byte(b.Text("body")), &h); err != nil {
		t.Fatalf("%v: %s", err, b.Text("body"))
	}
	return h
}
