package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is a running gatehouse.
type Server struct {
	URL string // the public URL
	// Client reaches the server: it trusts its certificate, if it has one.
	Client *http.Client
	port   int
	t      testing.TB
	cmd    *exec.Cmd
	out    output
	done   chan struct{}
}

// output collects what the server prints while others read it.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// String is all that was printed so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// patience is how long anything may take before a test gives up.
const patience = 30 * time.Second

// Serve starts the server on a free port and waits until it is ready. It is
// stopped after the test.
func (d *Deployment) Serve(t testing.TB) *Server {
	t.Helper()
	return d.ServeOn(t, freePort(t))
}

// ServeOn starts the server on this port of the loopback interface.
func (d *Deployment) ServeOn(t testing.TB, port int) *Server {
	t.Helper()
	s := &Server{URL: "http://localhost:" + strconv.Itoa(port), Client: http.DefaultClient, port: port, t: t, done: make(chan struct{})}
	if d.trusts != nil {
		s.URL, s.Client = "https://localhost:"+strconv.Itoa(port), d.trusts
	}
	s.cmd = exec.Command(Binary(t), "serve") //nolint:gosec,noctx // our own binary; stopped by Stop
	s.cmd.Dir = d.Dir
	s.cmd.Env = append(d.environ(),
		fmt.Sprintf("GATEHOUSE_LISTEN=127.0.0.1:%d", port), "GATEHOUSE_PUBLIC_URL="+s.URL,
		fmt.Sprintf("GATEHOUSE_METRICS_LISTEN=127.0.0.1:%d", freePort(t)))
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.cmd.Wait(); close(s.done) }()
	t.Cleanup(s.Stop)
	s.await()
	return s
}

// await polls until the server says that it can serve.
func (s *Server) await() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !s.ready(ctx) {
		select {
		case <-tick.C:
		case <-s.done:
			s.t.Fatalf("the server ended:\n%s", s.out.String())
		case <-ctx.Done():
			s.t.Fatalf("the server is not ready:\n%s", s.out.String())
		}
	}
}

func (s *Server) ready(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := s.Client.Do(req)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

// Get fetches a path of the server.
func (s *Server) Get(t testing.TB, path string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// Await fetches a path until the answer has this status.
func (s *Server) Await(t testing.TB, path string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		got, body := s.Get(t, path)
		if got == status {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s stays %d: %s", path, got, body)
		}
	}
}

// Stop asks the server to end and waits for it. It may be called twice.
func (s *Server) Stop() {
	s.end(syscall.SIGTERM)
}

// Kill ends the server at once, as a power cut would.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

func (s *Server) end(sig syscall.Signal) {
	s.t.Helper()
	select {
	case <-s.done:
		return
	default:
	}
	_ = s.cmd.Process.Signal(sig) // it may have ended meanwhile
	select {
	case <-s.done:
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		s.t.Errorf("the server did not end on %v:\n%s", sig, s.out.String())
	}
}

// Port is the port that the server listens on.
func (s *Server) Port() int { return s.port }

// Output is what the server has printed.
func (s *Server) Output() string { return s.out.String() }

var setupLink = regexp.MustCompile(`https?://\S+/console/setup\S*`)

// SetupLink is the one-time link that the server prints once it serves.
func (s *Server) SetupLink() string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if link := setupLink.FindString(s.out.String()); link != "" {
			return link
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.t.Fatalf("no set-up link was printed:\n%s", s.out.String())
		}
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // it is TCP
}
