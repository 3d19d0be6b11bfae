package harness

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var build = sync.OnceValues(func() (string, error) {
	if made := os.Getenv("GATEHOUSE_TEST_BINARY"); made != "" {
		return made, nil
	}
	dir, err := os.MkdirTemp("", "gatehouse-e2e-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "gatehouse")
	cmd := exec.Command("go", "build", "-o", bin, "gatehouse/cmd/gatehouse") //nolint:gosec // our own package
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", &buildError{string(out), err}
	}
	return bin, nil
})

type buildError struct {
	output string
	err    error
}

func (e *buildError) Error() string { return e.err.Error() + ": " + e.output }

// Binary is the path of the built server.
func Binary(t testing.TB) string {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// Deployment is a database with its settings, on which commands run and
// servers start.
type Deployment struct {
	Dir         string // working directory; data/ lies below it
	DatabaseURL string
	env         map[string]string
	trusts      *http.Client // reaches servers that speak https; nil: they do not
}

// masterKey makes a key; a SQLite deployment makes its own.
func masterKey() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.StdEncoding.EncodeToString(b)
}

// Each runs fn for a fresh deployment on every kind of database.
func Each(t *testing.T, fn func(t *testing.T, d *Deployment)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, OnSQLite(t)) })
	if server := os.Getenv("GATEHOUSE_TEST_POSTGRES_URL"); server != "" {
		t.Run("postgres", func(t *testing.T) { fn(t, onPostgres(t, server)) })
	}
}

// OnSQLite is a fresh deployment with all defaults.
func OnSQLite(t testing.TB) *Deployment {
	t.Helper()
	return &Deployment{Dir: t.TempDir(), DatabaseURL: "sqlite://data/gatehouse.db", env: map[string]string{}}
}

func onPostgres(t testing.TB, server string) *Deployment {
	t.Helper()
	return &Deployment{
		Dir: t.TempDir(), DatabaseURL: freshDatabase(t, server),
		env: map[string]string{"GATEHOUSE_MASTER_KEY": masterKey()},
	}
}

// Set gives the deployment a setting, by its environment name.
func (d *Deployment) Set(name, value string) { d.env[name] = value }

func (d *Deployment) environ() []string {
	env := []string{"GATEHOUSE_DATABASE_URL=" + d.DatabaseURL, "GATEHOUSE_LOG_FORMAT=json"}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "GATEHOUSE_") {
			env = append(env, kv)
		}
	}
	for k, v := range d.env {
		env = append(env, k+"="+v)
	}
	return env
}

// Command runs a command of the binary and returns what it printed.
func (d *Deployment) Command(t testing.TB, stdin string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), Binary(t), args...) //nolint:gosec // our own binary
	var out, fault strings.Builder
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = d.Dir, d.environ(), strings.NewReader(stdin), &out, &fault
	err = cmd.Run()
	return out.String(), fault.String(), err
}

// Apply makes the configuration equal to the YAML documents.
func (d *Deployment) Apply(t testing.TB, documents string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(documents), 0o600); err != nil {
		t.Fatal(err)
	}
	out, fault, err := d.Command(t, "", append([]string{"apply", "-f", file}, args...)...)
	if err != nil {
		t.Fatalf("apply: %v\n%s%s", err, out, fault)
	}
	return out
}
