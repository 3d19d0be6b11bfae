package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// header is the name of one as it is written, so that setting it need not spell
// it anew.
type header []byte

var (
	vary      = header("Vary")
	policy    = header("Content-Security-Policy")
	requestIs = header("X-Request-Id")
	transport = header("Strict-Transport-Security")
	opener    = header("Cross-Origin-Opener-Policy")
)

func set(c *fiber.Ctx, name header, value string) {
	c.Response().Header.SetCanonical(name, []byte(value))
}

// plain are the headers that are on every answer (R110). Handlers may narrow
// them further.
var plain = []struct {
	name  header
	value []byte
}{
	{header("X-Content-Type-Options"), []byte("nosniff")},
	{opener, []byte("same-origin")},
	{header("Cross-Origin-Resource-Policy"), []byte("same-origin")},
	{header("Referrer-Policy"), []byte("same-origin")},
	{header("Permissions-Policy"), []byte("publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), geolocation=(), microphone=(), payment=(), usb=()")},
	{policy, []byte("default-src 'none'; frame-ancestors 'none'; base-uri 'none'")},
	{header("Cache-Control"), []byte("no-store")},
}

func plainHeaders(c *fiber.Ctx, secure bool) {
	for _, h := range plain {
		c.Response().Header.SetCanonical(h.name, h.value)
	}
	if secure {
		set(c, transport, "max-age=63072000; includeSubDomains")
	}
}

// Policy is what a page's content security policy allows beyond the usual.
type Policy struct {
	// FormTargets are the origins that a form may lead to by redirects:
	// browsers hold those against form-action, too.
	FormTargets []string
	// FrameOrigins are the foreign origins whose pages it shows in frames.
	FrameOrigins []string
	// Frames lets the page show our own pages in frames; Framed lets our own
	// pages show it in one; FramedAnywhere anybody's.
	Frames, Framed, FramedAnywhere bool
	// Popup leaves the page with the window that opened it (R110).
	Popup bool
}

// pageHeaders are those of an HTML answer.
func (r *Request) pageHeaders(p Policy) {
	if p.Popup {
		set(r.c, opener, "unsafe-none")
	}
	nonce := "'nonce-" + r.Nonce() + "'"
	frame, ancestors := "'none'", "'none'"
	if p.Frames {
		frame = "'self'"
	}
	if len(p.FrameOrigins) > 0 {
		frame = strings.Join(clean(p.FrameOrigins), " ")
	}
	if p.Framed {
		ancestors = "'self'"
	}
	if p.FramedAnywhere {
		ancestors = "*"
	}
	targets := strings.Join(append([]string{"'self'"}, clean(p.FormTargets)...), " ")
	set(r.c, policy, "default-src 'none'"+
		"; script-src "+nonce+" 'strict-dynamic'"+
		"; style-src 'self' "+nonce+
		"; img-src 'self' data:"+
		"; font-src 'self'"+
		"; connect-src 'self'"+
		"; frame-src "+frame+
		"; form-action "+targets+
		"; frame-ancestors "+ancestors+
		"; base-uri 'none'"+
		"; object-src 'none'"+
		"; require-trusted-types-for 'script'")
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
