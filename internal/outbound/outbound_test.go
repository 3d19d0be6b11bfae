package outbound_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/outbound"
)

// names is a resolver with fixed answers that counts its questions.
type names struct {
	answers map[string][]string
	asked   atomic.Int32
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.asked.Add(1)
	var out []netip.Addr
	for _, a := range n.answers[host] {
		out = append(out, netip.MustParseAddr(a))
	}
	if len(out) == 0 {
		return nil, errors.New("no such host")
	}
	return out, nil
}

// server is a TLS server on loopback whose certificate names example.com.
type server struct {
	*httptest.Server
	hits atomic.Int32
	last http.Header
}

func serve(t *testing.T, handler http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hits.Add(1)
		s.last = r.Header.Clone()
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) port() string {
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	return port
}

func (s *server) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

func jsonAnswer(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Set-Cookie", "a=b")
	w.Header().Set("Cache-Control", "max-age=60")
	w.Header().Set("X-Inside", "secret")
	_, _ = fmt.Fprint(w, `{"keys":[]}`)
}

func TestPublic_R100(t *testing.T) {
	for _, test := range []struct {
		want  bool
		addrs string
	}{
		{true, "8.8.8.8 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255"},
		{true, "2606:4700::1111 2001:4860:4860::8888 2001:200:: 2003:: ::ffff:8.8.8.8 3ffe::"},
		{false, "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1 172.31.255.255"},
		{false, "192.0.0.0 192.0.0.170 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.1.1 192.175.48.1 198.18.0.0 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255"},
		{false, ":: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 ::8.8.8.8 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 100:0:0:1::1 5f00::1"},
		{false, "2001::1 2001:0:7f00:1:: 2001:2::1 2001:10::1 2001:20::1 2001:1ff:: 2001:db8::1 2002:7f00:1:: 2002:808:808::1 2620:4f:8000::1 3fff::1"},
		{false, "fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 2606:4700::1%eth0 4000::1"},
	} {
		for a := range strings.FieldsSeq(test.addrs) {
			if got := outbound.Public(netip.MustParseAddr(a)); got != test.want {
				t.Errorf("Public(%s) = %v", a, got)
			}
		}
	}
	if outbound.Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestCheckURL_R100(t *testing.T) {
	for raw, want := range map[string]bool{
		"https://example.com":               true,
		"https://example.com:8443/a?b=c":    true,
		"https://EXAMPLE.com./":             true,
		"https://xn--bcher-kva.example/":    true,
		"https://8.8.8.8/":                  true,
		"https://[2606:4700::1]/":           true,
		"http://localhost:3000/":            true,
		"http://127.0.0.1/":                 true,
		"http://[::1]:9/":                   true,
		"http://example.com/":               false,
		"http://10.0.0.1/":                  false,
		"ftp://example.com/":                false,
		"file:///etc/passwd":                false,
		"gopher://example.com/":             false,
		"//example.com/":                    false,
		"example.com":                       false,
		"":                                  false,
		"https://":                          false,
		"https://user@example.com/":         false,
		"https://user:pass@example.com/":    false,
		"https://example.com/#x":            false,
		"https://example.com:0/":            false,
		"https://127.1/":                    false,
		"https://2130706433/":               false,
		"https://0x7f000001/":               false,
		"https://0177.0.0.1/":               false,
		"https://[::ffff:127.0.0.1]/":       false,
		"https://[fe80::1%25eth0]/":         false,
		"https://bücher.example/":           false,
		"https://a..b/":                     false,
		"https://exa mple.com/":             false,
		"https://example.com\\@evil.test/":  false,
		"https:example.com":                 false,
		"https://1.2.3.4.example.com/":      true,
		"https://example.com\r\nHost: a.b/": false,
	} {
		if err := outbound.CheckURL(raw); (err == nil) != want {
			t.Errorf("CheckURL(%q) = %v", raw, err)
		}
	}
}

// R100: what a name may resolve to, and what the allow list changes.
func TestAddresses_R100(t *testing.T) {
	s := serve(t, jsonAnswer)
	loopback := netip.MustParsePrefix("127.0.0.0/8")
	for _, test := range []struct {
		name    string
		host    string
		answers []string
		hosts   []string
		nets    []netip.Prefix
		want    error
	}{
		{"loopback", "example.com", []string{"127.0.0.1"}, nil, nil, outbound.ErrRefused},
		{"mapped loopback", "example.com", []string{"::ffff:127.0.0.1"}, nil, nil, outbound.ErrRefused},
		{"metadata", "example.com", []string{"169.254.169.254"}, nil, nil, outbound.ErrRefused},
		{"private", "example.com", []string{"10.0.0.1"}, nil, nil, outbound.ErrRefused},
		{"NAT64", "example.com", []string{"64:ff9b::7f00:1"}, nil, nil, outbound.ErrRefused},
		{"one of two is private", "example.com", []string{"8.8.8.8", "127.0.0.1"}, nil, nil, outbound.ErrRefused},
		{"public at another port", "example.com", []string{"8.8.8.8"}, nil, nil, outbound.ErrRefused},
		{"unknown name", "example.com", nil, nil, nil, outbound.ErrUnreachable},
		{"literal loopback", "127.0.0.1", nil, nil, nil, outbound.ErrRefused},
		{"literal, listed", "127.0.0.1", nil, nil, []netip.Prefix{loopback}, nil},
		{"literal, listed as host", "127.0.0.1", nil, []string{"127.0.0.1"}, nil, nil},
		{"listed network", "example.com", []string{"127.0.0.1"}, nil, []netip.Prefix{loopback}, nil},
		{"listed host", "example.com", []string{"127.0.0.1"}, []string{"Example.com."}, nil, nil},
		{"listed host, written in capitals with a dot", "EXAMPLE.com.", []string{"127.0.0.1"}, []string{"example.com"}, nil, nil},
		{"another host is listed", "example.com", []string{"127.0.0.1"}, []string{"example.org"}, nil, outbound.ErrRefused},
		{"a listed host does not reach metadata", "example.com", []string{"169.254.169.254"}, []string{"example.com"}, nil, outbound.ErrRefused},
		{"listed network, second address is not", "example.com", []string{"127.0.0.1", "10.0.0.1"}, nil, []netip.Prefix{loopback}, outbound.ErrRefused},
		{"the certificate names another host", "other.test", []string{"127.0.0.1"}, []string{"other.test"}, nil, outbound.ErrUnreachable},
	} {
		t.Run(test.name, func(t *testing.T) {
			resolver := &names{answers: map[string][]string{test.host: test.answers, strings.ToLower(strings.TrimSuffix(test.host, ".")): test.answers}}
			c := outbound.New(outbound.Options{Hosts: test.hosts, Networks: test.nets, Resolver: resolver, Roots: s.roots()})
			answer, err := c.Do(t.Context(), outbound.Request{URL: "https://" + test.host + ":" + s.port() + "/"})
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if err == nil && (answer.Status != 200 || string(answer.Body) != `{"keys":[]}`) {
				t.Errorf("answer %d %q", answer.Status, answer.Body)
			}
		})
	}
}

// R100: the name is looked up once; a second, private answer is never used.
func TestRebinding_R100(t *testing.T) {
	s := serve(t, jsonAnswer)
	resolver := &names{answers: map[string][]string{"example.com": {"127.0.0.1"}}}
	c := outbound.New(outbound.Options{Hosts: []string{"example.com"}, Resolver: resolver, Roots: s.roots()})
	if _, err := c.Do(t.Context(), outbound.Request{URL: "https://example.com:" + s.port()}); err != nil {
		t.Fatal(err)
	}
	if got := resolver.asked.Load(); got != 1 {
		t.Errorf("asked %d times", got)
	}
}

// R100: http only for loopback, and only where it is listed.
func TestPlain_R100(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(jsonAnswer))
	defer plain.Close()
	_, port, _ := net.SplitHostPort(plain.Listener.Addr().String())
	resolver := &names{answers: map[string][]string{"localhost": {"127.0.0.1"}, "a.localhost": {"10.0.0.1"}}}
	listed := outbound.New(outbound.Options{Hosts: []string{"localhost", "a.localhost"}, Resolver: resolver})
	for _, test := range []struct {
		name string
		c    *outbound.Client
		host string
		want error
	}{
		{"listed", listed, "localhost", nil},
		{"not loopback after all", listed, "a.localhost", outbound.ErrRefused},
		{"not listed", outbound.New(outbound.Options{Resolver: resolver}), "localhost", outbound.ErrRefused},
		{"no loopback name", listed, "example.com", outbound.ErrRefused},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := test.c.Do(t.Context(), outbound.Request{URL: "http://" + test.host + ":" + port}); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

func client(s *server) *outbound.Client {
	return outbound.New(outbound.Options{
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Roots: s.roots(),
		Total: 300 * time.Millisecond,
	})
}

func TestAnswers_R100(t *testing.T) {
	for _, test := range []struct {
		name    string
		types   []string
		handler http.HandlerFunc
		want    error
	}{
		{"right type", []string{"application/json"}, jsonAnswer, nil},
		{"any type", nil, jsonAnswer, nil},
		{"wrong type", []string{"application/jwk-set+json"}, jsonAnswer, outbound.ErrAnswer},
		{"at the limit", nil, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, outbound.MaxBody)) }, nil},
		{"over the limit", nil, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, outbound.MaxBody+1)) }, outbound.ErrAnswer},
		{"over the limit, announced", nil, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9999999")
			w.WriteHeader(http.StatusOK)
		}, outbound.ErrAnswer},
		{"huge header", nil, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("a", 64<<10))
		}, outbound.ErrUnreachable},
		{"no answer in time", nil, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, outbound.ErrUnreachable},
		{"broken off", nil, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, outbound.ErrUnreachable},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.handler)
			answer, err := client(s).Do(t.Context(), outbound.Request{URL: s.URL, Types: test.types})
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), s.port()) {
				t.Errorf("the error says too much: %v", err)
			}
			if err == nil && (answer.Header.Get("Set-Cookie") != "" || answer.Header.Get("X-Inside") != "") {
				t.Errorf("header %v", answer.Header)
			}
		})
	}
}

