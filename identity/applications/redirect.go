package applications

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gatehouse/models"
)

// The refusals of a redirect URI (R21).
var (
	errAbsolute  = errors.New("an absolute URI is needed")
	errCharacter = errors.New("spaces, control characters, backslashes and wildcards are not allowed")
	errFragment  = errors.New("a fragment is not allowed")
	errUserinfo  = errors.New("a user name or password is not allowed")
	errDots      = errors.New("dot segments are not allowed")
	errScheme    = errors.New("https is needed, or http on a loopback address, or a private scheme with a dot for native applications")
	errParameter = errors.New("the query must not hold parameters of a response")
)

// responseNames are parameters of authorization responses: in a registered URI
// they would be sent twice.
var responseNames = []string{"code", "state", "iss", "response", "error", "id_token", "access_token", "session_state"}

// ValidateRedirectURI tells why a URI cannot be registered for an application
// of a type (R21, RFC 6749 §3.1.2, RFC 8252 §7).
func ValidateRedirectURI(uri string, t models.ApplicationType) error {
	if strings.ContainsFunc(uri, func(c rune) bool { return c <= 0x20 || c >= 0x7f || c == '\\' || c == '*' }) {
		return errCharacter
	}
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Scheme == "":
		return errAbsolute
	case u.Fragment != "" || strings.Contains(uri, "#"):
		return errFragment
	case u.User != nil:
		return errUserinfo
	case dotted(u):
		return errDots
	case !allowedScheme(u, t):
		return errScheme
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errCharacter
	}
	for name := range query {
		if slices.Contains(responseNames, name) {
			return errParameter
		}
	}
	return nil
}

func dotted(u *url.URL) bool {
	for _, segment := range strings.Split(u.Path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

func allowedScheme(u *url.URL, t models.ApplicationType) bool {
	switch u.Scheme {
	case "https":
		return u.Host != ""
	case "http":
		return isLoopback(u.Hostname())
	}
	// A private scheme is a reverse domain name (RFC 8252 §7.1); that leaves
	// out javascript, data and their kin.
	return t == models.TypeNative && strings.Contains(u.Scheme, ".")
}

func isLoopback(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// MatchRedirectURI reports whether the application registered the URI. They are
// compared byte for byte; only the port of a loopback address may differ (R20,
// RFC 8252 §7.3).
func MatchRedirectURI(a *models.Application, uri string) bool {
	return matches(a.RedirectURIs.V, uri, a.Type == models.TypeNative)
}

// MatchPostLogoutURI reports whether the application registered the URI for
// the way after signing out (R45).
func MatchPostLogoutURI(a *models.Application, uri string) bool {
	return matches(a.PostLogoutRedirectURIs.V, uri, a.Type == models.TypeNative)
}

func matches(registered []string, uri string, native bool) bool {
	if slices.Contains(registered, uri) {
		return true
	}
	if !native {
		return false
	}
	rest, ok := withoutPort(uri)
	return ok && slices.ContainsFunc(registered, func(r string) bool {
		other, ok := withoutPort(r)
		return ok && other == rest
	})
}

// withoutPort splits the port off a URI on a literal loopback address, text by
// text, so that nothing else is normalised.
func withoutPort(uri string) (string, bool) {
	for _, host := range []string{"http://127.0.0.1", "http://[::1]"} {
		rest, ok := strings.CutPrefix(uri, host)
		if !ok {
			continue
		}
		port, ok := strings.CutPrefix(rest, ":")
		if !ok {
			return uri, rest == "" || strings.HasPrefix(rest, "/") || strings.HasPrefix(rest, "?")
		}
		end := strings.IndexAny(port, "/?")
		if end < 0 {
			end = len(port)
		}
		if _, err := strconv.ParseUint(port[:end], 10, 16); err != nil {
			return "", false
		}
		return host + port[end:], true
	}
	return "", false
}

func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && s == u.Scheme+"://"+u.Host && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()))
}

func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()))
}

func pointer(name string, i int) string { return name + "/" + strconv.Itoa(i) }
