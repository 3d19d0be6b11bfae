package web

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// LanguageCookie remembers the language that a visitor chose.
const LanguageCookie = "gatehouse_language"

// LanguageField is the field of a page's address in which its language is
// chosen, named as applications ask for one (OpenID Connect Core §3.1.2.1).
const LanguageField = "ui_locales"

// The values of SameSite (R65).
const (
	Lax    = fiber.CookieSameSiteLaxMode
	Strict = fiber.CookieSameSiteStrictMode
)

// Cookie is the value of a cookie by its plain name.
func (r *Request) Cookie(name string) string { return strings.Clone(r.c.Cookies(r.cookieName(name))) }

// SetCookie sets a cookie that scripts cannot read. A zero end is the end of
// the browser's session. Sites is Lax or Strict.
func (r *Request) SetCookie(name, value, sites string, expires time.Time) {
	r.c.Cookie(&fiber.Cookie{
		Name: r.cookieName(name), Value: value, Path: "/", Secure: r.app.secure, HTTPOnly: true, SameSite: sites,
		Expires: expires, SessionOnly: expires.IsZero(),
	})
}

// DropCookie has the browser forget a cookie.
func (r *Request) DropCookie(name, sites string) {
	r.SetCookie(name, "", sites, time.Unix(1, 0))
}

// cookieName adds the prefix that lets no other host and no plain connection
// set the cookie (R65; docs/decisions/0005).
func (r *Request) cookieName(name string) string {
	if r.app.secure {
		return "__Host-" + name
	}
	return name
}
