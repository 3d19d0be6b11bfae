package web_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/handlers/web"
	"gatehouse/identity/access"
	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store/storetest"
)

// tenants are those of the tests, by name and by host.
type tenants struct{ byName, byHost map[string]*models.Tenant }

func (s tenants) ByName(_ context.Context, name string) (*models.Tenant, error) {
	return find(s.byName, name)
}

func (s tenants) ByHost(_ context.Context, host string) (*models.Tenant, error) {
	return find(s.byHost, host)
}

func find(in map[string]*models.Tenant, name string) (*models.Tenant, error) {
	if t := in[name]; t != nil {
		return t, nil
	}
	return nil, reason.New(reason.TenantUnknown)
}

// door is an app behind a real listener.
type door struct {
	t    *testing.T
	addr string
	app  *web.App
	log  bytes.Buffer
	// slow tells that the slow handler has begun; release lets it end.
	slow, release chan struct{}
}

func open(t *testing.T, public string, trusted ...string) *door {
	t.Helper()
	k, err := seal.New(seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(public)
	if err != nil {
		t.Fatal(err)
	}
	console, err := url.Parse("https://console.example.com/console")
	if err != nil {
		t.Fatal(err)
	}
	acme := &models.Tenant{Owned: models.Owned{TenantID: "1"}, Name: "acme", DefaultLocale: "en", Status: models.TenantActive}
	standard := &models.Tenant{Owned: models.Owned{TenantID: "0"}, Name: "default", DefaultLocale: "en", Status: models.TenantActive}
	d := &door{t: t, slow: make(chan struct{}), release: make(chan struct{})}
	o := web.Options{
		PublicURL: at, ConsoleURL: console, DB: storetest.SQLite(t), K: k, Now: time.Now,
		Tenants: tenants{map[string]*models.Tenant{"acme": acme, "default": standard}, map[string]*models.Tenant{"login.acme.example": acme}},
		Logger:  slog.New(slog.NewTextHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Ready:   func(context.Context) error { return nil }, Metrics: web.NewMetrics(),
	}
	for _, p := range trusted {
		o.TrustedProxies = append(o.TrustedProxies, netip.MustParsePrefix(p))
	}
	d.app = web.New(o)
	d.routes()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.addr = l.Addr().String()
	go func() { _ = d.app.Fiber().Listener(l) }()
	t.Cleanup(func() {
		if err := d.app.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *door) routes() {
	public := func(method, path string, kind web.Kind, handle func(*web.Request) error) {
		d.app.Tenant().Add(web.Route{Method: method, Path: path, Kind: kind, Public: true, Handle: handle})
	}
	public("GET", "/where", web.Machine, func(r *web.Request) error {
		return r.Bytes(200, "text/plain", []byte(r.Tenant.Name+" "+r.Base+" "+r.IP))
	})
	public("GET", "/panic", web.Machine, func(*web.Request) error { panic("boom") })
	public("GET", "/cookie", web.Machine, func(r *web.Request) error {
		r.SetCookie("gatehouse_session_acme", "x", web.Lax, time.Time{})
		return r.NoContent(204)
	})
	public("POST", "/change", web.Page, func(r *web.Request) error { return r.NoContent(204) })
	public("GET", "/panic-late", web.Machine, func(r *web.Request) error {
		r.SetCookie("gatehouse_session_acme", "x", web.Lax, time.Time{})
		r.SetHeader("X-Frame", "x")
		_ = r.Redirect("https://evil.example")
		panic("boom")
	})
	public("GET", "/refuse", web.Machine, func(*web.Request) error {
		return reason.New(reason.InputInvalid).On("email", reason.InputFormat, "")
	})
	public("GET", "/wait", web.Machine, func(*web.Request) error {
		return &reason.Error{Code: reason.ThrottleAPI, RetryAfter: 1100 * time.Millisecond}
	})
	public("GET", "/slow", web.Machine, func(r *web.Request) error {
		close(d.slow)
		<-d.release
		return r.NoContent(204)
	})
	d.app.Console().Add(web.Route{Method: "GET", Path: "/here", Kind: web.Machine, Public: true, Handle: func(r *web.Request) error { return r.NoContent(204) }})
}

type got struct {
	status int
	header http.Header
	body   string
}

func (d *door) do(method, host, path, body string, header map[string]string) got {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), method, "http://"+d.addr+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Host = host
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return got{resp.StatusCode, resp.Header, string(text)}
}

const publicURL = "https://id.example.com"

// R3: the tenant comes from the verified host or path; other hosts get nothing.
func TestTenantComesFromHostOrPath_R3(t *testing.T) {
	d := open(t, publicURL)
	for _, c := range []struct {
		host, path string
		status     int
		body       string
	}{
		{"id.example.com", "/t/acme/where", 200, "acme https://id.example.com/t/acme 127.0.0.1"},
		{"id.example.com", "/where", 200, "default https://id.example.com 127.0.0.1"},
		{"login.acme.example", "/where", 200, "acme https://login.acme.example 127.0.0.1"},
		{"login.acme.example", "/t/acme/where", 421, ""},
		{"evil.example", "/where", 421, ""},
		{"evil.example", "/t/acme/where", 421, ""},
		{"evil.example", "/no/such/path", 421, ""},
		{"evil.example", "/console/here", 421, ""},
		{"console.example.com", "/console/here", 204, ""},
	} {
		if g := d.do("GET", c.host, c.path, "", nil); g.status != c.status || g.body != c.body {
			t.Errorf("%s%s: %d %q", c.host, c.path, g.status, g.body)
		}
	}
	if g := d.do("GET", "id.example.com", "/t/nowhere/where", "", nil); g.status != 404 {
		t.Errorf("an unknown tenant: %d", g.status)
	}
	// R116: the console answers on its own host alone.
	if g := d.do("GET", "id.example.com", "/console/here", "", nil); g.status != 404 {
		t.Errorf("the console on the public host: %d", g.status)
	}
}

// L39, L40: X-Forwarded-For counts as far as trusted proxies wrote it.
func TestClientAddressIsNotForged(t *testing.T) {
	for _, c := range []struct {
		trusted []string
		header  string
		ip      string
	}{
		{nil, "203.0.113.7", "127.0.0.1"},
		{[]string{"127.0.0.0/8"}, "203.0.113.7", "203.0.113.7"},
		{[]string{"127.0.0.0/8"}, "198.51.100.1, 203.0.113.7", "203.0.113.7"},
		{[]string{"127.0.0.0/8", "10.0.0.0/8"}, "198.51.100.1, 203.0.113.7, 10.1.1.1", "203.0.113.7"},
		{[]string{"127.0.0.0/8"}, "203.0.113.7, nonsense", "127.0.0.1"},
		{[]string{"127.0.0.0/8"}, "", "127.0.0.1"},
	} {
		d := open(t, publicURL, c.trusted...)
		if g := d.do("GET", "id.example.com", "/where", "", map[string]string{"X-Forwarded-For": c.header, "X-Forwarded-Host": "evil.example"}); !strings.HasSuffix(g.body, " "+c.ip) {
			t.Errorf("%v %q: %s", c.trusted, c.header, g.body)
		}
	}
}

// R104, L82: what is refused before any route sees it.
func TestRequestsThatNoRouteSees_R104(t *testing.T) {
	d := open(t, publicURL)
	for _, c := range []struct {
		method, path, body string
		header             map[string]string
		status             int
	}{
		{"GET", "/t/acme/%2e%2e/where", "", nil, 400},
		{"GET", "/t/acme//where", "", nil, 400},
		{"GET", "/t/acme;x=1/where", "", nil, 400},
		{"GET", "/t%2facme/where", "", nil, 400},
		{"GET", "/t/acme/%00", "", nil, 400},
		{"POST", "/change", "x", map[string]string{"Content-Encoding": "gzip"}, 415},
		{"POST", "/change", strings.Repeat("x", 3<<19), nil, 413},
		{"DELETE", "/where", "", nil, 405},
		{"GET", "/where", "", map[string]string{"X-Large": strings.Repeat("x", 20<<10)}, 431},
	} {
		if g := d.do(c.method, "id.example.com", c.path, c.body, c.header); g.status != c.status {
			t.Errorf("%s %s: %d %s", c.method, c.path, g.status, g.body)
		}
	}
}

// The framing that two servers could read differently is refused (L82).
func TestSmuggledRequestsAreRefused(t *testing.T) {
	d := open(t, publicURL)
	for name, raw := range map[string]string{
		"two lengths":         "POST /change HTTP/1.1\r\nHost: id.example.com\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
		"newline in a chunk":  "POST /change HTTP/1.1\r\nHost: id.example.com\r\nTransfer-Encoding: chunked\r\n\r\n1;a\nb\r\nx\r\n0\r\n\r\n",
		"space in the header": "POST /change HTTP/1.1\r\nHost: id.example.com\r\nContent-Length : 1\r\n\r\nx",
	} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", d.addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, raw); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.Contains(line, " 400 ") {
			t.Errorf("%s: %q %v", name, line, err)
		}
		_ = conn.Close()
	}
}

// R106: a panic ends one request, with an id to search for. R137: queries are
// not logged.
func TestPanicsAreSurvived_R106(t *testing.T) {
	d := open(t, publicURL)
	g := d.do("GET", "id.example.com", "/panic?code=gtc_canary", "", nil)
	if g.status != 500 || g.header.Get("X-Request-Id") == "" || !strings.Contains(g.body, g.header.Get("X-Request-Id")) || strings.Contains(g.body, "boom") {
		t.Errorf("%d %s", g.status, g.body)
	}
	if g := d.do("GET", "id.example.com", "/where", "", nil); g.status != 200 {
		t.Errorf("afterwards: %d", g.status)
	}
	if log := d.log.String(); !strings.Contains(log, "boom") || strings.Contains(log, "canary") {
		t.Errorf("the log: %s", log)
	}
}

// R110: the headers that every answer bears.
func TestHeaders_R110(t *testing.T) {
	d := open(t, publicURL)
	g := d.do("GET", "id.example.com", "/where", "", nil)
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Cross-Origin-Opener-Policy": "same-origin",
		"Strict-Transport-Security": "max-age=63072000; includeSubDomains", "Referrer-Policy": "same-origin",
	} {
		if got := g.header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if !strings.Contains(g.header.Get("Content-Security-Policy"), "default-src 'none'") || g.header.Get("Server") != "" {
		t.Errorf("%v", g.header)
	}
}

// R65: cookies that no other host can set.
func TestCookies_R65(t *testing.T) {
	secure := open(t, publicURL).do("GET", "id.example.com", "/cookie", "", nil).header.Get("Set-Cookie")
	if !strings.HasPrefix(secure, "__Host-gatehouse_session_acme=x") || !strings.Contains(strings.ToLower(secure), "; secure") ||
		!strings.Contains(secure, "HttpOnly") || !strings.Contains(secure, "SameSite=Lax") || strings.Contains(strings.ToLower(secure), "domain") {
		t.Error(secure)
	}
	plain := open(t, "http://localhost:8080").do("GET", "localhost:8080", "/cookie", "", nil).header.Get("Set-Cookie")
	if !strings.HasPrefix(plain, "gatehouse_session_acme=x") || !strings.Contains(plain, "HttpOnly") {
		t.Error(plain)
	}
}

// R113: what changes something comes from our own pages.
func TestForeignPagesChangeNothing_R113(t *testing.T) {
	d := open(t, publicURL)
	for _, c := range []struct {
		header map[string]string
		status int
	}{
		{map[string]string{"Sec-Fetch-Site": "same-origin"}, 204},
		{map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{map[string]string{"Origin": "https://id.example.com"}, 204},
		{map[string]string{"Origin": "https://evil.example"}, 403},
		{map[string]string{"Origin": "http://id.example.com"}, 403},
		{map[string]string{"Origin": "null"}, 403},
	} {
		if g := d.do("POST", "id.example.com", "/change", "", c.header); g.status != c.status {
			t.Errorf("%v: %d", c.header, g.status)
		}
	}
}

// R6: a route without a permission stops the start.
func TestRoutesNameTheirPermission_R6(t *testing.T) {
	d := open(t, publicURL)
	for name, route := range map[string]web.Route{
		"no permission":      {Method: "GET", Path: "/x"},
		"public with one":    {Method: "GET", Path: "/x", Public: true, Permission: access.UsersRead},
		"an unknown one":     {Method: "GET", Path: "/x", Permission: "users:everything"},
		"nobody who asks it": {Method: "GET", Path: "/x", Permission: access.UsersRead},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			d.app.Tenant().Add(route)
		}()
	}
}

// R115: where to report.
func TestWellKnown_R115(t *testing.T) {
	d := open(t, publicURL)
	if g := d.do("GET", "id.example.com", "/.well-known/security.txt", "", nil); g.status != 200 || !strings.Contains(g.body, "Contact: ") || !strings.Contains(g.body, "Expires: ") {
		t.Errorf("%d %s", g.status, g.body)
	}
	if g := d.do("GET", "anything", "/healthz", "", nil); g.status != 200 {
		t.Errorf("healthz: %d", g.status)
	}
}
