package config

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

// delimiter splits nested YAML keys; no setting is nested, so that a nested
// one is unknown by its whole name.
const delimiter = "."

// Options say where settings come from.
type Options struct {
	// File is the YAML file of --config; empty for none.
	File string
	// Environ is NAME=value pairs; nil is the process's environment.
	Environ []string
}

// Load reads and checks every setting. All problems come back at once as
// *Error.
func Load(o Options) (*Config, error) {
	fromFile, fromEnv := koanf.New(delimiter), koanf.New(delimiter)
	if o.File != "" {
		if err := fromFile.Load(file.Provider(o.File), yaml.Parser()); err != nil {
			return nil, fmt.Errorf("settings file %s: %w", o.File, err)
		}
	}
	environ := os.Environ
	if o.Environ != nil {
		environ = func() []string { return o.Environ }
	}
	provider := env.Provider(delimiter, env.Opt{Prefix: prefix, TransformFunc: key, EnvironFunc: environ})
	if err := fromEnv.Load(provider, nil); err != nil {
		return nil, fmt.Errorf("settings from the environment: %w", err)
	}
	l := &loader{file: o.File, fromFile: fromFile, fromEnv: fromEnv, config: &Config{}, set: map[string]bool{}}
	l.unknown()
	for _, s := range table {
		l.read(s)
	}
	l.together()
	if len(l.problems) > 0 {
		return nil, &Error{Problems: l.problems}
	}
	return l.config, nil
}

// key turns a variable into a setting's key; "" leaves it alone.
func key(name, value string) (string, any) {
	short := strings.TrimPrefix(name, prefix)
	if short == "" || strings.HasPrefix(short, "TEST_") || fromKubernetes(short, value) {
		return "", nil
	}
	if short != strings.ToUpper(short) {
		return short, value // a variable in another case is unknown
	}
	return strings.ToLower(short), value
}

var serviceLink = regexp.MustCompile(`^(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_\d+_(TCP|UDP|SCTP)(_.+)?)$`)

// fromKubernetes knows the variables that Kubernetes sets in every container
// near a service named gatehouse.
func fromKubernetes(short, value string) bool {
	return serviceLink.MatchString(short) || (short == "PORT" && strings.Contains(value, "://"))
}

func variable(key string) string { return prefix + strings.ToUpper(key) }

// loader gathers problems while it fills a Config.
type loader struct {
	file              string
	fromFile, fromEnv *koanf.Koanf
	config            *Config
	set               map[string]bool
	problems          []Problem
}

// unknown names every key that no setting has.
func (l *loader) unknown() {
	for _, name := range l.fromEnv.Keys() {
		if known(name) {
			continue
		}
		shown := variable(name)
		if name != strings.ToLower(name) {
			shown = prefix + name
		}
		detail := "is not a setting"
		if like := nearest(strings.ToLower(name)); like != "" {
			detail += "; did you mean " + variable(like) + "?"
		}
		l.problems = append(l.problems, Problem{Setting: shown, Detail: detail})
	}
	for _, name := range l.fromFile.Keys() {
		if known(name) {
			continue
		}
		detail := "is not a setting"
		if like := nearest(strings.ToLower(name)); like != "" {
			detail += "; did you mean " + like + "?"
		}
		l.problems = append(l.problems, Problem{Setting: name + " in " + l.file, Detail: detail})
	}
}

// read finds one setting's text and hands it to its reader.
func (l *loader) read(s setting) {
	name, raw := s.Name, ""
	if value := l.fromEnv.String(s.Key); value != "" {
		raw = value
	} else if value := l.fromFile.Get(s.Key); value != nil {
		name = s.Key + " in " + l.file
		text, ok := scalar(value)
		if !ok {
			l.problems = append(l.problems, Problem{Setting: name, Detail: "must be text or a list of texts"})
			return
		}
		raw = text
	}
	text := strings.TrimSpace(raw)
	l.set[s.Key] = text != ""
	if text == "" {
		text = s.value
	}
	if text == "" {
		return
	}
	if err := s.read(l.config, text); err != nil {
		l.problems = append(l.problems, problem(s, name, text, err.Error()))
	}
}

// scalar writes a YAML value as it would stand in the environment.
func scalar(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case int, int64, uint64, float64, bool:
		return fmt.Sprint(v), true
	case []any:
		var parts []string
		for _, item := range v {
			text, ok := item.(string)
			if !ok {
				return "", false
			}
			parts = append(parts, text)
		}
		return strings.Join(parts, ","), true
	default:
		return "", false
	}
}

// together checks settings that depend on one another, and fills in the
// defaults that do.
func (l *loader) together() {
	c := l.config
	if c.ConsoleURL == nil && c.PublicURL != nil {
		c.ConsoleURL = c.PublicURL.JoinPath("console")
	}
	l.masterKey()
	l.certificates()
	switch {
	case c.TLS.ClientCerts == ClientCertsRequest && !l.set["tls_cert_file"]:
		l.refuse("tls_client_certs", "request needs GATEHOUSE_TLS_CERT_FILE: only who serves TLS can ask for a certificate")
	case c.TLS.ClientCerts == ClientCertsHeader && !l.set["trusted_proxies"]:
		l.refuse("tls_client_certs", "header needs GATEHOUSE_TRUSTED_PROXIES: anyone could send the header otherwise")
	}
}

func (l *loader) masterKey() {
	c := l.config
	switch {
	case l.set["master_key"] && l.set["master_key_file"]:
		l.refuse("master_key", "and GATEHOUSE_MASTER_KEY_FILE are both set: keep one")
	case l.set["master_key"] || l.set["master_key_file"]:
	case c.Database.Driver == Postgres:
		l.refuse("master_key", "or GATEHOUSE_MASTER_KEY_FILE is required with PostgreSQL: make a key with: openssl rand -base64 32")
	case c.Database.Driver == SQLite:
		c.MasterKeyFile = filepath.Join(filepath.Dir(c.Database.Path), "master.key")
		c.MasterKeyCreated = true
	}
}

func (l *loader) certificates() {
	t := l.config.TLS
	switch {
	case l.set["tls_cert_file"] && !l.set["tls_key_file"]:
		l.refuse("tls_key_file", "must be set with GATEHOUSE_TLS_CERT_FILE")
	case l.set["tls_key_file"] && !l.set["tls_cert_file"]:
		l.refuse("tls_cert_file", "must be set with GATEHOUSE_TLS_KEY_FILE")
	case !t.Enabled() || l.refused("tls_cert_file") || l.refused("tls_key_file"):
	default:
		if _, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile); err != nil {
			l.refuse("tls_cert_file", "and GATEHOUSE_TLS_KEY_FILE must be a PEM certificate and its private key: "+err.Error())
		}
	}
}

func (l *loader) refuse(key, detail string) {
	l.problems = append(l.problems, Problem{Setting: variable(key), Detail: detail})
}

func (l *loader) refused(key string) bool {
	return slices.ContainsFunc(l.problems, func(p Problem) bool {
		return p.Setting == variable(key) || strings.HasPrefix(p.Setting, key+" in ")
	})
}
