package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// plainHeaders are on every answer (R110). Handlers may narrow them further.
func plainHeaders(c *fiber.Ctx, secure bool) {
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Referrer-Policy", "same-origin")
	c.Set("Permissions-Policy", "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	c.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
	c.Set("Cache-Control", "no-store")
	if secure {
		c.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}

// Policy is what a page's content security policy allows beyond the usual.
type Policy struct {
	// FormTargets are the origins that a form may lead to by redirects:
	// browsers hold those against form-action, too.
	FormTargets []string
	// Frames lets the page show our own pages in frames; Framed lets our own
	// pages show it in one.
	Frames, Framed bool
}

// pageHeaders are those of an HTML answer.
func (r *Request) pageHeaders(p Policy) {
	nonce := "'nonce-" + r.Nonce() + "'"
	frame, ancestors := "'none'", "'none'"
	if p.Frames {
		frame = "'self'"
	}
	if p.Framed {
		ancestors = "'self'"
	}
	r.c.Set("Content-Security-Policy", strings.Join([]string{
		"default-src 'none'",
		"script-src " + nonce + " 'strict-dynamic'",
		"style-src 'self' " + nonce,
		"img-src 'self' data:",
		"font-src 'self'",
		"connect-src 'self'",
		"frame-src " + frame,
		"form-action " + strings.Join(append([]string{"'self'"}, clean(p.FormTargets)...), " "),
		"frame-ancestors " + ancestors,
		"base-uri 'none'",
		"object-src 'none'",
		"require-trusted-types-for 'script'",
	}, "; "))
}

// clean drops targets that could end the directive they stand in.
func clean(targets []string) []string {
	var all []string
	for _, t := range targets {
		if t != "" && !strings.ContainsAny(t, " ;,'\"\t\r\n") {
			all = append(all, t)
		}
	}
	return all
}
