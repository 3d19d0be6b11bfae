package web

import (
	"time"

	"gatehouse/internal/secret"
)

// The cookies that pages and protocol share. Tenants may share a host, so the
// names carry the tenant's.
const (
	browserCookie = "gatehouse_browser_"
	sessionCookie = "gatehouse_session_"
	deviceCookie  = "gatehouse_device_"
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

// Session is the secret of the session of the tenant's user; empty: none.
func (r *Request) Session() string { return r.Cookie(sessionCookie + r.Tenant.Name) }

// KeepSession hands a session to the browser until it ends.
func (r *Request) KeepSession(text string, expires time.Time) {
	r.SetCookie(sessionCookie+r.Tenant.Name, text, Lax, expires)
}

// DropSession has the browser forget its session.
func (r *Request) DropSession() { r.DropCookie(sessionCookie+r.Tenant.Name, Lax) }

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
