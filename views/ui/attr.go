package ui

import (
	"context"
	"encoding/json"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"gatehouse/static"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Path joins segments to an address on this server; each is escaped.
func Path(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	return b.String()
}

// Query adds a parameter to an address; an empty value removes it.
func Query(at, name, value string) string {
	u, err := url.Parse(at)
	if err != nil {
		return at
	}
	q := u.Query()
	if value == "" {
		q.Del(name)
	} else {
		q.Set(name, value)
	}
	q.Del("after")
	u.RawQuery = q.Encode()
	return u.String()
}

// local reports whether an address stays on this server. Browsers read a
// backslash as a slash.
func local(at string) bool {
	return strings.HasPrefix(at, "/") && !strings.HasPrefix(at, "//") && !strings.ContainsAny(at, "\\\t\r\n")
}

// Local returns an address on this server, and / for anything else: for
// sources of frames and pictures, and for addresses that htmx asks (R112).
func Local(at string) string {
	if !local(at) {
		return "/"
	}
	return at
}

// Outside returns an http or https address of somebody else, and nothing for
// anything else.
func Outside(at string) templ.SafeURL {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	return templ.SafeURL(u.String())
}

var hexColour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// Colour returns a colour as #rrggbb, and grey for anything else.
func Colour(c string) string {
	if !hexColour.MatchString(c) {
		return "#868e96"
	}
	return c
}

// Asset returns an address under /static/.
func Asset(name string) string { return static.Asset(name).Path }

// Integrity returns the digest of an asset.
func Integrity(name string) string { return static.Asset(name).SRI }

// Icon draws an icon, hidden from screen readers.
func Icon(name string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, static.Icon(name))
		return err
	})
}

// Figures writes v as data that a script reads.
func Figures(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

// Plain writes a number as a machine reads it.
func Plain(n int64) string { return strconv.FormatInt(n, 10) }
