// Command cli is a native application on the command line: it signs its user in
// with the browser of the same machine, or with that of another one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const usage = `Usage:
  cli login             sign in with the browser of this machine
  cli login -device     sign in with the browser of another one
  cli whoami            who is signed in
  cli notes             what the API keeps for you
  cli logout            sign out, here and at the issuer
`

var errUsage = errors.New(strings.TrimSpace(usage))

// CLI is the application.
type CLI struct {
	issuer, api string
	provider    *oidc.Provider
	revocation  string // endpoint
	oauth       oauth2.Config
	keep        Keep
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	c, err := discover(ctx)
	if err != nil {
		return err
	}
	switch args[0] {
	case "login":
		flags := flag.NewFlagSet("login", flag.ContinueOnError)
		device := flags.Bool("device", false, "sign in with the browser of another machine")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return c.login(ctx, *device)
	case "whoami":
		return c.whoami(ctx)
	case "notes":
		return c.notes(ctx)
	case "logout":
		return c.logout(ctx)
	}
	return errUsage
}

func setting(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}

func discover(ctx context.Context) (*CLI, error) {
	c := &CLI{issuer: setting("ISSUER", "http://localhost:8080/t/demo"), api: setting("API_URL", "http://localhost:3002")}
	var err error
	if c.keep, err = keepIn(os.Getenv("CLI_TOKEN_FILE")); err != nil {
		return nil, err
	}
	if c.provider, err = oidc.NewProvider(ctx, c.issuer); err != nil {
		return nil, err
	}
	var metadata struct {
		Revocation string `json:"revocation_endpoint"`
	}
	if err := c.provider.Claims(&metadata); err != nil {
		return nil, err
	}
	c.revocation = metadata.Revocation
	c.oauth = oauth2.Config{
		ClientID: "sample-cli", Endpoint: c.provider.Endpoint(), // no secret: whoever has the program could read it
		Scopes: []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess, "notes:read"},
	}
	c.oauth.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	return c, nil
}

func (c *CLI) login(ctx context.Context, device bool) error {
	by := c.loopback
	if device {
		by = c.device
	}
	tokens, err := by(ctx)
	if err != nil {
		return err
	}
	if err := c.keep.Put(tokens); err != nil {
		return err
	}
	return c.whoami(ctx)
}

// token is a good access token. A renewed one is kept with the refresh token
// that came along, since the former is used up (RFC 9700 section 4.14).
func (c *CLI) token(ctx context.Context) (*oauth2.Token, error) {
	kept, err := c.keep.Get()
	if err != nil {
		return nil, err
	}
	now, err := c.oauth.TokenSource(ctx, kept).Token()
	if err != nil {
		return nil, fmt.Errorf("sign in again: %w", err)
	}
	if now.AccessToken == kept.AccessToken {
		return now, nil
	}
	return now, c.keep.Put(now)
}

func (c *CLI) whoami(ctx context.Context) error {
	token, err := c.token(ctx)
	if err != nil {
		return err
	}
	info, err := c.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return err
	}
	var claims struct {
		Name string `json:"name"`
	}
	if err := info.Claims(&claims); err != nil {
		return err
	}
	fmt.Printf("%s <%s>, sub %s\n", claims.Name, info.Email, info.Subject)
	return nil
}

func (c *CLI) notes(ctx context.Context) error {
	token, err := c.token(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.api+"/notes", nil)
	if err != nil {
		return err
	}
	token.SetAuthHeader(req)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the API answers %s: %s", resp.Status, resp.Header.Get("WWW-Authenticate"))
	}
	_, err = io.Copy(os.Stdout, io.LimitReader(resp.Body, 1<<20))
	return err
}
