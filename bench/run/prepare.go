package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/argon2"
)

const (
	tenant   = "bench"
	clientID = "bench"
	password = "correct-horse-battery-staple"
)

// bench is one run: its folder, its secret, and what it measures.
type bench struct {
	options
	dir     string
	secret  string
	key     string
	targets []target
}

// target is a server as oidcload reads it.
type target struct {
	Name         string            `json:"name"`
	Issuer       string            `json:"issuer"`
	Start        []string          `json:"start"`
	Dir          string            `json:"dir"`
	Env          map[string]string `json:"env"`
	DBPID        string            `json:"db_pid_file,omitempty"`
	ClientID     string            `json:"client_id"`
	ClientSecret string            `json:"client_secret"`
	RedirectURI  string            `json:"redirect_uri"`
	Scope        string            `json:"scope"`
	CC           client            `json:"client_credentials"`
	Users        users             `json:"users"`
	Ops          []string          `json:"ops"`
}

type client struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
}

type users struct {
	Pattern  string `json:"pattern"`
	Count    int    `json:"count"`
	Password string `json:"password"`
}

// prepare makes the databases and fills them through `gatehouse apply`.
func (b *bench) prepare() error {
	b.secret, b.key = rand.Text()+rand.Text(), masterKey()
	file := filepath.Join(b.dir, "bench.yaml")
	if err := os.WriteFile(file, []byte(b.manifest()), 0o600); err != nil {
		return err
	}
	floorAt, err := freeAddress()
	if err != nil {
		return err
	}
	floor := b.target("floor", "http://"+floorAt)
	floor.Start = []string{b.tool("floor"), "-listen", floorAt, "-client", clientID, "-secret", b.secret}
	b.targets = append(b.targets, floor)
	if err := b.ours("sqlite", "sqlite://"+filepath.Join(b.dir, "bench.db"), "", file); err != nil {
		return err
	}
	url := os.Getenv("GATEHOUSE_TEST_POSTGRES_URL")
	if url == "" {
		fmt.Fprintln(os.Stderr, "bench: no GATEHOUSE_TEST_POSTGRES_URL: SQLite alone")
		return nil
	}
	return b.ours("postgres", url, os.Getenv("GATEHOUSE_TEST_POSTGRES_PID"), file)
}

// ours adds Gatehouse on a database.
func (b *bench) ours(name, databaseURL, pidFile, manifest string) error {
	at, err := freeAddress()
	if err != nil {
		return err
	}
	metrics, err := freeAddress()
	if err != nil {
		return err
	}
	t := b.target(name, "http://"+at+"/t/"+tenant)
	t.Start, t.DBPID = []string{b.gatehouse(), "serve"}, pidFile
	t.Env = map[string]string{
		"GATEHOUSE_LISTEN":          at,
		"GATEHOUSE_PUBLIC_URL":      "http://" + at,
		"GATEHOUSE_DATABASE_URL":    databaseURL,
		"GATEHOUSE_MASTER_KEY":      b.key,
		"GATEHOUSE_METRICS_LISTEN":  metrics,
		"GATEHOUSE_THROTTLE_EXEMPT": "127.0.0.1/32",
		"GATEHOUSE_LOG_LEVEL":       "warn",
	}
	for _, args := range [][]string{{"migrate"}, {"apply", "-f", manifest}} {
		if err := b.command(t, args...); err != nil {
			return err
		}
	}
	b.targets = append(b.targets, t)
	return nil
}

func (b *bench) target(name, issuer string) target {
	return target{
		Name: name, Issuer: issuer, Dir: b.dir,
		ClientID: clientID, ClientSecret: b.secret, RedirectURI: "http://127.0.0.1:9/cb", Scope: "openid profile email",
		CC:    client{ID: clientID, Secret: b.secret},
		Users: users{Pattern: "user%06d", Count: b.users, Password: password},
		Ops:   b.ops,
	}
}

// command runs a command of Gatehouse against the target's database.
func (b *bench) command(t target, args ...string) error {
	cmd := exec.Command(b.gatehouse(), args...)
	cmd.Dir, cmd.Env = t.Dir, os.Environ()
	for k, v := range t.Env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: gatehouse %s: %w\n%s", t.Name, strings.Join(args, " "), err, out)
	}
	return nil
}

// config writes what oidcload reads.
func (b *bench) config(workers int) (string, error) {
	raw, err := json.Marshal(map[string]any{
		"concurrency": workers, "duration": b.duration, "warmup": "700ms", "rounds": b.rounds, "targets": b.targets,
	})
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.dir, fmt.Sprintf("oidcload-%d.json", workers))
	return path, os.WriteFile(path, raw, 0o600)
}

// manifest is the configuration under load. All users have the same password,
// hashed once, so that filling the store takes no minutes.
func (b *bench) manifest() string {
	var s strings.Builder
	fmt.Fprintf(&s, `kind: Tenant
name: %s
spec: {display_name: Bench, default_locale: en, domains: []}
---
kind: Application
tenant: %s
name: bench
spec:
  application_type: web
  client_id: %s
  client_secret: %s
  redirect_uris: ["http://127.0.0.1:9/cb"]
  grant_types: [authorization_code, refresh_token, client_credentials]
  response_types: [code]
  token_endpoint_auth_method: client_secret_basic
  scope: openid profile email offline_access
  id_token_signed_response_alg: ES256
  first_party: true
`, tenant, tenant, clientID, b.secret)
	hash := hashed()
	for i := range b.users {
		fmt.Fprintf(&s, `---
kind: User
tenant: %s
name: user%06d
spec: {email: user%06d@example.com, email_verified: true, given_name: User, family_name: "%d", password_hash: "%s"}
`, tenant, i, i, i, hash)
	}
	return s.String()
}

// hashed is the users' password in argon2id with the product's own parameters.
func hashed() string {
	salt := make([]byte, 16)
	rand.Read(salt)
	sum := argon2.IDKey([]byte(password), salt, 2, 19*1024, 1, 32)
	enc := base64.RawStdEncoding
	return "$argon2id$v=19$m=19456,t=2,p=1$" + enc.EncodeToString(salt) + "$" + enc.EncodeToString(sum)
}

func masterKey() string {
	key := make([]byte, 32)
	rand.Read(key)
	return base64.StdEncoding.EncodeToString(key)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
