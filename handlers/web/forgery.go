package web

import (
	"crypto/hmac"
	"encoding/base64"
	"net/url"
	"strings"
)

// TokenField is the form field that holds the token against forgery; TokenHeader
// is the header in its place.
const (
	TokenField  = "csrf"
	TokenHeader = "X-CSRF-Token" //nolint:gosec // the name of a header
)

// fromOurPages reports whether a request that could change something was made
// by one of our own pages (R113). Browsers say so in Sec-Fetch-Site; older ones
// in Origin. A client that says neither is no browser that could be misled:
// it brings no cookies of somebody else's.
func (r *Request) fromOurPages() bool {
	switch r.c.Method() {
	case "GET", "HEAD", "OPTIONS":
		return true
	}
	if site := r.Header("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin := r.Header("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Scheme == r.app.PublicURL.Scheme && strings.EqualFold(u.Host, r.host())
}

// Token is the token against forgery for whoever holds a secret: a session or
// a browser cookie (R113).
func (r *Request) Token(holder string) string {
	return base64.RawURLEncoding.EncodeToString(r.app.K.MAC("form token", []byte(holder))[:18])
}

// TokenOK reports whether a presented token is the holder's.
func (r *Request) TokenOK(holder, presented string) bool {
	return holder != "" && hmac.Equal([]byte(presented), []byte(r.Token(holder)))
}
