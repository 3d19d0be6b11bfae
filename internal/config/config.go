package config

import (
	"log/slog"
	"net/netip"
	"net/url"
)

// Config is every setting, checked. It prints without secrets.
type Config struct {
	// Listen is the address to listen on, host:port.
	Listen string
	// PublicURL is what browsers and clients see: scheme and host, no path.
	PublicURL *url.URL
	// ConsoleURL is where administrators work, without a slash at its end.
	ConsoleURL *url.URL
	Database   Database
	// MasterKey is the key's text when it came as a setting; ReadMasterKey
	// gives the key wherever it is.
	MasterKey Hidden
	// MasterKeyFile is the file that holds the key: as set, or beside the
	// SQLite database; empty when MasterKey is set.
	MasterKeyFile string
	// MasterKeyCreated says that MasterKeyFile may be made on the first start.
	MasterKeyCreated bool
	// Region is the region that this node serves.
	Region string
	// TrustedProxies are believed about X-Forwarded-*.
	TrustedProxies []netip.Prefix
	TLS            TLS
	// OutboundAllow are the private places that the server may call.
	OutboundAllow Allow
	// ThrottleExempt are spared by per-address throttling.
	ThrottleExempt []netip.Prefix
	LogLevel       slog.Level
	// LogFormat is "text" or "json"; empty: text on a terminal, else json.
	LogFormat string
	// SMTP is nil when mail is kept in the console's outbox.
	SMTP    *SMTP
	Metrics Metrics
	// AuditCheckpointsFile takes the signed checkpoints of the audit log; empty:
	// there are none.
	AuditCheckpointsFile string
}

// Driver is a kind of database.
type Driver string

// The databases we speak.
const (
	SQLite   Driver = "sqlite"
	Postgres Driver = "postgres"
)

// Database says where the data is.
type Database struct {
	Driver Driver
	// Path is the SQLite file.
	Path string
	// URL is the whole connection string for PostgreSQL, with its password.
	URL Hidden
}

// ClientCerts is how client certificates reach us.
type ClientCerts string

// The ways of client certificates.
const (
	ClientCertsOff     ClientCerts = "off"
	ClientCertsRequest ClientCerts = "request"
	ClientCertsHeader  ClientCerts = "header"
)

// TLS says whether and how the server speaks TLS itself.
type TLS struct {
	// CertFile and KeyFile are both set or both empty: plain HTTP.
	CertFile, KeyFile string
	ClientCerts       ClientCerts
	// ClientCertHeader names the trusted proxy's header with
	// ClientCertsHeader.
	ClientCertHeader string
}

// Enabled tells whether the server speaks TLS itself.
func (t TLS) Enabled() bool { return t.CertFile != "" }

// Allow are hosts and networks.
type Allow struct {
	Hosts    []string
	Networks []netip.Prefix
}

// SMTP is the server that takes our mail.
type SMTP struct {
	Host string
	Port int
	// ImplicitTLS speaks TLS from the first byte (smtps); otherwise STARTTLS.
	ImplicitTLS bool
	User        string
	Password    Hidden
	// From is the sender where a tenant names none; may be empty.
	From string
}

// Metrics says where /metrics answers.
type Metrics struct {
	// Listen is its own listener; empty when Shared or off.
	Listen string
	// Shared serves it on the main listener.
	Shared bool
	// Chosen is false for the default address: if that is taken, the server
	// goes on without metrics and says so.
	Chosen bool
}

// Secure tells whether browsers reach us by https: cookies are then Secure and
// bear the __Host- prefix.
func (c *Config) Secure() bool { return c.PublicURL.Scheme == "https" }
