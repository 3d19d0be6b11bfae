package outbound

import (
	"io"
	"net"
	"net/http"
	"strings"
)

// userAgent is all that a call tells about this server.
const userAgent = "Gatehouse"

// guard checks each request before a transport sees it and bounds the answer.
type guard struct {
	secure, plain http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := checkURL(request.URL); err != nil {
		return nil, err
	}
	request = request.Clone(request.Context())
	request.URL.Host, request.Host = canonical(request), ""
	request.Header.Del("Cookie")
	request.Header.Set("User-Agent", userAgent)
	transport := g.secure
	if request.URL.Scheme == "http" {
		transport = g.plain
	}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	answer.Header.Del("Set-Cookie")
	if answer.ContentLength > MaxBody {
		_ = answer.Body.Close() // the answer is thrown away
		return nil, ErrAnswer
	}
	answer.Body = &bounded{body: answer.Body, left: MaxBody}
	return answer, nil
}

// canonical writes the host as the allow list is compared.
func canonical(request *http.Request) string {
	host := hostName(request.URL.Hostname())
	if port := request.URL.Port(); port != "" {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// bounded gives ErrAnswer once an answer is longer than MaxBody.
type bounded struct {
	body io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrAnswer
	}
	return n, err
}

// Close implements io.Closer.
func (b *bounded) Close() error { return b.body.Close() }
