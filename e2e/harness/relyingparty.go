package harness

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// RelyingParty is a small application that signs its visitors in with the
// server, by coreos/go-oidc and x/oauth2 alone.
type RelyingParty struct {
	URL      string
	Provider *oidc.Provider
	OAuth    oauth2.Config
	t        testing.TB
	server   *httptest.Server

	mu      sync.Mutex
	waiting map[string]pending // by state
	visits  []Visit
}

type pending struct{ verifier, nonce string }

// Visit is what the application knows of a visitor after sign-in.
type Visit struct {
	Tokens *oauth2.Token
	ID     *oidc.IDToken
	RawID  string
	Claims struct {
		Name  string `json:"name"`
		Email string `json:"email"`
	}
}

// NewRelyingParty starts the application. Configure tells it its client.
func NewRelyingParty(t testing.TB) *RelyingParty {
	t.Helper()
	rp := &RelyingParty{t: t, waiting: map[string]pending{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", rp.home)
	mux.HandleFunc("/login", rp.login)
	mux.HandleFunc("/callback", rp.callback)
	rp.server = httptest.NewServer(mux)
	t.Cleanup(rp.server.Close)
	rp.URL = rp.server.URL
	return rp
}

// Configure discovers the issuer and takes the client's credentials.
func (rp *RelyingParty) Configure(issuer, clientID, clientSecret string, scopes ...string) {
	rp.t.Helper()
	p, err := oidc.NewProvider(context.Background(), issuer)
	if err != nil {
		rp.t.Fatal(err)
	}
	rp.Provider = p
	rp.OAuth = oauth2.Config{
		ClientID: clientID, ClientSecret: clientSecret, Endpoint: p.Endpoint(),
		RedirectURL: rp.URL + "/callback", Scopes: append([]string{oidc.ScopeOpenID}, scopes...),
	}
}

// AuthURL begins a sign-in and returns the authorization request.
func (rp *RelyingParty) AuthURL(options ...oauth2.AuthCodeOption) string {
	state, wait := rand.Text(), pending{oauth2.GenerateVerifier(), rand.Text()}
	rp.mu.Lock()
	rp.waiting[state] = wait
	rp.mu.Unlock()
	options = append(options, oauth2.S256ChallengeOption(wait.verifier), oidc.Nonce(wait.nonce))
	return rp.OAuth.AuthCodeURL(state, options...)
}

func (rp *RelyingParty) home(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte(`<!doctype html><title>Portal</title><h1>Portal</h1><a id="login" href="/login">Sign in</a>`))
}

func (rp *RelyingParty) login(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, rp.AuthURL(), http.StatusFound)
}

func (rp *RelyingParty) callback(w http.ResponseWriter, r *http.Request) {
	visit, err := rp.Redeem(r.Context(), r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	_, _ = w.Write([]byte(`<!doctype html><title>Portal</title><h1 id="hello">Hello ` + visit.Claims.Name + `</h1>`))
}

// Redeem turns the answer to an authorization request into a visit, verifying
// all that a relying party must.
func (rp *RelyingParty) Redeem(ctx context.Context, answer url.Values) (*Visit, error) {
	rp.mu.Lock()
	wait, ok := rp.waiting[answer.Get("state")]
	delete(rp.waiting, answer.Get("state"))
	rp.mu.Unlock()
	switch {
	case !ok:
		return nil, refused("the state is not ours")
	case answer.Get("error") != "":
		return nil, refused(answer.Get("error"))
	case answer.Get("iss") != rp.Issuer():
		return nil, refused("the iss is not the issuer: " + answer.Get("iss"))
	}
	tokens, err := rp.OAuth.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(wait.verifier))
	if err != nil {
		return nil, err
	}
	visit := &Visit{Tokens: tokens}
	visit.RawID, _ = tokens.Extra("id_token").(string)
	visit.ID, err = rp.Provider.Verifier(&oidc.Config{ClientID: rp.OAuth.ClientID}).Verify(ctx, visit.RawID)
	if err != nil {
		return nil, err
	}
	if visit.ID.Nonce != wait.nonce {
		return nil, refused("the nonce is not ours")
	}
	if err := visit.ID.VerifyAccessToken(tokens.AccessToken); err != nil {
		return nil, err
	}
	info, err := rp.Provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return nil, err
	}
	if info.Subject != visit.ID.Subject {
		return nil, refused("userinfo speaks of somebody else")
	}
	if err := info.Claims(&visit.Claims); err != nil {
		return nil, err
	}
	rp.mu.Lock()
	rp.visits = append(rp.visits, *visit)
	rp.mu.Unlock()
	return visit, nil
}

// Issuer is the issuer that was discovered.
func (rp *RelyingParty) Issuer() string {
	var meta struct {
		Issuer string `json:"issuer"`
	}
	if err := rp.Provider.Claims(&meta); err != nil {
		rp.t.Error(err)
	}
	return meta.Issuer
}

// LastVisit is the newest sign-in.
func (rp *RelyingParty) LastVisit() *Visit {
	rp.t.Helper()
	rp.mu.Lock()
	defer rp.mu.Unlock()
	if len(rp.visits) == 0 {
		rp.t.Fatal("nobody has signed in to the application")
	}
	return &rp.visits[len(rp.visits)-1]
}

type refused string

func (r refused) Error() string { return string(r) }
