package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/static"
)

// raw sends bytes as they are and reads one answer.
func (d *door) raw(text string) got {
	d.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(d.t.Context(), "tcp", d.addr)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, text); err != nil {
		d.t.Fatal(err)
	}
	method, _, _ := strings.Cut(text, " ")
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		d.t.Fatalf("%q: %v", text, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return got{resp.StatusCode, resp.Header, string(body)}
}

// L39, L40: proxies may add a header of their own below the client's, rather
// than write behind it. All are one list.
func TestForwardedHeadersAreOneList(t *testing.T) {
	d := open(t, publicURL, "127.0.0.0/8", "10.0.0.0/8")
	g := d.raw("GET /where HTTP/1.1\r\nHost: id.example.com\r\nX-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 203.0.113.7\r\nx-forwarded-for: 10.1.1.1\r\n\r\n")
	if !strings.HasSuffix(g.body, " 203.0.113.7") {
		t.Errorf("%d %s", g.status, g.body)
	}
}

// L82: what is ambiguous about the host or the framing ends with 400.
func TestAmbiguousRequestsAreRefused(t *testing.T) {
	d := open(t, publicURL)
	for name, raw := range map[string]string{
		"two hosts":            "GET /where HTTP/1.1\r\nHost: id.example.com\r\nHost: evil.example\r\n\r\n",
		"no host":              "GET /where HTTP/1.1\r\n\r\n",
		"length and chunks":    "POST /change HTTP/1.1\r\nHost: id.example.com\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"an unknown encoding":  "POST /change HTTP/1.1\r\nHost: id.example.com\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"a negative length":    "POST /change HTTP/1.1\r\nHost: id.example.com\r\nContent-Length: -1\r\n\r\n",
		"a signed length":      "POST /change HTTP/1.1\r\nHost: id.example.com\r\nContent-Length: +1\r\n\r\nx",
		"a bare return":        "GET /where HTTP/1.1\r\nHost: id.example.com\r\nX-A: b\rX-B: c\r\n\r\n",
		"a huge chunk":         "POST /change HTTP/1.1\r\nHost: id.example.com\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx\r\n",
		"a NUL in the path":    "GET /wh\x00ere HTTP/1.1\r\nHost: id.example.com\r\n\r\n",
		"a header of no name":  "GET /where HTTP/1.1\r\nHost: id.example.com\r\n: x\r\n\r\n",
		"a space in the path":  "GET /whe re HTTP/1.1\r\nHost: id.example.com\r\n\r\n",
		"a user in the host":   "GET /where HTTP/1.1\r\nHost: id.example.com@evil.example\r\n\r\n",
		"a user before ours":   "GET /where HTTP/1.1\r\nHost: evil.example@id.example.com\r\n\r\n",
		"ours, and another":    "GET https://id.example.com/where HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"a slash in the host":  "GET /where HTTP/1.1\r\nHost: id.example.com/x\r\n\r\n",
		"something to CONNECT": "CONNECT id.example.com:443 HTTP/1.1\r\nHost: id.example.com\r\n\r\n",
	} {
		g := d.raw(raw)
		if g.status < 400 || g.status > 499 {
			t.Errorf("%s: %d %s", name, g.status, g.body)
		}
	}
}

// RFC 9112 §3.2.2: the host of an absolute target counts.
func TestAbsoluteTarget_R3(t *testing.T) {
	d := open(t, publicURL)
	if g := d.raw("GET http://evil.example/where HTTP/1.1\r\nHost: id.example.com\r\n\r\n"); g.status != 421 || g.body != "" {
		t.Errorf("%d %s", g.status, g.body)
	}
	if g := d.raw("GET /where HTTP/1.1\r\nHost: id.example.com:443\r\n\r\n"); g.status != 200 || !strings.HasPrefix(g.body, "default https://id.example.com ") {
		t.Errorf("with the port that https means: %d %s", g.status, g.body)
	}
}

// R110: what the server below refuses bears an id and the same headers, too.
func TestEarlyRefusalsBearTheHeaders_R110(t *testing.T) {
	d := open(t, publicURL)
	for name, raw := range map[string]string{
		"malformed":    "POST /change HTTP/1.1\r\nHost: id.example.com\r\nContent-Length: x\r\n\r\n",
		"large header": "GET /where HTTP/1.1\r\nHost: id.example.com\r\nX-A: " + strings.Repeat("a", 20<<10) + "\r\n\r\n",
		"large body":   "POST /change HTTP/1.1\r\nHost: id.example.com\r\nContent-Length: 99999999\r\n\r\n",
	} {
		g := d.raw(raw)
		if g.status < 400 || g.header.Get("X-Request-Id") == "" || g.header.Get("X-Content-Type-Options") != "nosniff" ||
			g.header.Get("Strict-Transport-Security") == "" || g.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", name, g.status, g.header)
		}
	}
}

