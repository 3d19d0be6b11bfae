package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/config"
)

func load(file string, environ ...string) (*config.Config, error) {
	return config.Load(config.Options{File: file, Environ: append([]string{"PATH=/bin"}, environ...)})
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	c, err := load("")
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]any{
		"listen":          {c.Listen, "127.0.0.1:8080"},
		"public_url":      {c.PublicURL.String(), "http://localhost:8080"},
		"console_url":     {c.ConsoleURL.String(), "http://localhost:8080/console"},
		"driver":          {c.Database.Driver, config.SQLite},
		"path":            {c.Database.Path, "data/gatehouse.db"},
		"master_key_file": {c.MasterKeyFile, "data/master.key"},
		"created":         {c.MasterKeyCreated, true},
		"region":          {c.Region, "local"},
		"client certs":    {c.TLS.ClientCerts, config.ClientCertsOff},
		"tls":             {c.TLS.Enabled(), false},
		"level":           {c.LogLevel, slog.LevelInfo},
		"format":          {c.LogFormat, ""},
		"metrics":         {c.Metrics, config.Metrics{Listen: "127.0.0.1:9464"}},
		"secure":          {c.Secure(), false},
		"no mail":         {c.SMTP == nil, true},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s = %v, want %v", name, pair[0], pair[1])
		}
	}
}

func TestEnvironmentWinsOverFile(t *testing.T) {
	file := write(t, "gatehouse.yaml", `
listen: 127.0.0.1:1
region: eu
trusted_proxies: [10.0.0.0/8, "fd00::1"]
log_level: debug
console_url:
`)
	c, err := load(file, "GATEHOUSE_LISTEN=127.0.0.1:2", "GATEHOUSE_REGION=", "GATEHOUSE_TEST_DATABASE_URL=x")
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:2" || c.Region != "eu" || c.LogLevel != slog.LevelDebug {
		t.Errorf("listen %s, region %s, level %s", c.Listen, c.Region, c.LogLevel)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::1/128")}
	if !slices.Equal(c.TrustedProxies, want) {
		t.Errorf("proxies %v", c.TrustedProxies)
	}
}

