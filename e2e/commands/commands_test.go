// Package commands runs the program's commands as an operator would.
package commands

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/e2e/harness"
)

func apply(t *testing.T, d *harness.Deployment, text string, args ...string) (out, fault string, err error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return d.Command(t, "", append([]string{"apply", "-f", file}, args...)...)
}

const portal = `
kind: Application
tenant: acme
name: portal
spec:
  application_type: web
  client_id: portal
  client_secret: ${PORTAL_SECRET}
  redirect_uris: [http://localhost:3000/callback]
  post_logout_redirect_uris: [http://localhost:3000/]
  grant_types: [authorization_code, refresh_token, client_credentials]
  response_types: [code]
  token_endpoint_auth_method: client_secret_basic
  scope: openid profile email offline_access
  first_party: true
---
kind: User
tenant: acme
name: ada
spec:
  email: ada@example.com
  email_verified: true
  given_name: Ada
  password: ${ADA_PASSWORD:-violet engine waltz at nine}
---
kind: Branding
tenant: acme
spec: {tokens: {brand: "#8a1538", radius: 4px}}
---
kind: APIClient
tenant: acme
name: ops
spec: {client_secret: "ops-secret-0123456789abcdefghijklmnop", permissions: [users:read], addresses: [127.0.0.0/8]}
---
kind: Tenant
name: acme
spec: {display_name: Acme, default_locale: en, domains: [login.acme.example]}
`

const env = "PORTAL_SECRET=portal-secret-0123456789abcdefghijkl\nACME_PORTAL_SECRET=portal-secret-0123456789abcdefghijkl\n" +
	"ACME_ADA_PASSWORD=\"violet engine waltz at nine\"\nACME_OPS_SECRET=ops-secret-0123456789abcdefghijklmnop\n"

// R143: idempotent, whole or not at all; R144: exports hold no secrets, and
// applying one changes nothing.
func TestApplyDiffExport_R143_R144(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		secrets := filepath.Join(t.TempDir(), "secrets.env")
		if err := os.WriteFile(secrets, []byte(env), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, fault, err := apply(t, d, portal, "--env", secrets); err != nil || !strings.Contains(out, "4 to create, 1 to update") {
			t.Fatalf("%v %s%s", err, out, fault)
		}
		if out, fault, err := apply(t, d, portal, "--env", secrets); err != nil || !strings.HasSuffix(out, "no changes\n") {
			t.Errorf("a second time: %v %s%s", err, out, fault)
		}
		exported, fault, err := d.Command(t, "", "export", "--tenant", "acme")
		if err != nil {
			t.Fatalf("%v %s", err, fault)
		}
		for _, secret := range []string{"portal-secret", "violet", "ops-secret", "$argon2"} {
			if strings.Contains(exported, secret) {
				t.Errorf("the export holds %q (R144):\n%s", secret, exported)
			}
		}
		if out, fault, err := apply(t, d, exported, "--env", secrets, "--prune"); err != nil || !strings.HasSuffix(out, "no changes\n") {
			t.Errorf("the export changes something: %v %s%s\n%s", err, out, fault, exported)
		}
		changed := strings.Replace(portal, "radius: 4px", "radius: 8px", 1)
		broken := changed + "---\nkind: User\ntenant: acme\nname: bob\nspec: {password: short}\n"
		if _, fault, err := apply(t, d, broken, "--env", secrets); err == nil || !strings.Contains(fault, "bob") {
			t.Errorf("a bad document: %v %s", err, fault)
		}
		if out, _, err := apply(t, d, changed, "--env", secrets); err != nil || !strings.Contains(out, "1 to update") {
			t.Errorf("what was applied before the bad document stayed: %v %s", err, out)
		}
		less := strings.Replace(changed, "name: ada", "name: eve", 1)
		less = strings.Replace(less, "ada@example.com", "eve@example.com", 1)
		if out, fault, err := apply(t, d, less, "--env", secrets, "--prune"); err != nil || !strings.Contains(out, "- User acme/ada") {
			t.Errorf("prune: %v %s%s", err, out, fault)
		}
		if out, fault, err := d.Command(t, "", "audit", "verify"); err != nil || !strings.Contains(out, "whole") {
			t.Errorf("%v %s%s", err, out, fault)
		}
	})
}

// A configuration is applied beside a running server, on SQLite the same file,
// and the server follows within its caches' second.
func TestApplyBesideAServer_R143(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		server := d.Serve(t)
		if status, body := server.Get(t, "/t/acme/.well-known/openid-configuration"); status != http.StatusNotFound {
			t.Fatalf("before: %d %s", status, body)
		}
		for range 3 { // the server seals its log meanwhile
			d.Acme(t, "http://localhost:3000")
		}
		server.Await(t, "/t/acme/.well-known/openid-configuration", http.StatusOK)
		if out, fault, err := d.Command(t, "", "audit", "verify"); err != nil {
			t.Errorf("%v %s%s", err, out, fault)
		}
	})
}