// RFC 9457: the shape of a refusal, with the request id as its instance.
func TestProblem(t *testing.T) {
	d := open(t, publicURL)
	g := d.do("GET", "id.example.com", "/refuse", "", nil)
	var p struct {
		Type, Title, Detail, Instance, Code string
		Status                              int
		Errors                              []struct{ Pointer, Detail, Code string }
	}
	if err := json.Unmarshal([]byte(g.body), &p); err != nil {
		t.Fatalf("%s: %v", g.body, err)
	}
	if g.status != 422 || g.header.Get("Content-Type") != "application/problem+json" || p.Status != 422 || p.Type != "about:blank" ||
		p.Title == "" || p.Detail == "" || p.Code != "input.invalid" || p.Instance != g.header.Get("X-Request-Id") {
		t.Errorf("%d %s", g.status, g.body)
	}
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/email" || p.Errors[0].Code != "input.format" || p.Errors[0].Detail == "" {
		t.Errorf("%+v", p.Errors)
	}
}

// R84: who must wait is told for how long.
func TestRetryAfter_R84(t *testing.T) {
	d := open(t, publicURL)
	if g := d.do("GET", "id.example.com", "/wait", "", nil); g.status != 429 || g.header.Get("Retry-After") != "2" {
		t.Errorf("%d %v", g.status, g.header)
	}
}

// RFC 9110 §15.5.6 and §9.3.2: what is allowed is named; HEAD is what GET is,
// without the body, where nothing hangs on it.
func TestMethods(t *testing.T) {
	d := open(t, publicURL)
	if g := d.do("DELETE", "id.example.com", "/change", "", nil); g.status != 405 || g.header.Get("Allow") != "POST" {
		t.Errorf("%d %v", g.status, g.header)
	}
	if g := d.raw("HEAD /healthz HTTP/1.1\r\nHost: id.example.com\r\n\r\n"); g.status != 200 || g.body != "" {
		t.Errorf("%d %s", g.status, g.body)
	}
	if g := d.do("TRACE", "id.example.com", "/where", "", nil); g.status != 405 && g.status != 400 {
		t.Errorf("TRACE: %d", g.status)
	}
}

// R106: nothing of the answer that a handler had begun is left after a panic.
func TestPanicLeavesNothing_R106(t *testing.T) {
	d := open(t, publicURL)
	g := d.do("GET", "id.example.com", "/panic-late", "", nil)
	if g.status != 500 || g.header.Get("Set-Cookie") != "" || g.header.Get("Location") != "" || g.header.Get("X-Frame") != "" ||
		g.header.Get("X-Content-Type-Options") != "nosniff" || g.header.Get("X-Request-Id") == "" {
		t.Errorf("%d %v", g.status, g.header)
	}
}

// Assets may be kept for ever, are compressed once, and never sniffed.
func TestStatic(t *testing.T) {
	d := open(t, publicURL)
	path := static.Asset("tabler.css").Path
	plain := d.do("GET", "id.example.com", path, "", map[string]string{"Accept-Encoding": "identity"})
	packed := d.do("GET", "id.example.com", path, "", map[string]string{"Accept-Encoding": "gzip, br"})
	for _, g := range []got{plain, packed} {
		if g.status != 200 || !strings.Contains(g.header.Get("Cache-Control"), "immutable") || !strings.HasPrefix(g.header.Get("Content-Type"), "text/css") ||
			g.header.Get("Vary") != "Accept-Encoding" || g.header.Get("X-Content-Type-Options") != "nosniff" || g.header.Get("Set-Cookie") != "" {
			t.Errorf("%d %v", g.status, g.header)
		}
	}
	if packed.header.Get("Content-Encoding") == "" || plain.header.Get("Content-Encoding") != "" || len(packed.body) >= len(plain.body) {
		t.Errorf("%v, %v", plain.header, packed.header)
	}
	for _, bad := range []string{"/static/", "/static/nothing.js", "/static/tabler.css/", "/static/..%2fapp.go"} {
		if g := d.do("GET", "id.example.com", bad, "", nil); g.status != 404 && g.status != 400 {
			t.Errorf("%s: %d", bad, g.status)
		}
	}
}

// Stopping waits for no connection that merely stands open.
func TestShutdownDoesNotWaitForIdleConnections(t *testing.T) {
	d := open(t, publicURL)
	var idle []net.Conn
	for range 3 {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", d.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		idle = append(idle, conn)
	}
	if _, err := io.WriteString(idle[0], "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(idle[0]).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(idle[1], "GET /hea"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	began := time.Now()
	if err := d.app.Shutdown(ctx); err != nil || time.Since(began) > 2*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

// A request under way is answered before the server stops.
func TestShutdownAnswersWhatIsUnderWay(t *testing.T) {
	d := open(t, publicURL)
	answered := make(chan got, 1)
	go func() { answered <- d.raw("GET /slow HTTP/1.1\r\nHost: id.example.com\r\n\r\n") }()
	<-d.slow // the handler has begun
	stopped := make(chan error, 1)
	go func() { stopped <- d.app.Shutdown(context.Background()) }()
	close(d.release)
	if g := <-answered; g.status != 204 {
		t.Errorf("%d", g.status)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
