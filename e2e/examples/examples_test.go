package examples_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/e2e/harness"
)

const password = "only for trying things out"

// world is the tenant demo with its API, and where the samples are to listen.
type world struct {
	t      *testing.T
	d      *harness.Deployment
	server *harness.Server
	env    map[string]string
	dir    string // of the built samples
}

func begin(t *testing.T, d *harness.Deployment) *world {
	t.Helper()
	w := &world{t: t, d: d, env: map[string]string{}, dir: t.TempDir()}
	for _, name := range []string{"WEB", "SPA", "API"} {
		port := free(t)
		w.set(name+"_URL", fmt.Sprintf("http://localhost:%d", port))
		w.set(name+"_LISTEN", fmt.Sprintf("127.0.0.1:%d", port))
	}
	d.Set("GATEHOUSE_OUTBOUND_ALLOW", "localhost")
	files := []string{"apply", "-f", samples("demo.yaml")}
	for _, name := range []string{"api", "web", "spa", "cli"} {
		files = append(files, "-f", samples(name, "gatehouse.yaml"))
	}
	if out, fault, err := d.Command(t, "", files...); err != nil {
		t.Fatalf("%v\n%s%s", err, out, fault)
	}
	w.server = d.Serve(t)
	w.set("ISSUER", w.issuer())
	w.set("CLI_TOKEN_FILE", filepath.Join(t.TempDir(), "tokens.json"))
	w.set("BROWSER", "true") // opens nothing
	build := exec.CommandContext(t.Context(), "go", "build", "-o", w.dir+"/", "gatehouse/examples/...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w.run("API", filepath.Join(w.dir, "api"))
	return w
}

func (w *world) issuer() string { return w.server.URL + "/t/demo" }

func (w *world) set(name, value string) {
	w.env[name] = value
	w.d.Set(name, value)
}

func samples(path ...string) string {
	whole, err := filepath.Abs(filepath.Join(append([]string{"..", "..", "examples"}, path...)...))
	if err != nil {
		panic(err)
	}
	return whole
}

func free(t *testing.T) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// command is a sample's program with the settings of this world.
func (w *world) command(program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(w.t.Context(), program, args...)
	cmd.Env = os.Environ()
	for name, value := range w.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// run starts a sample that serves and waits until it says so.
func (w *world) run(name, program string, args ...string) {
	w.t.Helper()
	cmd := w.command(program, args...)
	fault, err := cmd.StderrPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(fault)
	if !lines.Scan() || !strings.Contains(lines.Text(), "listening") {
		w.t.Fatalf("%s says %q", program, lines.Text())
	}
	go func() { _, _ = io.Copy(io.Discard, fault) }()
	w.await(w.env[name+"_LISTEN"])
}

// await dials until somebody listens: the line comes a moment before.
func (w *world) await(address string) {
	w.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		c, err := (&net.Dialer{}).DialContext(w.t.Context(), "tcp", address)
		if err == nil {
			_ = c.Close()
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatal(err)
		}
	}
}

func signIn(b *harness.Browser) {
	b.Fill("[name=username]", "ada")
	b.Fill("[name=password]", password)
	b.Click("form.fields .button.full")
}

// The server-rendered application: sign-in, the API in Ada's name, sign-out;
// and the issuer's word that she signed out elsewhere.
func TestWeb(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		w := begin(t, d)
		w.run("WEB", filepath.Join(w.dir, "web"))
		b := harness.NewBrowser(t)
		b.Open(w.env["WEB_URL"])
		b.Click("#login")
		signIn(b)
		b.Expect("Hello Ada Lovelace (ada@example.com)")
		b.Expect("No notes yet")
		b.Fill("[name=text]", "water the violets")
		b.Click("#add")
		b.Expect("water the violets")
		b.Click("#logout")
		b.Expect("Your notes are waiting.")

		b.Click("#login") // the session at the issuer has ended as well
		signIn(b)
		b.Expect("water the violets")
		b.Open(w.issuer() + "/oauth2/logout") // at the issuer, with no application involved
		b.Click("form .button.full")
		b.Expect("signed out")
		w.until(func() bool {
			b.Open(w.env["WEB_URL"])
			return strings.Contains(b.Text("body"), "Your notes are waiting.")
		})
	})
}

// until asks again until it is so.
func (w *world) until(so func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !so(); {
		if time.Now().After(deadline) {
			w.t.Fatal("it did not come to that")
		}
	}
}

// The single-page application.
func TestSinglePage_R48(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		w := begin(t, d)
		w.run("SPA", "node", samples("spa", "serve.mjs"))
		b := harness.NewBrowser(t)
		b.Open(w.env["SPA_URL"])
		b.Expect("Your notes are waiting.")
		b.Click("#login")
		signIn(b)
		b.Expect("Hello Ada Lovelace")
		b.Expect("No notes yet")
		b.Fill("[name=text]", "feed the engine")
		b.Click("#new button")
		b.Expect("feed the engine")
		b.Click("#renew")
		b.Expect("The token is new")
		b.Click("#logout")
		b.Expect("Your notes are waiting.")
	})
}