func TestUsable(t *testing.T) {
	for _, test := range []struct {
		set   string
		check func(c *config.Config) any
		want  any
	}{
		{"LISTEN=:0", func(c *config.Config) any { return c.Listen }, ":0"},
		{"LISTEN=[::1]:8080", func(c *config.Config) any { return c.Listen }, "[::1]:8080"},
		{"PUBLIC_URL=https://Login.Example.com/", func(c *config.Config) any { return c.PublicURL.String() }, "https://login.example.com"},
		{"PUBLIC_URL=https://login.example.com", func(c *config.Config) any { return c.ConsoleURL.String() }, "https://login.example.com/console"},
		{"PUBLIC_URL=https://login.example.com", func(c *config.Config) any { return c.Secure() }, true},
		{"PUBLIC_URL=http://127.0.0.1:9999", func(c *config.Config) any { return c.PublicURL.Host }, "127.0.0.1:9999"},
		{"PUBLIC_URL=http://[::1]:9", func(c *config.Config) any { return c.PublicURL.Host }, "[::1]:9"},
		{"CONSOLE_URL=https://admin.example.com/", func(c *config.Config) any { return c.ConsoleURL.String() }, "https://admin.example.com/console"},
		{"DATABASE_URL=sqlite:///var/lib/g/g.db", func(c *config.Config) any { return c.Database.Path + " " + c.MasterKeyFile }, "/var/lib/g/g.db /var/lib/g/master.key"},
		{"OUTBOUND_ALLOW=Hooks.Internal, 10.1.2.3/16 127.0.0.1", func(c *config.Config) any { return fmt.Sprint(c.OutboundAllow) }, "{[hooks.internal] [10.1.0.0/16 127.0.0.1/32]}"},
		{"THROTTLE_EXEMPT=0.0.0.0/0", func(c *config.Config) any { return fmt.Sprint(c.ThrottleExempt) }, "[0.0.0.0/0]"},
		{"LOG_LEVEL=WARN", func(c *config.Config) any { return c.LogLevel }, slog.LevelWarn},
		{"LOG_FORMAT=json", func(c *config.Config) any { return c.LogFormat }, "json"},
		{"SMTP_URL=smtp://localhost", func(c *config.Config) any { return fmt.Sprintln(c.SMTP.Host, c.SMTP.Port, c.SMTP.ImplicitTLS) }, "localhost 587 false\n"},
		{"SMTP_URL=smtps://u%40x:p%2Fw@mail.test?from=a@b.test", func(c *config.Config) any {
			return fmt.Sprintln(c.SMTP.Port, c.SMTP.ImplicitTLS, c.SMTP.User, c.SMTP.Password.Reveal(), c.SMTP.From)
		}, "465 true u@x p/w a@b.test\n"},
		{"METRICS_LISTEN=same", func(c *config.Config) any { return c.Metrics }, config.Metrics{Shared: true, Chosen: true}},
		{"METRICS_LISTEN=off", func(c *config.Config) any { return c.Metrics }, config.Metrics{Chosen: true}},
		{"METRICS_LISTEN=:9000", func(c *config.Config) any { return c.Metrics }, config.Metrics{Listen: ":9000", Chosen: true}},
		{"MASTER_KEY=abc", func(c *config.Config) any { return c.MasterKey.Reveal() + c.MasterKeyFile }, "abc"},
		{"PORT=tcp://10.0.0.1:8080", func(c *config.Config) any { return c.Listen }, "127.0.0.1:8080"},
		{"PORT_8080_TCP_ADDR=10.0.0.1", func(c *config.Config) any { return c.Listen }, "127.0.0.1:8080"},
		{"SERVICE_PORT_HTTP=80", func(c *config.Config) any { return c.Listen }, "127.0.0.1:8080"},
	} {
		t.Run(test.set, func(t *testing.T) {
			c, err := load("", "GATEHOUSE_"+test.set)
			if err != nil {
				t.Fatal(err)
			}
			if got := test.check(c); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

// Each wrong setting is named, with its value and what would be right.
func TestRefused(t *testing.T) {
	for set, want := range map[string][]string{
		"LISTEN=8080":                                     {`GATEHOUSE_LISTEN is "8080", but must be host:port`},
		"LISTEN=localhost:99999":                          {"GATEHOUSE_LISTEN is", "127.0.0.1:8080"},
		"LISTEN=http://localhost:80":                      {"GATEHOUSE_LISTEN is"},
		"PUBLIC_URL=http://login.example.com":             {"GATEHOUSE_PUBLIC_URL is", "must be https"},
		"PUBLIC_URL=http://localhost.evil.test":           {"must be https"},
		"PUBLIC_URL=login.example.com":                    {"must be a URL"},
		"PUBLIC_URL=https://login.example.com/auth":       {"without a path"},
		"PUBLIC_URL=https://a@b.test":                     {"no user"},
		"PUBLIC_URL=https://b.test?x":                     {"no user, query"},
		"PUBLIC_URL=ftp://b.test":                         {"must be https"},
		"CONSOLE_URL=http://10.0.0.1":                     {"GATEHOUSE_CONSOLE_URL is", "must be https"},
		"DATABASE_URL=mysql://u:hunter2@h/db":             {"GATEHOUSE_DATABASE_URL must begin with"},
		"DATABASE_URL=postgres://u:hunter2@h:port/db":     {"GATEHOUSE_DATABASE_URL must be like"},
		"DATABASE_URL=postgres://u:hunter2@h/db":          {"GATEHOUSE_MASTER_KEY", "required with PostgreSQL"},
		"DATABASE_URL=postgres://u:hunter2@/db":           {"GATEHOUSE_DATABASE_URL must be like"},
		"DATABASE_URL=postgres://u:hunter2@h1,,h2/db":     {"GATEHOUSE_DATABASE_URL must be like"},
		"DATABASE_URL=postgres://u:hunter2%@h/db":         {"GATEHOUSE_DATABASE_URL must be like"},
		"DATABASE_URL=postgres://u:hunter2@h":             {"GATEHOUSE_DATABASE_URL must be like"},
		"DATABASE_URL=postgres://u:hunter2@h/":            {"GATEHOUSE_DATABASE_URL must be like"},
		"DATABASE_URL=sqlite://":                          {"must name a file"},
		"DATABASE_URL=sqlite://:memory:":                  {"must name a file"},
		"MASTER_KEY_FILE=/nowhere/at/all":                 {`GATEHOUSE_MASTER_KEY_FILE is "/nowhere/at/all", but there is no such file`},
		"MASTER_KEY_FILE=/":                               {"must be a file"},
		"REGION=EU Central":                               {"GATEHOUSE_REGION is"},
		"TRUSTED_PROXIES=10.0.0.0/33":                     {"GATEHOUSE_TRUSTED_PROXIES is", `"10.0.0.0/33" is none`},
		"TRUSTED_PROXIES=proxy.internal":                  {"must be CIDRs"},
		"TRUSTED_PROXIES=0.0.0.0/0":                       {"must not trust every address"},
		"OUTBOUND_ALLOW=*.internal":                       {"GATEHOUSE_OUTBOUND_ALLOW is", `"*.internal" is neither`},
		"OUTBOUND_ALLOW=https://x.internal":               {"is neither"},
		"THROTTLE_EXEMPT=all":                             {"GATEHOUSE_THROTTLE_EXEMPT is"},
		"TLS_CLIENT_CERTS=on":                             {"GATEHOUSE_TLS_CLIENT_CERTS is", "header:NAME"},
		"TLS_CLIENT_CERTS=header:":                        {"header:NAME"},
		"TLS_CLIENT_CERTS=request":                        {"GATEHOUSE_TLS_CLIENT_CERTS request needs"},
		"TLS_CLIENT_CERTS=header:X-Client-Cert":           {"needs GATEHOUSE_TRUSTED_PROXIES"},
		"TLS_CERT_FILE=/nowhere":                          {"GATEHOUSE_TLS_CERT_FILE is", "no such file", "GATEHOUSE_TLS_KEY_FILE must be set"},
		"LOG_LEVEL=trace":                                 {"GATEHOUSE_LOG_LEVEL is", "debug, info, warn or error"},
		"LOG_FORMAT=xml":                                  {"GATEHOUSE_LOG_FORMAT is", "text or json"},
		"SMTP_URL=http://u:hunter2@mail.test":             {"GATEHOUSE_SMTP_URL must be like"},
		"SMTP_URL=smtp://u:hunter2@mail.test:0":           {"GATEHOUSE_SMTP_URL must be like"},
		"SMTP_URL=smtp://u:hunter2@mail.test?from=nobody": {"after from="},
		"SMTP_URL=smtp://u:hunter2@mail.test?tls=off":     {"one parameter"},
		"METRICS_LISTEN=yes":                              {"GATEHOUSE_METRICS_LISTEN is"},
		"LISTN=x":                                         {"GATEHOUSE_LISTN is not a setting; did you mean GATEHOUSE_LISTEN?"},
		"PUBLICURL=x":                                     {"did you mean GATEHOUSE_PUBLIC_URL?"},
		"Listen=x":                                        {"GATEHOUSE_Listen is not a setting; did you mean GATEHOUSE_LISTEN?"},
		"ENTIRELY_DIFFERENT_THING=x":                      {"GATEHOUSE_ENTIRELY_DIFFERENT_THING is not a setting"},
		"PORT=8080":                                       {"GATEHOUSE_PORT is not a setting"},
	} {
		t.Run(set, func(t *testing.T) {
			_, err := load("", "GATEHOUSE_"+set)
			if err == nil {
				t.Fatal("taken")
			}
			for _, part := range want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is missing in: %s", part, err)
				}
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n") { // R125
				t.Errorf("shows a secret, or has more than one line: %s", err)
			}
		})
	}
}

func TestFileIsRefused(t *testing.T) {
	for content, want := range map[string]string{
		"listn: x":                  "listn in FILE is not a setting; did you mean listen?",
		"LISTEN: x":                 "did you mean listen?",
		"smtp:\n  url: smtp://x":    "smtp.url in FILE is not a setting; did you mean smtp_url?",
		"listen: {a: b}":            "listen in FILE must be text",
		"trusted_proxies: [[a], b]": "trusted_proxies in FILE must be text or a list of texts",
		"log_level: 3":              `log_level in FILE is "3", but must be`,
		"region: a\nregion: b":      "settings file FILE",
		"region: [":                 "settings file FILE",
	} {
		file := write(t, "gatehouse.yaml", content)
		_, err := load(file)
		if want = strings.ReplaceAll(want, "FILE", file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", content, err, want)
		}
	}
	if _, err := load("/nowhere.yaml"); err == nil || !strings.Contains(err.Error(), "/nowhere.yaml") {
		t.Errorf("a missing file: %v", err)
	}
}

func TestPostgresURLs(t *testing.T) {
	for _, text := range []string{
		"postgres://u:p@h/db", "postgresql://h/db?sslmode=verify-full", "postgres://u:p%40%2F@h1:5432,[::1]:5433,h3/db",
		"postgres:///db?host=/var/run/postgresql", "postgres://u@127.0.0.1:1/?dbname=x",
	} {
		c, err := load("", "GATEHOUSE_DATABASE_URL="+text, "GATEHOUSE_MASTER_KEY=x")
		if err != nil || c.Database.Driver != config.Postgres || c.Database.URL.Reveal() != text {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, err := load("", "GATEHOUSE_LISTEN=x", "GATEHOUSE_REGION=!", "GATEHOUSE_FOO=1",
		"GATEHOUSE_DATABASE_URL=postgres://u:hunter2@h/db", "GATEHOUSE_MASTER_KEY=hunter2", "GATEHOUSE_MASTER_KEY_FILE=/nowhere")
	var refused *config.Error
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	if len(refused.Problems) != 5 || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%d problems: %s", len(refused.Problems), err)
	}
}

// R125: the printed settings hold no secret.
func TestConfigPrintsWithoutSecrets_R125(t *testing.T) {
	c, err := load("", "GATEHOUSE_DATABASE_URL=postgres://u:hunter2@h1:5432,h2:5433/db?sslmode=require",
		"GATEHOUSE_MASTER_KEY=hunter2", "GATEHOUSE_SMTP_URL=smtp://u:hunter2@mail.test")
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("settings", "config", c, "smtp", c.SMTP, "key", c.MasterKey)
	shown := log.String() + string(asJSON)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		shown += fmt.Sprintf(format, c) + fmt.Sprintf(format, *c.SMTP) + fmt.Sprintf(format, c.Database)
	}
	if strings.Contains(shown, "hunter2") {
		t.Errorf("a secret is shown: %s", shown)
	}
	if !strings.Contains(c.Database.URL.Reveal(), "hunter2") {
		t.Error("the database's password is lost")
	}
}

func TestSettings(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range config.Settings() {
		if s.Description == "" || s.Name != "GATEHOUSE_"+strings.ToUpper(s.Key) || seen[s.Key] {
			t.Errorf("%+v", s)
		}
		seen[s.Key] = true
	}
	for _, name := range []string{
		"listen", "public_url", "console_url", "database_url", "master_key", "master_key_file", "region", "trusted_proxies",
		"tls_cert_file", "tls_key_file", "tls_client_certs", "outbound_allow", "throttle_exempt", "log_level", "log_format", "smtp_url",
	} {
		if !seen[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile := write(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
	keyFile := write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	c, err := load("", "GATEHOUSE_TLS_CERT_FILE="+certFile, "GATEHOUSE_TLS_KEY_FILE="+keyFile, "GATEHOUSE_TLS_CLIENT_CERTS=request")
	if err != nil || !c.TLS.Enabled() || c.TLS.ClientCerts != config.ClientCertsRequest {
		t.Errorf("a right pair: %v", err)
	}
	if _, err := load("", "GATEHOUSE_TLS_CERT_FILE="+certFile, "GATEHOUSE_TLS_KEY_FILE="+certFile); err == nil {
		t.Error("a certificate is taken for a key")
	}
	if _, err := load("", "GATEHOUSE_TLS_KEY_FILE="+keyFile); err == nil || !strings.Contains(err.Error(), "GATEHOUSE_TLS_CERT_FILE must be set") {
		t.Errorf("a lone key: %v", err)
	}
	c, err = load("", "GATEHOUSE_TLS_CLIENT_CERTS=header:X-Client-Cert", "GATEHOUSE_TRUSTED_PROXIES=127.0.0.1")
	if err != nil || c.TLS.ClientCertHeader != "X-Client-Cert" {
		t.Errorf("certificates by header: %v", err)
	}
}

// R122: the first start makes a key, every other start finds it.
func TestReadMasterKey_R122(t *testing.T) {
	dir := t.TempDir()
	c, err := load("", "GATEHOUSE_DATABASE_URL=sqlite://"+dir+"/data/g.db")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	made, got := 0, map[string]bool{}
	var starts sync.WaitGroup
	for range 8 {
		starts.Go(func() {
			key, err := c.ReadMasterKey(func() []byte {
				mu.Lock()
				defer mu.Unlock()
				made++
				return fmt.Appendf(nil, "key %d", made)
			})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			got[string(key)] = true
		})
	}
	starts.Wait()
	if len(got) != 1 || got[""] {
		t.Errorf("starts at once got %d keys", len(got))
	}
	info, err := os.Stat(dir + "/data/master.key")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(dir + "/data")
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	fixed, err := load("", "GATEHOUSE_MASTER_KEY=from the setting")
	if err != nil {
		t.Fatal(err)
	}
	if key, err := fixed.ReadMasterKey(nil); err != nil || string(key) != "from the setting" {
		t.Errorf("ReadMasterKey = %v", err)
	}
}
