package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A step is one operation of a worker; prepare makes one outside the measured time.
type (
	step    func(*worker) error
	prepare func(*worker) (step, error)
)

var operations = map[string]prepare{
	"discovery":          getOp(func(t *Target) string { return strings.TrimSuffix(t.Issuer, "/") + "/.well-known/openid-configuration" }, 200),
	"jwks":               getOp(func(t *Target) string { return t.endpoint("jwks_uri") }, 200),
	"authorize-redirect": authorizeOp,
	"login-page":         loginPageOp,
	"token-cc":           tokenCCOp,
	"introspect":         introspectOp,
	"userinfo":           userinfoOp,
	"refresh":            refreshOp,
	"code-flow":          codeFlowOp,
}

// opNames lists the operations, the cheapest first.
func opNames() []string {
	order := []string{"discovery", "jwks", "authorize-redirect", "login-page", "token-cc", "introspect", "userinfo", "refresh", "code-flow"}
	for _, n := range slices.Sorted(maps.Keys(operations)) {
		if !slices.Contains(order, n) {
			order = append(order, n)
		}
	}
	return order
}

func (t *Target) endpoint(name string) string {
	if s := t.Endpoints[name]; s != "" {
		return s
	}
	s, _ := t.meta[name].(string)
	return s
}

// ask sends a request and expects a status.
func (w *worker) ask(c *http.Client, req *http.Request, want int) ([]byte, error) {
	resp, body, err := w.do(c, req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != want {
		return nil, fmt.Errorf("%s %s: %s: %.300s", req.Method, req.URL.Path, resp.Status, body)
	}
	return body, nil
}

func getOp(where func(*Target) string, want int) prepare {
	return func(w *worker) (step, error) {
		u, err := url.Parse(where(w.target))
		if err != nil || u.Host == "" {
			return nil, errors.New("the server names no such endpoint")
		}
		return func(w *worker) error {
			_, err := w.ask(w.http, &http.Request{Method: "GET", URL: u, Header: http.Header{}}, want)
			return err
		}, nil
	}
}

// post sends a form as a client that authenticates itself.
func (w *worker) post(endpoint string, c *Client, v url.Values) ([]byte, error) {
	if c.Auth == "post" || c.Auth == "none" {
		v.Set("client_id", c.ID)
		if c.Auth == "post" {
			v.Set("client_secret", c.Secret)
		}
	}
	req, err := http.NewRequest("POST", endpoint, strings.NewReader(v.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if c.Auth == "" || c.Auth == "basic" {
		req.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Secret))
	}
	return w.ask(w.http, req, 200)
}

// tokens is a token response.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
}

func (w *worker) grant(c *Client, v url.Values) (tokens, error) {
	var t tokens
	body, err := w.post(w.target.endpoint("token_endpoint"), c, v)
	if err != nil {
		return t, err
	}
	if err := json.Unmarshal(body, &t); err != nil {
		return t, err
	}
	if t.Access == "" {
		return t, fmt.Errorf("no access token in %.200s", body)
	}
	return t, nil
}

func (w *worker) clientCredentials() (tokens, error) {
	cc := w.target.CC
	v := url.Values{"grant_type": {"client_credentials"}}
	if cc.Scope != "" {
		v.Set("scope", cc.Scope)
	}
	for k, s := range cc.Extra {
		v.Set(k, s)
	}
	return w.grant(cc, v)
}

func tokenCCOp(*worker) (step, error) {
	return func(w *worker) error {
		_, err := w.clientCredentials()
		return err
	}, nil
}

// introspectOp introspects the same live token over and over.
func introspectOp(w *worker) (step, error) {
	var t tokens
	var err error
	if w.target.OfLogin {
		t, err = w.login(w.target.Scope)
	} else {
		t, err = w.clientCredentials()
	}
	if err != nil {
		return nil, err
	}
	endpoint := w.target.endpoint("introspection_endpoint")
	return func(w *worker) error {
		body, err := w.post(endpoint, w.target.Introspect, url.Values{"token": {t.Access}})
		if err == nil && !bytes.Contains(body, []byte(`"active":true`)) && !bytes.Contains(body, []byte(`"active": true`)) {
			err = fmt.Errorf("not active: %.200s", body)
		}
		return err
	}, nil
}

