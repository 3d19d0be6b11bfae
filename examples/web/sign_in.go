package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// attempt is the cookie of a sign-in under way. It holds what the answer must
// match, so that only the browser that began can end it.
const attempt = "attempt"

// login sends the browser to the issuer: the code flow with PKCE (RFC 7636).
func (w *Web) login(rw http.ResponseWriter, r *http.Request) {
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	http.SetCookie(rw, w.cookie(attempt, state+"."+nonce+"."+verifier, 10*time.Minute))
	http.Redirect(rw, r, w.oauth.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oidc.Nonce(nonce),
		oauth2.SetAuthURLParam("resource", w.api)), http.StatusFound)
}

// callback takes the issuer's answer and begins a session.
func (w *Web) callback(rw http.ResponseWriter, r *http.Request) {
	http.SetCookie(rw, w.cookie(attempt, "", -time.Second))
	s, err := w.redeem(r.Context(), r)
	if err != nil {
		w.log.WarnContext(r.Context(), "nobody was signed in", "error", err)
		http.Error(rw, "The sign-in did not succeed. Go back to the application and try again.", http.StatusForbidden)
		return
	}
	w.sessions.End(r) // a browser has one session at a time
	http.SetCookie(rw, w.cookie(session, w.sessions.Begin(s), 0))
	http.Redirect(rw, r, "/", http.StatusSeeOther)
}

func (w *Web) redeem(ctx context.Context, r *http.Request) (*Session, error) {
	c, err := r.Cookie(prefix(w.url) + attempt)
	if err != nil {
		return nil, err
	}
	answer, parts := r.URL.Query(), strings.Split(c.Value, ".")
	switch {
	case len(parts) != 3 || subtle.ConstantTimeCompare([]byte(parts[0]), []byte(answer.Get("state"))) != 1:
		return nil, errors.New("the state is not ours")
	case answer.Get("iss") != w.issuer: // RFC 9207: the answer of another issuer
		return nil, errors.New("another issuer answered")
	case answer.Get("error") != "":
		return nil, errors.New(answer.Get("error"))
	}
	tokens, err := w.oauth.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(parts[2]))
	if err != nil {
		return nil, err
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := w.ids.Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	if id.Nonce != parts[1] {
		return nil, errors.New("the nonce is not ours")
	}
	return w.visitor(ctx, id, raw, tokens)
}

// visitor is the session that comes of a sign-in. Its source renews the access
// token when it has expired, and keeps the refresh token that came with it.
func (w *Web) visitor(ctx context.Context, id *oidc.IDToken, raw string, tokens *oauth2.Token) (*Session, error) {
	var claims struct {
		Name  string `json:"name"`
		Email string `json:"email"`
		SID   string `json:"sid"`
	}
	if err := id.Claims(&claims); err != nil {
		return nil, err
	}
	if claims.Name == "" {
		info, err := w.provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
		if err != nil {
			return nil, err
		}
		if info.Subject != id.Subject {
			return nil, errors.New("userinfo speaks of somebody else")
		}
		if err := info.Claims(&claims); err != nil {
			return nil, err
		}
	}
	return &Session{
		Name: claims.Name, Email: claims.Email, sid: claims.SID, sub: id.Subject, idToken: raw,
		tokens: w.oauth.TokenSource(context.WithoutCancel(ctx), tokens),
	}, nil
}

// logout ends the session here and then at the issuer (OpenID Connect
// RP-Initiated Logout 1.0).
func (w *Web) logout(rw http.ResponseWriter, r *http.Request) {
	s := w.sessions.Of(r)
	w.forget(rw, r)
	if s == nil {
		http.Redirect(rw, r, "/", http.StatusSeeOther)
		return
	}
	q := url.Values{"id_token_hint": {s.idToken}, "client_id": {w.oauth.ClientID}, "post_logout_redirect_uri": {w.url + "/"}}
	http.Redirect(rw, r, w.end+"?"+q.Encode(), http.StatusSeeOther)
}

// backchannelLogout ends sessions that ended at the issuer (OpenID Connect
// Back-Channel Logout 1.0 section 2.6).
func (w *Web) backchannelLogout(rw http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(rw, r.Body, 16<<10)
	rw.Header().Set("Cache-Control", "no-store")
	token, err := w.ids.Verify(r.Context(), r.PostFormValue("logout_token"))
	if err != nil {
		http.Error(rw, "invalid logout_token", http.StatusBadRequest)
		return
	}
	var claims struct {
		SID    string         `json:"sid"`
		Events map[string]any `json:"events"`
	}
	err = token.Claims(&claims)
	_, told := claims.Events["http://schemas.openid.net/event/backchannel-logout"]
	if err != nil || !told || token.Nonce != "" || token.Subject == "" && claims.SID == "" {
		http.Error(rw, "invalid logout_token", http.StatusBadRequest)
		return
	}
	w.sessions.EndOf(token.Subject, claims.SID)
}