// R100: redirects are answers; one is followed on request, checked anew.
func TestRedirects_R100(t *testing.T) {
	var target string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/end":
			jsonAnswer(w, r)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			http.Redirect(w, r, target, http.StatusFound)
		}
	})
	for _, test := range []struct {
		name, target string
		follow       bool
		status       int
		want         error
	}{
		{"not followed", "/end", false, 302, nil},
		{"followed", "/end", true, 200, nil},
		{"only one", "/loop", true, 302, nil},
		{"to plain http", "http://example.com/", true, 0, outbound.ErrRefused},
		{"to metadata", "https://169.254.169.254/", true, 0, outbound.ErrRefused},
		{"to a file", "file:///etc/passwd", true, 0, outbound.ErrRefused},
	} {
		t.Run(test.name, func(t *testing.T) {
			target = test.target
			answer, err := client(s).Do(t.Context(), outbound.Request{
				URL: s.URL, Redirect: test.follow, Header: http.Header{"Authorization": {"Bearer x"}},
			})
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if err == nil && answer.Status != test.status {
				t.Errorf("status %d", answer.Status)
			}
			if test.status == 200 && s.last.Get("Authorization") != "" {
				t.Error("the credentials went along")
			}
		})
	}
}

// R100: no cookies, no proxy, no compression, our name alone.
func TestRequest_R100(t *testing.T) {
	proxied := atomic.Int32{}
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied.Add(1) }))
	defer proxy.Close()
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("https_proxy", proxy.URL)
	s := serve(t, jsonAnswer)
	c := outbound.New(outbound.Options{
		Hosts: []string{"example.com"}, Roots: s.roots(),
		Resolver: &names{answers: map[string][]string{"example.com": {"127.0.0.1"}}},
	})
	for range 2 {
		_, err := c.Do(t.Context(), outbound.Request{
			Method: http.MethodPost, URL: "https://example.com:" + s.port() + "/hook", Body: []byte("{}"),
			Header: http.Header{"Cookie": {"a=b"}, "Content-Type": {"application/json"}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if s.last.Get("Cookie") != "" || s.last.Get("Accept-Encoding") != "" || s.last.Get("User-Agent") != "Gatehouse" {
		t.Errorf("sent %v", s.last)
	}
	if s.hits.Load() != 2 || proxied.Load() != 0 {
		t.Errorf("%d calls, %d by the proxy", s.hits.Load(), proxied.Load())
	}
}

func TestHTTPKeepsTheRules_R101(t *testing.T) {
	s := serve(t, jsonAnswer)
	c := outbound.New(outbound.Options{Roots: s.roots()}).HTTP()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(request)
	if err == nil {
		_ = answer.Body.Close()
	}
	var wrapped *url.Error
	if !errors.Is(err, outbound.ErrRefused) || !errors.As(err, &wrapped) {
		t.Errorf("error %v", err)
	}
	if s.hits.Load() != 0 {
		t.Error("the server was called")
	}
}
