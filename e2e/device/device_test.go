// Package device connects a device without a keyboard, built on openid-client
// v6 from npm, while its user answers in a real browser.
package device

import (
	"bufio"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"gatehouse/e2e/harness"
)

const television = `
kind: Application
tenant: acme
name: television
spec:
  application_type: device
  client_id: television
  client_name: Television
  grant_types: ["urn:ietf:params:oauth:grant-type:device_code", refresh_token]
  token_endpoint_auth_method: none
  scope: openid profile offline_access
`

var looks = []harness.Look{
	{Name: "wide-light-en", Width: 1280, Locale: "en"},
	{Name: "narrow-dark-ar", Width: 390, Dark: true, Locale: "ar"},
}

func TestDeviceIsConnected_R43(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		server := open(t, d)
		b, tv := harness.NewBrowser(t), turnOn(t, server)
		b.Open(tv.shown.Complete)
		b.Click("form.fields .button.full")
		signIn(b)
		if got := b.Text(".usercode"); got != tv.shown.Code {
			t.Errorf("the page shows %q, the device %q", got, tv.shown.Code)
		}
		looked(t, b, "question")
		b.Click("[name=decision][value=allow]")
		b.Expect("Your device is connected")
		looked(t, b, "done")
		if got := tv.saw(t); got["name"] != "Ada Lovelace" || got["scope"] != "openid profile offline_access" {
			t.Errorf("the device saw %v", got)
		}
	})
}

func TestDeviceIsDenied_R43(t *testing.T) {
	server := open(t, harness.OnSQLite(t))
	b, tv := harness.NewBrowser(t), turnOn(t, server)
	b.Open(tv.shown.At)
	b.Fill("#user_code", "wrong")
	b.Click("form.fields .button.full")
	b.Expect("We do not know this code")
	looked(t, b, "wrong")
	b.Fill("#user_code", strings.ToLower(strings.ReplaceAll(tv.shown.Code, "-", " ")))
	b.Click("form.fields .button.full")
	signIn(b)
	b.Click("[name=decision][value=deny]")
	b.Expect("Nothing was connected")
	if got := tv.saw(t); got["error"] != "access_denied" {
		t.Errorf("the device saw %v", got)
	}
}

// open serves tenant Acme with a television.
func open(t *testing.T, d *harness.Deployment) *harness.Server {
	t.Helper()
	d.Acme(t, "http://127.0.0.1:9")
	d.Apply(t, television)
	return d.Serve(t)
}

func signIn(b *harness.Browser) {
	b.Fill("[name=username]", "ada")
	b.Fill("[name=password]", harness.AdaPassword)
	b.Click("form.fields .button.full")
	b.Expect("Allow Television on your device?")
}

// looked judges the page as it stands in every look.
func looked(t *testing.T, b *harness.Browser, name string) {
	t.Helper()
	for _, look := range looks {
		b.Put(look)
		again(t, b, look.Locale)
		for _, fault := range b.Judge() {
			t.Errorf("%s %s: %s", name, look.Name, fault)
		}
		b.Shoot("device-" + name + "-" + look.Name)
	}
	b.Put(looks[0])
	again(t, b, "en")
}

// again opens the page once more in a language.
func again(t *testing.T, b *harness.Browser, locale string) {
	t.Helper()
	u, err := url.Parse(b.Location())
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("ui_locales", locale)
	u.RawQuery = q.Encode()
	b.Open(u.String())
}

// set is a television that was turned on.
type set struct {
	shown struct{ Code, At, Complete string }
	out   *bufio.Reader
	cmd   *exec.Cmd
	fault *strings.Builder
}

func turnOn(t *testing.T, server *harness.Server) *set {
	t.Helper()
	s := &set{cmd: exec.CommandContext(t.Context(), "node", "device.mjs"), fault: &strings.Builder{}}
	s.cmd.Env = append(os.Environ(), "ISSUER="+server.Base(), "CLIENT_ID=television")
	s.cmd.Stderr = s.fault
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.out = bufio.NewReader(stdout)
	s.read(t, &s.shown)
	return s
}

// saw is what came of it.
func (s *set) saw(t *testing.T) map[string]any {
	t.Helper()
	got := map[string]any{}
	s.read(t, &got)
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, s.fault.String())
	}
	return got
}

// read takes one line of JSON.
func (s *set) read(t *testing.T, into any) {
	t.Helper()
	line, err := s.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, into)
	}
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, line, s.fault.String())
	}
}