func userinfoOp(w *worker) (step, error) {
	t, err := w.login(w.target.Scope)
	if err != nil {
		return nil, err
	}
	endpoint := w.target.endpoint("userinfo_endpoint")
	return func(w *worker) error {
		req, err := http.NewRequest("GET", endpoint, nil)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+t.Access)
		_, err = w.ask(w.http, req, 200)
		return err
	}, nil
}

// refreshOp follows one chain of refresh tokens per worker.
func refreshOp(w *worker) (step, error) {
	t, err := w.login(def(w.target.RefreshScope, w.target.Scope+" offline_access"))
	if err != nil {
		return nil, err
	}
	if t.Refresh == "" {
		return nil, errors.New("the login gave no refresh token")
	}
	w.token = t.Refresh
	return func(w *worker) error {
		t, err := w.grant(w.target.client(), url.Values{"grant_type": {"refresh_token"}, "refresh_token": {w.token}})
		if err == nil && t.Refresh != "" {
			w.token = t.Refresh
		}
		return err
	}, nil
}

func (w *worker) authorizeURL(scope string) (address, verifier string) {
	verifier = rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(verifier))
	v := url.Values{
		"response_type": {"code"}, "client_id": {w.target.ClientID}, "redirect_uri": {w.target.RedirectURI},
		"scope": {scope}, "state": {rand.Text()}, "nonce": {rand.Text()},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	for k, s := range w.target.AuthParams {
		v.Set(k, s)
	}
	return w.target.endpoint("authorization_endpoint") + "?" + v.Encode(), verifier
}

// authorizeOp is the first answer to an authorization request, without a session.
func authorizeOp(*worker) (step, error) {
	return func(w *worker) error {
		address, _ := w.authorizeURL(w.target.Scope)
		req, err := http.NewRequest("GET", address, nil)
		if err != nil {
			return err
		}
		resp, body, err := w.do(w.http, req)
		if err != nil {
			return err
		}
		if resp.StatusCode >= 400 || strings.Contains(resp.Header.Get("Location"), "error=") {
			return fmt.Errorf("%s %s: %.200s", resp.Status, resp.Header.Get("Location"), body)
		}
		return nil
	}, nil
}

// loginPageOp gets the page that an authorization request leads to, over and over.
func loginPageOp(w *worker) (step, error) {
	b := w.browser()
	address, _ := w.authorizeURL(w.target.Scope)
	if err := b.get(address); err != nil {
		return nil, err
	}
	page := b.at.String()
	return func(w *worker) error {
		req, err := http.NewRequest("GET", page, nil)
		if err != nil {
			return err
		}
		_, err = w.ask(b.http, req, 200)
		return err
	}, nil
}

func codeFlowOp(*worker) (step, error) {
	return func(w *worker) error {
		_, err := w.login(w.target.Scope)
		return err
	}, nil
}

// login is a whole login without a browser: authorize, the forms, the code, the tokens.
func (w *worker) login(scope string) (tokens, error) {
	address, verifier := w.authorizeURL(scope)
	b := w.browser()
	if err := b.get(address); err != nil {
		return tokens{}, err
	}
	if err := b.signIn(); err != nil {
		return tokens{}, err
	}
	code := b.answer.Get("code")
	if code == "" {
		return tokens{}, fmt.Errorf("no code: %v", b.answer)
	}
	t, err := w.grant(w.target.client(), url.Values{
		"grant_type": {"authorization_code"}, "code": {code},
		"redirect_uri": {w.target.RedirectURI}, "code_verifier": {verifier},
	})
	if err == nil && t.ID == "" && slices.Contains(strings.Fields(scope), "openid") {
		err = errors.New("no ID token")
	}
	return t, err
}