// The command line, with the browser of the same machine.
func TestCommandLineLoopback(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		w := begin(t, d)
		said := w.cli(func(b *harness.Browser, at string) {
			b.Open(at)
			signIn(b)
			b.Click("[name=decision][value=allow]") // anybody may use a program's client_id: consent is asked (R31)
			b.Expect("Done. You can close this page")
		}, "login")
		if !strings.Contains(said, "Ada Lovelace <ada@example.com>") {
			t.Error(said)
		}
		if said := w.cli(nil, "notes"); !strings.Contains(said, `"client_id":"sample-cli"`) {
			t.Error(said)
		}
		if said := w.cli(nil, "logout"); !strings.Contains(said, "Signed out") {
			t.Error(said)
		}
		if out, err := w.command(filepath.Join(w.dir, "cli"), "whoami").CombinedOutput(); err == nil || !strings.Contains(string(out), "nobody is signed in") {
			t.Errorf("%v: %s", err, out)
		}
	})
}

// The command line, with a browser elsewhere (RFC 8628).
func TestCommandLineDevice_R43(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		w := begin(t, d)
		said := w.cli(func(b *harness.Browser, at string) {
			b.Open(at)
			b.Click("form.fields .button.full")
			signIn(b)
			b.Click("[name=decision][value=allow]")
			b.Expect("Your device is connected")
		}, "login", "-device")
		if !strings.Contains(said, "Ada Lovelace <ada@example.com>") {
			t.Error(said)
		}
		if said := w.cli(nil, "notes"); !strings.Contains(said, `"notes":[]`) {
			t.Error(said)
		}
	})
}

var address = regexp.MustCompile(`(?m)^http\S+$`)

// cli runs a command; where it asks for a browser, visit has the address.
func (w *world) cli(visit func(b *harness.Browser, at string), args ...string) string {
	w.t.Helper()
	cmd := w.command(filepath.Join(w.dir, "cli"), args...)
	var fault strings.Builder
	cmd.Stderr = &fault
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	var said strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fmt.Fprintln(&said, lines.Text())
		if at := address.FindString(lines.Text()); at != "" && visit != nil {
			visit(harness.NewBrowser(w.t), at)
		}
	}
	if err := cmd.Wait(); err != nil {
		w.t.Fatalf("%v: %s%s", err, said.String(), fault.String())
	}
	return said.String()
}

// The API takes tokens that are for it and hold the scope, and says to others
// what is wrong (RFC 6750 section 3, RFC 9728 section 5.1). Writing asks the
// issuer, so a revoked token is refused there at once.
func TestAPI(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		w := begin(t, d)
		good := w.token(url.Values{"resource": {w.env["API_URL"]}})
		reading := w.token(url.Values{"resource": {w.env["API_URL"]}, "scope": {"notes:read"}})
		elsewhere := w.token(url.Values{})
		for _, test := range []struct {
			name, method, token, want string
			status                    int
		}{
			{"none", "GET", "", `resource_metadata="` + w.env["API_URL"] + `/.well-known/oauth-protected-resource"`, 401},
			{"nonsense", "GET", "nonsense", `error="invalid_token"`, 401},
			{"nonsense asked", "POST", "nonsense", `error="invalid_token"`, 401},
			{"another audience", "GET", elsewhere, `error="invalid_token"`, 401},
			{"another audience asked", "POST", elsewhere, `error="invalid_token"`, 401},
			{"altered", "GET", good[:len(good)-8] + "AAAAAAAA", `error="invalid_token"`, 401},
			{"read with too little", "POST", reading, `error="insufficient_scope"`, 403},
			{"read", "GET", reading, "", 200},
			{"write", "POST", good, "", 201},
		} {
			if status, challenge := w.call(test.method, test.token); status != test.status || !strings.Contains(challenge, test.want) {
				t.Errorf("%s: %d %s", test.name, status, challenge)
			}
		}
		w.post("/oauth2/revoke", url.Values{"token": {good}}, nil)
		if status, challenge := w.call("POST", good); status != 401 || !strings.Contains(challenge, "invalid_token") {
			t.Errorf("revoked: %d %s", status, challenge)
		}
	})
}

func (w *world) token(form url.Values) string {
	w.t.Helper()
	form.Set("grant_type", "client_credentials")
	var answer struct {
		Token string `json:"access_token"`
	}
	w.post("/oauth2/token", form, &answer)
	return answer.Token
}

func (w *world) post(path string, form url.Values, into any) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.issuer()+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth("notes-robot", "secret-of-the-sample-robot-0123456789")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %v %s %s", path, err, resp.Status, body)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(body, into); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) call(method, token string) (status int, challenge string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.env["API_URL"]+"/notes", strings.NewReader(`{"text": "hello"}`))
	if err != nil {
		w.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("WWW-Authenticate")
}
