package config

import "slices"

// prefix of the environment variables.
const prefix = "GATEHOUSE_"

// Setting describes one setting for --help and the documentation.
type Setting struct {
	// Name is the environment variable.
	Name string
	// Key is the name in the YAML file.
	Key string
	// Default in words; empty for none.
	Default string
	// Description is one line.
	Description string
	// Secret values are never shown.
	Secret bool
}

// setting is a Setting with its reader. A reader gets a text that is not
// empty; what it returns as an error says what would be right.
type setting struct {
	Setting
	// value stands in when nothing is set; empty leaves the field alone.
	value string
	read  func(c *Config, text string) error
}

// table is every setting, in the order of the documentation.
var table = []setting{
	{define("listen", "127.0.0.1:8080", "address to listen on"), "127.0.0.1:8080", readListen},
	{define("public_url", "http://localhost:8080", "what browsers and clients see; the default tenant's issuer. https, or http for a loopback host"), "http://localhost:8080", readPublicURL},
	{define("console_url", "{public_url}/console", "where administrators work; in production a host of its own"), "", readConsoleURL},
	{hidden("database_url", "sqlite://data/gatehouse.db", "sqlite://FILE or postgres://user:pass@host1,host2/db?..."), "sqlite://data/gatehouse.db", readDatabase},
	{hidden("master_key", "", "encrypts secrets and private keys at rest: 32 bytes or more as base64 or hex. Required with PostgreSQL unless master_key_file is set"), "", readMasterKey},
	{define("master_key_file", "master.key beside the SQLite database, made on the first start", "a file with the master key, in place of master_key"), "", readMasterKeyFile},
	{define("region", "local", "the region that this node serves"), "local", readRegion},
	{define("trusted_proxies", "none", "CIDRs whose X-Forwarded-* headers are believed, separated by commas"), "", readTrustedProxies},
	{define("tls_cert_file", "none: plain HTTP, for a proxy or loopback", "certificate chain (PEM) to serve TLS; reloaded when it changes"), "", readCertFile},
	{define("tls_key_file", "none", "private key (PEM) of tls_cert_file"), "", readKeyFile},
	{define("tls_client_certs", "off", "off; request: ask for client certificates; header:NAME: a trusted proxy hands them over in that header"), "off", readClientCerts},
	{define("outbound_allow", "none", "hosts and CIDRs inside private networks that the server may call, separated by commas"), "", readOutboundAllow},
	{define("throttle_exempt", "none", "CIDRs that per-address throttling spares, separated by commas"), "", readThrottleExempt},
	{define("log_level", "info", "debug, info, warn or error"), "info", readLogLevel},
	{define("log_format", "text on a terminal, else json", "text or json"), "", readLogFormat},
	{hidden("smtp_url", "none: mail is kept in the console's outbox", "smtp://user:pass@host:587?from=ADDRESS, or smtps:// for TLS from the start"), "", readSMTP},
	{define("audit_checkpoints_file", "none", "a file outside of the database's reach, best one that can only be added to; signed checkpoints of the audit log go there"), "", readAuditCheckpoints},
	{define("metrics_listen", defaultMetrics, "listener of /metrics, apart from the main one; same: on the main listener; off: none"), defaultMetrics, readMetrics},
}

// defaultMetrics is the port that OpenTelemetry gives Prometheus exporters.
const defaultMetrics = "127.0.0.1:9464"

// Settings lists every setting, in the order of the documentation.
func Settings() []Setting {
	out := make([]Setting, len(table))
	for i, s := range table {
		out[i] = s.Setting
	}
	return out
}

func define(key, standard, description string) Setting {
	return Setting{Name: variable(key), Key: key, Default: standard, Description: description}
}

func hidden(key, standard, description string) Setting {
	s := define(key, standard, description)
	s.Secret = true
	return s
}

func known(key string) bool {
	return slices.ContainsFunc(table, func(s setting) bool { return s.Key == key })
}

// nearest gives the known key that a mistaken one was probably meant to be, or
// "".
func nearest(key string) string {
	best, distance := "", max(len(key)/3, 2)+1
	for _, s := range table {
		if d := edits(key, s.Key); d < distance {
			best, distance = s.Key, d
		}
	}
	return best
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
