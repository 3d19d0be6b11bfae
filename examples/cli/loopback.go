package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"time"

	"golang.org/x/oauth2"
)

// loopback signs in with the browser of this machine, which brings the answer
// to a port that is opened for it (RFC 8252 section 7.3).
func (c *CLI) loopback(ctx context.Context) (*oauth2.Token, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	oauth := c.oauth
	oauth.RedirectURL = fmt.Sprintf("http://%s/callback", listener.Addr())
	state, verifier := rand.Text(), oauth2.GenerateVerifier()
	at := oauth.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("resource", c.api))
	fmt.Printf("Sign in with your browser. If it does not open by itself, go to\n%s\n", at)
	open(ctx, at)
	answer, err := await(ctx, listener, state)
	if err != nil {
		return nil, err
	}
	switch {
	case answer.Get("iss") != c.issuer: // RFC 9207
		return nil, errors.New("another issuer answered")
	case answer.Get("error") != "":
		return nil, errors.New("the issuer refuses: " + answer.Get("error"))
	}
	return oauth.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(verifier))
}

// await serves until the answer with our state has come. Requests with another
// are no answer to us, whoever sent them.
func await(ctx context.Context, listener net.Listener, state string) (url.Values, error) {
	answers := make(chan url.Values, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(state)) != 1 {
			http.Error(w, "This is not the answer that is awaited.", http.StatusBadRequest)
			return
		}
		_, _ = fmt.Fprintln(w, "Done. You can close this page and go back to the terminal.")
		select {
		case answers <- q:
		default: // a second one changes nothing
		}
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with Shutdown
	defer func() { _ = server.Shutdown(context.WithoutCancel(ctx)) }()
	select {
	case answer := <-answers:
		return answer, nil
	case <-time.After(5 * time.Minute):
		return nil, errors.New("nobody signed in within five minutes")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// open shows the address in the user's browser, if there is one. BROWSER names
// another program, as elsewhere.
func open(ctx context.Context, at string) {
	program := map[string]string{"darwin": "open", "windows": "explorer"}[runtime.GOOS]
	if program == "" {
		program = "xdg-open"
	}
	if own := os.Getenv("BROWSER"); own != "" {
		program = own
	}
	_ = exec.CommandContext(ctx, program, at).Start() //nolint:gosec // the address is our own, and stands on the terminal too
}
