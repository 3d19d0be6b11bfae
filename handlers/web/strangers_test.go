package web_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"gatehouse/handlers/web"
	"gatehouse/reason"
	"gatehouse/static"
)

// R3: a host that is not ours learns nothing, by whatever request: not even
// which paths there are.
func TestStrangersLearnNothing_R3(t *testing.T) {
	d := open(t, publicURL)
	for _, c := range []struct {
		method, path string
		header       map[string]string
	}{
		{"GET", "/", nil},
		{"POST", "/where", nil},
		{"POST", "/healthz", nil},
		{"FOO", "/where", nil},
		{"GET", "/a//b", nil},
		{"GET", "/%2e%2e/where", nil},
		{"POST", "/change", map[string]string{"Content-Encoding": "gzip"}},
		{"GET", "/robots.txt", nil},
		{"GET", "/.well-known/security.txt", nil},
		{"GET", static.Asset("tabler.css").Path, nil},
	} {
		if g := d.do(c.method, "evil.example", c.path, "", c.header); g.status != http.StatusMisdirectedRequest || g.body != "" || g.header.Get("Set-Cookie") != "" {
			t.Errorf("%s %s: %d %q", c.method, c.path, g.status, g.body)
		}
	}
	// Each host of ours has what its pages need.
	for _, host := range []string{"id.example.com", "login.acme.example", "console.example.com"} {
		for _, path := range []string{"/robots.txt", static.Asset("tabler.css").Path} {
			if g := d.do("GET", host, path, "", nil); g.status != 200 {
				t.Errorf("%s%s: %d", host, path, g.status)
			}
		}
	}
}

// L82, RFC 3986 §6.2.2: a path that a proxy could read differently is refused,
// whatever it would lead to.
func TestPathsHaveOneReading(t *testing.T) {
	d := open(t, publicURL)
	for path, want := range map[string]int{
		"/%77here":       400, // a letter that needs no escape
		"/wher%65":       400,
		"/where%7E":      400,
		"/where%2D":      400,
		"/where%2f":      400,
		"/where%5C":      400,
		"/where%3bx":     400,
		"/where%252f":    400,
		"/where%0d%0a":   400,
		"/where%7f":      400,
		"/where%ff":      400, // no UTF-8
		"/where%c0%af":   400, // a slash, too long
		"/where%zz":      400,
		"/where%4":       400,
		"/./where":       400,
		"/t/../where":    400,
		"/where/..":      400,
		"/where/":        404, // another path, as any other
		"/Where":         404,
		"/where%20":      404, // a space can be written in no other way
		"/%C3%A4rger":    404,
		"/where@x:y,z+1": 404,
		"/where":         200,
	} {
		g := d.raw("GET " + path + " HTTP/1.1\r\nHost: id.example.com\r\n\r\n")
		if g.status != want {
			t.Errorf("%s: %d, want %d", path, g.status, want)
		}
	}
}

// RFC 9110 §15.6.2: a method that nobody knows gets an answer like any other.
func TestUnknownMethod_R110(t *testing.T) {
	d := open(t, publicURL)
	g := d.do("FOO", "id.example.com", "/where", "", nil)
	if g.status != 501 || g.header.Get("X-Request-Id") == "" || g.header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.Contains(g.body, g.header.Get("X-Request-Id")) {
		t.Errorf("%d %v %s", g.status, g.header, g.body)
	}
	if !strings.Contains(d.log.String(), "status=501") {
		t.Error("it is not logged")
	}
}

// R106: an error page that fails leaves a refusal without a page, and a server.
func TestErrorPageMayFail_R106(t *testing.T) {
	d := open(t, publicURL)
	d.app.ErrorPage = func(*web.Request, *reason.Error) error { panic("boom") }
	for range 2 {
		g := d.do("POST", "id.example.com", "/change", "", map[string]string{"Sec-Fetch-Site": "cross-site"})
		if g.status != 403 || g.header.Get("Content-Type") != "application/problem+json" || strings.Contains(g.body, "boom") {
			t.Errorf("%d %s", g.status, g.body)
		}
	}
	if g := d.raw("POST /change HTTP/1.1\r\nHost: id.example.com\r\nContent-Length: x\r\n\r\n"); g.status != 400 {
		t.Errorf("a malformed request: %d", g.status)
	}
	if !strings.Contains(d.log.String(), "boom") {
		t.Error("the panic is not logged")
	}
}

// Lines name the tenant: on a domain of its own the path does not.
func TestLogNamesTenant_R138(t *testing.T) {
	d := open(t, publicURL)
	d.do("GET", "login.acme.example", "/where?code=gtc_canary", "", nil)
	if log := d.log.String(); !strings.Contains(log, "tenant=acme") || strings.Contains(log, "canary") {
		t.Error(log)
	}
}

// A client that leaves amid its request is no fault of ours: whoever knocks at
// the port must not be able to fill the log with errors.
func TestClientsMayLeave(t *testing.T) {
	d := open(t, publicURL)
	for _, text := range []string{"", "GET /whe", "POST /change HTTP/1.1\r\nHost: id.example.com\r\nContent-Length: 9\r\n\r\nx"} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", d.addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).SetLinger(0); err != nil { // the connection is reset
			t.Fatal(err)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.app.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if log := d.log.String(); strings.Contains(log, "level=ERROR") {
		t.Error(log)
	}
}
