package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Limits of every call (R100).
const (
	ConnectTimeout = 2 * time.Second
	TotalTimeout   = 5 * time.Second
	// MaxBody is how large an answer may be, in bytes.
	MaxBody = 1 << 20
	// maxHeader bounds the answer's header, in bytes.
	maxHeader = 16 << 10
)

// Options are what a Client needs. The zero Options call public addresses
// only.
type Options struct {
	// Hosts are names that may have private addresses and be called at any
	// port. Names, not patterns.
	Hosts []string
	// Networks are blocks whose addresses may be called, at any port, whatever
	// name leads there. Only loopback addresses listed in Hosts or Networks
	// are called by plain http.
	Networks []netip.Prefix
	// Resolver replaces the system's.
	Resolver Resolver
	// Roots replace the system's certificate authorities.
	Roots *x509.CertPool
	// Connect and Total shorten the time-outs.
	Connect, Total time.Duration
}

// Client calls other servers under the rules of R100. It is safe for use by
// several goroutines.
type Client struct {
	http *http.Client
}

// New builds a client.
func New(o Options) *Client {
	d := dialer{hosts: map[string]bool{}, networks: o.Networks, resolver: o.Resolver, connect: atMost(o.Connect, ConnectTimeout)}
	for _, host := range o.Hosts {
		d.hosts[hostName(host)] = true
	}
	delete(d.hosts, "")
	if d.resolver == nil {
		d.resolver = net.DefaultResolver
	}
	open := d
	open.plain = true
	return &Client{http: &http.Client{
		Transport:     &guard{secure: transport(&d, o.Roots), plain: transport(&open, nil)},
		Timeout:       atMost(o.Total, TotalTimeout),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// atMost gives wanted when it is positive and below most.
func atMost(wanted, most time.Duration) time.Duration {
	if wanted <= 0 {
		return most
	}
	return min(wanted, most)
}

func transport(d *dialer, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // the environment's proxy would resolve for us, unchecked
		DialContext:            d.dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    d.connect,
		DisableCompression:     true,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    4,
		MaxConnsPerHost:        32,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
	}
}

// HTTP gives the client as a *http.Client, for libraries that take one
// (go-oidc, x/oauth2). All rules hold but the content type's.
func (c *Client) HTTP() *http.Client { return c.http }

// Request is one call.
type Request struct {
	// Method is GET when empty.
	Method string
	URL    string
	Header http.Header
	Body   []byte
	// Types are the content types that a successful answer may have, such as
	// application/json; none takes any.
	Types []string
	// Redirect follows one redirect of a GET, checked as the first address
	// was, without Header.
	Redirect bool
}

// Response is the answer. Nothing of it may be shown or logged: it is the
// other side's.
type Response struct {
	Status int
	// Header has only what tells about caching and waiting.
	Header http.Header
	// Type is the content type without parameters, in lower case.
	Type string
	Body []byte
}

// kept are the header fields that a Response carries.
var kept = []string{"Cache-Control", "Date", "Etag", "Expires", "Last-Modified", "Retry-After"}

// Do makes one call. Every status is an answer; a failed call is *Error with
// ErrRefused, ErrUnreachable or ErrAnswer.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	answer, location, err := c.once(ctx, r)
	if err != nil || !r.Redirect || location == "" || (r.Method != "" && r.Method != http.MethodGet) {
		return answer, err
	}
	next, err := resolve(r.URL, location)
	if err != nil {
		return nil, err
	}
	answer, _, err = c.once(ctx, Request{URL: next, Types: r.Types})
	return answer, err
}

func (c *Client) once(ctx context.Context, r Request) (*Response, string, error) {
	request, err := newRequest(ctx, r)
	if err != nil {
		return nil, "", err
	}
	host := request.URL.Hostname()
	raw, err := c.http.Do(request)
	if err != nil {
		return nil, "", &Error{Kind: kind(err), Host: host}
	}
	defer raw.Body.Close()
	body, err := io.ReadAll(raw.Body)
	if err != nil {
		return nil, "", &Error{Kind: kind(err), Host: host}
	}
	answer := &Response{Status: raw.StatusCode, Header: http.Header{}, Body: body}
	for _, name := range kept {
		if v := raw.Header.Get(name); v != "" {
			answer.Header.Set(name, v)
		}
	}
	answer.Type, _, _ = mime.ParseMediaType(raw.Header.Get("Content-Type")) // a broken type is no type
	if raw.StatusCode/100 == 2 && len(r.Types) > 0 && !slices.Contains(r.Types, answer.Type) {
		return nil, "", &Error{Kind: ErrAnswer, Host: host}
	}
	if raw.StatusCode/100 == 3 {
		return answer, raw.Header.Get("Location"), nil
	}
	return answer, "", nil
}

func newRequest(ctx context.Context, r Request) (*http.Request, error) {
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	request, err := http.NewRequestWithContext(ctx, method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, &Error{Kind: ErrRefused}
	}
	for name, values := range r.Header {
		request.Header[name] = slices.Clone(values)
	}
	return request, nil
}

func resolve(base, location string) (string, error) {
	from, err := url.Parse(base)
	if err != nil {
		return "", &Error{Kind: ErrRefused}
	}
	to, err := from.Parse(location)
	if err != nil {
		return "", &Error{Kind: ErrRefused, Host: from.Hostname()}
	}
	return to.String(), nil
}

// kind finds which of our errors a call ended with; all that is not ours is
// the network's.
func kind(err error) error {
	for _, ours := range []error{ErrRefused, ErrAnswer} {
		if errors.Is(err, ours) {
			return ours
		}
	}
	return ErrUnreachable
}

// CheckURL tells whether a URL has a form that could be called: https, or http
// for a loopback host; no user, no fragment, a plain host. It resolves
// nothing, so registration can use it; ErrRefused otherwise.
func CheckURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || strings.Contains(raw, "#") {
		return &Error{Kind: ErrRefused}
	}
	return checkURL(u)
}

func checkURL(u *url.URL) error {
	host := hostName(u.Hostname())
	if host == "" || u.User != nil || u.Opaque != "" || u.Port() == "0" {
		return &Error{Kind: ErrRefused, Host: u.Hostname()}
	}
	if u.Scheme == "https" || (u.Scheme == "http" && loopbackName(host)) {
		return nil
	}
	return &Error{Kind: ErrRefused, Host: u.Hostname()}
}

func loopbackName(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || (err == nil && addr.IsLoopback())
}
