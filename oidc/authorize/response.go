package authorize

import (
	"net/url"
	"strings"
)

// Pair is one parameter of an authorization response.
type Pair struct{ Name, Value string }

// Location appends the pairs to a redirect URI: in its query, which may hold
// something already (RFC 6749 §4.1.2), or as its fragment (§4.2.2). Pairs
// without value are left out.
func Location(redirectURI, mode string, pairs []Pair) string {
	var b strings.Builder
	b.Grow(len(redirectURI) + 256)
	b.WriteString(redirectURI)
	separator := byte('?')
	if strings.HasPrefix(mode, ModeFragment) {
		separator = '#'
	} else if i := strings.IndexByte(redirectURI, '?'); i >= 0 {
		separator = '&'
		if i == len(redirectURI)-1 || strings.HasSuffix(redirectURI, "&") {
			separator = 0
		}
	}
	for _, p := range pairs {
		if p.Value == "" {
			continue
		}
		if separator != 0 {
			b.WriteByte(separator)
		}
		separator = '&'
		b.WriteString(p.Name)
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(p.Value))
	}
	return b.String()
}

// Origin is the scheme, host and port of a redirect URI, or its scheme and a
// colon where it has no host: what a form-action directive needs to let a
// form's redirect through (CSP Level 3 §6.4.1).
func Origin(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	switch {
	case err != nil || u.Scheme == "":
		return ""
	case u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}

// Destination is where an answer goes, as a person reads it.
func Destination(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	switch {
	case err != nil:
		return ""
	case u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return u.Scheme
	}
	return u.Host
}
