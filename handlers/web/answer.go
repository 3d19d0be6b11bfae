package web

import (
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"gatehouse/locales"
	"gatehouse/static"
)

// Render answers with a page. The page is drawn whole before its first byte
// leaves, so that a failure can still become an error page.
func (r *Request) Render(status int, page templ.Component, p Policy) error {
	answer := r.c.Response()
	answer.ResetBody()
	if err := page.Render(r.ctx, answer.BodyWriter()); err != nil {
		answer.ResetBody()
		return err
	}
	answer.SetStatusCode(status)
	r.pageHeaders(p)
	set(r.c, vary, "HX-Request, Accept-Language, Cookie")
	answer.Header.SetContentType(fiber.MIMETextHTMLCharsetUTF8)
	return nil
}

// Redirect sends the browser on with 303, which repeats no body (R27). The
// target is one that our own code made or validated.
func (r *Request) Redirect(target string) error {
	// A redirect shows nothing that a foreign window could reach, and would cut a
	// popup off from its opener.
	r.c.Response().Header.DelBytes(opener)
	r.c.Set(fiber.HeaderLocation, target)
	r.c.Status(fiber.StatusSeeOther)
	return nil
}

// Onward is Redirect amid a transaction: the language that was chosen on our
// page before is still chosen on our next one.
func (r *Request) Onward(target string) error {
	q, err := r.Query()
	if chosen := q.Get(LanguageField); err == nil && locales.Known(chosen) &&
		(strings.HasPrefix(target, r.Base+"/consent?") || strings.HasPrefix(target, r.Base+"/sign-in?")) {
		target += "&" + LanguageField + "=" + chosen
	}
	return r.Redirect(target)
}

// JSONBytes answers with JSON that is already encoded.
func (r *Request) JSONBytes(status int, body []byte) error {
	return r.Bytes(status, "application/json", body)
}

// Bytes answers with a body of a type.
func (r *Request) Bytes(status int, contentType string, body []byte) error {
	r.c.Set(fiber.HeaderContentType, contentType)
	r.c.Status(status).Response().SetBodyRaw(body)
	return nil
}

// NoContent answers with a status alone.
func (r *Request) NoContent(status int) error {
	r.c.Status(status)
	return nil
}

// File answers with something that may be kept, as Cache-Control says.
func (r *Request) File(contentType, cache string, body []byte) error {
	r.c.Set(fiber.HeaderCacheControl, cache)
	return r.Bytes(fiber.StatusOK, contentType, body)
}

// serveStatic answers with one of the built assets. Their names hold their
// digest, so they are kept for ever.
func serveStatic(r *Request) error {
	content, ok := static.Open(r.Path(), r.Header(fiber.HeaderAcceptEncoding))
	if !ok {
		return fiber.ErrNotFound
	}
	r.c.Set("Vary", "Accept-Encoding")
	if content.Encoding != "" {
		r.c.Set(fiber.HeaderContentEncoding, content.Encoding)
	}
	return r.File(content.Type, static.CacheControl, content.Bytes)
}
