package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"gatehouse/identity/sessions"
	"gatehouse/internal/secret"
)

// The cookies that pages and protocol share. Tenants may share a host, so the
// names carry the tenant's.
const (
	browserCookie = "gatehouse_browser_"
	sessionCookie = "gatehouse_session_"
	deviceCookie  = "gatehouse_device_"
	stateCookie   = "gatehouse_state_"
)

// deviceLife is how long a browser is known as one in which its user signed in
// (R81).
const deviceLife = 365 * 24 * time.Hour

// BrowserID is the hash of the cookie to which requests and executions are
// bound (R30, R75). A browser that has none is given one.
func (r *Request) BrowserID() string {
	if r.browser == "" {
		r.browser = r.Cookie(browserCookie + r.Tenant.Name)
	}
	if r.browser == "" {
		r.browser = secret.Random("", 32).Reveal()
		r.SetCookie(browserCookie+r.Tenant.Name, r.browser, Lax, time.Time{})
	}
	return secret.Fingerprint(secret.New(r.browser))
}

// Withheld reports whether another site posted the request, so that the browser
// kept its cookies back (SameSite=Lax): it is not to be given any in their place.
func (r *Request) Withheld() bool {
	if r.Method() != "POST" {
		return false
	}
	if site := r.Header("Sec-Fetch-Site"); site != "" {
		return site == "cross-site"
	}
	return !r.fromOurPages() && r.Cookie(browserCookie+r.Tenant.Name) == ""
}

// Held are the sessions of the tenant's users that the browser holds.
func (r *Request) Held() sessions.Bundle {
	return sessions.Unpack(r.Cookie(sessionCookie + r.Tenant.Name))
}

// KeepSessions hands sessions to the browser until the last of them ends, or with
// a zero end until it is closed; of none it forgets those that it had.
func (r *Request) KeepSessions(b sessions.Bundle) {
	text, until := b.Pack(), b.Until
	if text == "" {
		until = time.Unix(1, 0)
	}
	r.SetCookie(sessionCookie+r.Tenant.Name, text, Lax, until)
	r.showState(b.State(), until)
}

// StateCookie names the cookie by which a page of ours in an application's frame
// sees whether the sessions are still the same.
func (r *Request) StateCookie() string { return r.cookieName(stateCookie + r.Tenant.Name) }

// showState sets that cookie: scripts may read it, since it opens nothing, and
// frames on other sites get it. Browsers take it without https from this machine
// alone.
func (r *Request) showState(value string, expires time.Time) {
	r.c.Cookie(&fiber.Cookie{
		Name: r.StateCookie(), Value: value, Path: "/", Secure: true, SameSite: fiber.CookieSameSiteNoneMode,
		Expires: expires, SessionOnly: expires.IsZero(),
	})
}

// Device is the token of a browser in which its user signed in before; empty:
// none.
func (r *Request) Device() string { return r.Cookie(deviceCookie + r.Tenant.Name) }

// KeepDevice has the browser remember such a token.
func (r *Request) KeepDevice(token string) {
	r.SetCookie(deviceCookie+r.Tenant.Name, token, Lax, r.Now().Add(deviceLife))
}

// KeepLanguage has the browser remember what its user chose.
func (r *Request) KeepLanguage(tag string) {
	r.SetCookie(LanguageCookie, tag, Lax, r.Now().Add(deviceLife))
}