// What was stored is there after the next start.
func TestSecondStartKeepsEverything(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		d.Acme(t, "http://localhost:3000")
		first := d.Serve(t)
		_, kid := first.Get(t, "/t/acme/oauth2/jwks")
		first.Stop()
		second := d.Serve(t)
		if _, again := second.Get(t, "/t/acme/oauth2/jwks"); again != kid || !strings.Contains(kid, `"kid"`) {
			t.Errorf("other keys:\n%s\n%s", kid, again)
		}
		if out, fault, err := d.Command(t, "", "doctor"); err != nil {
			t.Errorf("%v %s%s", err, out, fault)
		}
	})
}

// Every mistake is reported at once, with its place.
func TestMistakesHaveAPlace(t *testing.T) {
	d := harness.OnSQLite(t)
	_, fault, err := apply(t, d, "kind: Tenant\nname: acme\nspec: {display_nam: Acme}\n---\nkind: Tenent\nname: x\n---\nkind: User\nname: ada\n"+
		"---\nkind: User\ntenant: acme\nname: eve\nspec: {password: \"${NOT_THERE}\"}\n---\nkind: Tenant\nname: twice\n---\nkind: Tenant\nname: twice\n")
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"config.yaml:3:", "display_nam", "config.yaml:5: the kind \"Tenent\"", "needs the tenant", "${NOT_THERE}", "is there twice"} {
		if !strings.Contains(fault, want) {
			t.Errorf("%q is missing in:\n%s", want, fault)
		}
	}
}

func TestCommands(t *testing.T) {
	d := harness.OnSQLite(t)
	for _, command := range []string{"serve", "migrate", "apply", "diff", "export", "admin create", "keys rotate", "audit verify", "doctor", "version"} {
		out, fault, err := d.Command(t, "", append(strings.Fields(command), "--help")...)
		if err != nil || !strings.Contains(out, "Example:") {
			t.Errorf("%s --help: %v %s%s", command, err, out, fault)
		}
	}
	for _, c := range []struct {
		stdin string
		args  []string
		want  string
	}{
		{"", []string{"migrate"}, "up to date"},
		{"seven quiet harbours in winter\n", []string{"admin", "create", "--email", "olivia@example.com", "--password-stdin"}, "olivia@example.com"},
		{"", []string{"keys", "rotate"}, "is published"},
		{"", []string{"audit", "verify"}, "whole"},
		{"", []string{"doctor"}, "schema: up to date"},
		{"", []string{"version"}, "gatehouse "},
	} {
		if out, fault, err := d.Command(t, c.stdin, c.args...); err != nil || !strings.Contains(out, c.want) {
			t.Errorf("%v: %v %s%s", c.args, err, out, fault)
		}
	}
	if out, fault, err := d.Command(t, ""); err != nil || !strings.Contains(out, "audit verify") {
		t.Errorf("without a command: %v %s%s", err, out, fault)
	}
	for _, bad := range [][]string{
		{"nothing"}, {"keys", "rotate", "--tenant", "nowhere"}, {"keys", "rotate", "--alg", "none"}, {"export", "--tenant", "nowhere"}, {"apply", "-f", "nowhere"},
	} {
		if out, fault, err := d.Command(t, "", bad...); err == nil || !strings.HasPrefix(fault, "gatehouse: ") || strings.Count(fault, "\n") != 1 {
			t.Errorf("%v: %v %s%s", bad, err, out, fault)
		}
	}
	if _, fault, err := d.Command(t, "short\n", "admin", "create", "--email", "x@example.com", "--password-stdin"); err == nil || !strings.Contains(fault, "password") {
		t.Errorf("a short password: %v %s", err, fault)
	}
	info, err := os.Stat(filepath.Join(d.Dir, "data", "master.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the master key: %v %v", info, err)
	}
}

// R122: a start without a usable key, or with another one, is refused; so are
// unknown settings.
func TestBadSettingsStopTheStart_R122(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"GATEHOUSE_LISTEN", "nowhere", "GATEHOUSE_LISTEN"},
		{"GATEHOUSE_PUBLIC_URL", "http://id.example.com", "GATEHOUSE_PUBLIC_URL"},
		{"GATEHOUSE_LISTN", "127.0.0.1:1", "GATEHOUSE_LISTN"},
		{"GATEHOUSE_MASTER_KEY", "short", "MASTER_KEY"},
	} {
		d := harness.OnSQLite(t)
		d.Set(c.name, c.value)
		if out, fault, err := d.Command(t, "", "migrate"); err == nil && c.name != "GATEHOUSE_MASTER_KEY" || err != nil && !strings.Contains(strings.ToUpper(fault), c.want) {
			t.Errorf("%s=%s: %v %s%s", c.name, c.value, err, out, fault)
		}
	}
	d := harness.OnSQLite(t)
	if _, fault, err := d.Command(t, "", "keys", "rotate"); err != nil {
		t.Fatal(fault)
	}
	d.Set("GATEHOUSE_MASTER_KEY", "dGhpcyBpcyBhbm90aGVyIGtleSB0aGFuIGJlZm9yZSE=")
	if _, fault, err := d.Command(t, "", "keys", "rotate"); err == nil || !strings.Contains(fault, "master key") {
		t.Errorf("another master key: %v %s", err, fault)
	}
}
