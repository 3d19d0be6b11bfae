package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/oauth2"
)

// Keep holds the tokens in a file that only its user can read. A program for
// many people keeps them in the key ring of the system.
type Keep string

// keepIn takes the file, or the usual place for it.
func keepIn(file string) (Keep, error) {
	if file != "" {
		return Keep(file), nil
	}
	dir, err := os.UserConfigDir()
	return Keep(filepath.Join(dir, "gatehouse-sample", "tokens.json")), err
}

// Put writes the tokens in one go, so that a crash leaves the former or these.
func (k Keep) Put(t *oauth2.Token) error {
	if err := os.MkdirAll(filepath.Dir(string(k)), 0o700); err != nil {
		return err
	}
	content, err := json.Marshal(t) //nolint:gosec // keeping the tokens is what the file is for
	if err != nil {
		return err
	}
	if err := os.WriteFile(string(k)+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(string(k)+".new", string(k))
}

// Get reads the tokens.
func (k Keep) Get() (*oauth2.Token, error) {
	content, err := os.ReadFile(string(k))
	if errors.Is(err, os.ErrNotExist) {
		return nil, errors.New("nobody is signed in: cli login")
	} else if err != nil {
		return nil, err
	}
	t := &oauth2.Token{}
	return t, json.Unmarshal(content, t)
}

// logout has the issuer revoke the refresh token and all that came of it
// (RFC 7009), and forgets them here.
func (c *CLI) logout(ctx context.Context) error {
	t, err := c.keep.Get()
	if err != nil {
		return err
	}
	form := url.Values{"token": {t.RefreshToken}, "token_type_hint": {"refresh_token"}, "client_id": {c.oauth.ClientID}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.revocation, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the issuer answers %s", resp.Status)
	}
	fmt.Println("Signed out")
	return os.Remove(string(c.keep))
}
