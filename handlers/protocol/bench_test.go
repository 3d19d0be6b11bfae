package protocol_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/valyala/fasthttp"
)

// What a front page of the protocol costs without the sockets: the request is
// parsed, answered and written.
func BenchmarkFront(b *testing.B) {
	h := build(b)
	authorize := "/t/acme/oauth2/authorize?client_id=spa&response_type=code&scope=openid+profile+email&state=0123456789abcdef" +
		"&nonce=fedcba9876543210&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeGt1URTh5I8tdTt2o1g&code_challenge_method=S256&redirect_uri=" + origin + "/cb"
	seen := h.send("GET", authorize, "")
	at := seen.header.Get("Location")
	page := at[strings.Index(at, "/t/acme"):]
	cookie := "Cookie: " + strings.Split(seen.header.Get("Set-Cookie"), ";")[0]
	if h.send("GET", page, "").status != http.StatusOK {
		b.Fatal("there is no sign-in page at " + page)
	}
	for _, c := range []struct {
		name, path, cookie string
		status             int
	}{
		{"discovery", "/t/acme/.well-known/openid-configuration", "", 200},
		{"jwks", "/t/acme/oauth2/jwks", "", 200},
		{"authorize", authorize, "", 303},
		{"sign-in", page, cookie, 200},
	} {
		b.Run(c.name, func(b *testing.B) { h.drive(b, c.path, c.cookie, c.status) })
	}
}

func (h *house) drive(b *testing.B, path, cookie string, status int) {
	lines := []string{"GET " + path + " HTTP/1.1", "Host: " + strings.TrimPrefix(h.url, "http://"), "User-Agent: Mozilla/5.0", "Accept: */*", "Accept-Language: en-GB,en;q=0.8,de;q=0.5"}
	if cookie != "" {
		lines = append(lines, cookie)
	}
	raw := []byte(strings.Join(lines, "\r\n") + "\r\n\r\n")
	var c fasthttp.RequestCtx
	in, out := bufio.NewReaderSize(nil, 16<<10), bufio.NewWriterSize(io.Discard, 16<<10)
	b.ReportAllocs()
	began := cpu(b)
	for b.Loop() {
		c.ResetUserValues()
		c.Response.Reset()
		in.Reset(bytes.NewReader(raw))
		if err := c.Request.Read(in); err != nil {
			b.Fatal(err)
		}
		h.app.Server().Handler(&c)
		if c.Response.StatusCode() != status {
			b.Fatalf("%d %s", c.Response.StatusCode(), c.Response.Body())
		}
		if err := c.Response.Write(out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpu(b)-began)/float64(b.N), "cpu-ns/op") // machines are shared, and collecting garbage counts
}

// cpu is what the process has used, in nanoseconds.
func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
