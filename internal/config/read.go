package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

func readListen(c *Config, text string) error {
	c.Listen = text
	return checkAddress(text)
}

func checkAddress(text string) error {
	wrong := errors.New("must be host:port, such as 127.0.0.1:8080")
	host, port, err := net.SplitHostPort(text)
	if err != nil || strings.ContainsAny(host, " /@") {
		return wrong
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return wrong
	}
	return nil
}

func readPublicURL(c *Config, text string) error {
	u, err := readURL(text)
	if err != nil {
		return err
	}
	if u.Path != "" {
		return errors.New("must be a scheme and a host without a path, such as https://login.example.com")
	}
	c.PublicURL = u
	return nil
}

func readConsoleURL(c *Config, text string) error {
	u, err := readURL(text)
	if err != nil {
		return err
	}
	if u.Path == "" {
		u.Path = consolePath
	}
	if u.Path != consolePath {
		return errors.New("must be a host, or end in " + consolePath)
	}
	c.ConsoleURL = u
	return nil
}

// consolePath is where the console's pages link to one another.
const consolePath = "/console"

// readURL takes https anywhere and http on this machine only.
func readURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Opaque != "" {
		return nil, errors.New("must be a URL, such as https://login.example.com")
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") {
		return nil, errors.New("must have no user, query or fragment")
	}
	u.Host = strings.ToLower(u.Host)
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, errors.New("must be https; http only for localhost, 127.0.0.1 or [::1]")
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	return u, nil
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || (err == nil && addr.IsLoopback())
}

func readDatabase(c *Config, text string) error {
	scheme, rest, _ := strings.Cut(text, "://")
	switch scheme {
	case "sqlite":
		if rest == "" || strings.HasSuffix(rest, "/") || strings.ContainsAny(rest, "?#") || rest == ":memory:" {
			return errors.New("must name a file, such as sqlite://data/gatehouse.db or sqlite:///var/lib/gatehouse/gatehouse.db")
		}
		c.Database = Database{Driver: SQLite, Path: rest}
		return nil
	case "postgres", "postgresql":
		if !postgresURL(rest) {
			return errors.New("must be like postgres://user:pass@host/db?sslmode=verify-full")
		}
		c.Database = Database{Driver: Postgres, URL: hide(text)}
		return nil
	default:
		return errors.New("must begin with sqlite:// or postgres://")
	}
}

// postgresURL checks what stands behind the scheme: several hosts are usual
// there, which net/url does not take. What the server makes of it is for the
// store to say.
func postgresURL(rest string) bool {
	authority, tail, ok := strings.Cut(rest, "/")
	database, rawQuery, _ := strings.Cut(tail, "?")
	query, err := url.ParseQuery(rawQuery)
	if !ok || err != nil || (database == "" && !query.Has("dbname") && !query.Has("database")) {
		return false
	}
	hosts := authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		if _, err := url.Parse("postgres://" + authority[:at] + "@host/"); err != nil {
			return false
		}
		hosts = authority[at+1:]
	}
	if hosts == "" {
		return query.Has("host")
	}
	for host := range strings.SplitSeq(hosts, ",") {
		u, err := url.Parse("postgres://" + host + "/")
		if err != nil || u.Hostname() == "" || u.User != nil {
			return false
		}
	}
	return true
}

func readMasterKey(c *Config, text string) error {
	c.MasterKey = hide(text)
	return nil
}

func readMasterKeyFile(c *Config, text string) error {
	c.MasterKeyFile = text
	return readable(text)
}

// readAuditCheckpoints takes any name: the server makes the file, and says so
// where it cannot.
func readAuditCheckpoints(c *Config, text string) error {
	c.AuditCheckpointsFile = text
	return nil
}

var regionName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

func readRegion(c *Config, text string) error {
	c.Region = text
	if !regionName.MatchString(text) {
		return errors.New("must be 1 to 32 lower-case letters, digits and hyphens, such as eu-central")
	}
	return nil
}

func readTrustedProxies(c *Config, text string) error {
	list, err := readNetworks(text)
	for _, p := range list {
		if p.Bits() == 0 {
			return errors.New("must not trust every address: name the proxies' networks")
		}
	}
	c.TrustedProxies = list
	return err
}

func readThrottleExempt(c *Config, text string) error {
	list, err := readNetworks(text)
	c.ThrottleExempt = list
	return err
}

func readNetworks(text string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, item := range items(text) {
		p, ok := network(item)
		if !ok {
			return nil, fmt.Errorf("must be CIDRs separated by commas, such as 10.0.0.0/8,fd00::/8; %q is none", item)
		}
		list = append(list, p)
	}
	return list, nil
}

// network takes a CIDR or a single address.
func network(item string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(item); err == nil {
		return p.Masked(), true
	}
	addr, err := netip.ParseAddr(item)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, false
	}
	addr = addr.Unmap()
	return netip.PrefixFrom(addr, addr.BitLen()), true
}

func items(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
}

var hostPattern = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9])?$`)

func readOutboundAllow(c *Config, text string) error {
	for _, item := range items(text) {
		if p, ok := network(item); ok {
			c.OutboundAllow.Networks = append(c.OutboundAllow.Networks, p)
			continue
		}
		host := strings.ToLower(item)
		if !hostPattern.MatchString(host) || strings.Contains(host, "..") {
			return fmt.Errorf("must be host names and CIDRs separated by commas, such as hooks.internal,10.1.0.0/16; %q is neither", item)
		}
		c.OutboundAllow.Hosts = append(c.OutboundAllow.Hosts, host)
	}
	return nil
}

func readCertFile(c *Config, text string) error {
	c.TLS.CertFile = text
	return readable(text)
}

func readKeyFile(c *Config, text string) error {
	c.TLS.KeyFile = text
	return readable(text)
}

var headerName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)

func readClientCerts(c *Config, text string) error {
	mode, header, _ := strings.Cut(text, ":")
	switch ClientCerts(mode) {
	case ClientCertsOff, ClientCertsRequest:
		if text == mode {
			c.TLS.ClientCerts = ClientCerts(mode)
			return nil
		}
	case ClientCertsHeader:
		if headerName.MatchString(header) {
			c.TLS.ClientCerts, c.TLS.ClientCertHeader = ClientCertsHeader, header
			return nil
		}
	}
	return errors.New("must be off, request, or header:NAME, such as header:X-Client-Cert")
}

func readLogLevel(c *Config, text string) error {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[strings.ToLower(text)]
	c.LogLevel = level
	if !ok {
		return errors.New("must be debug, info, warn or error")
	}
	return nil
}

func readLogFormat(c *Config, text string) error {
	c.LogFormat = strings.ToLower(text)
	if c.LogFormat != "text" && c.LogFormat != "json" {
		return errors.New("must be text or json")
	}
	return nil
}

func readSMTP(c *Config, text string) error {
	wrong := errors.New("must be like smtp://user:pass@mail.example.com:587?from=login@example.com, or smtps://")
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || (u.Path != "" && u.Path != "/") || u.Fragment != "" {
		return wrong
	}
	standard, ok := map[string]string{"smtp": "587", "smtps": "465"}[u.Scheme]
	if !ok {
		return wrong
	}
	if u.Port() != "" {
		standard = u.Port()
	}
	port, err := strconv.ParseUint(standard, 10, 16)
	if err != nil || port == 0 {
		return wrong
	}
	from, err := readFrom(u)
	if err != nil {
		return err
	}
	password, _ := u.User.Password() // absent is empty
	c.SMTP = &SMTP{
		Host: u.Hostname(), Port: int(port), ImplicitTLS: u.Scheme == "smtps",
		User: u.User.Username(), Password: hide(password), From: from,
	}
	return nil
}

func readFrom(u *url.URL) (string, error) {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", errors.New("has a broken query after the question mark")
	}
	from := query.Get("from")
	if len(query) > 1 || (len(query) == 1 && from == "") {
		return "", errors.New("takes one parameter: from=ADDRESS")
	}
	if from == "" {
		return "", nil
	}
	if _, err := mail.ParseAddress(from); err != nil {
		return "", errors.New("must have a mail address after from=")
	}
	return from, nil
}

func readMetrics(c *Config, text string) error {
	c.Metrics = Metrics{Chosen: text != defaultMetrics}
	switch text {
	case "off":
		return nil
	case "same":
		c.Metrics.Shared = true
		return nil
	}
	c.Metrics.Listen = text
	if checkAddress(text) != nil {
		return errors.New("must be host:port, same or off")
	}
	return nil
}
