package static

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"
)

// Prefix is where assets are served.
const Prefix = "/static/"

// CacheControl holds for every asset: its name changes with its content.
const CacheControl = "public, max-age=31536000, immutable"

// File is an asset as a page refers to it.
type File struct {
	Path string // with its digest: /static/console.a3e9e7524a47.js
	SRI  string // for the integrity attribute (W3C Subresource Integrity)
}

// Content is an asset as it is served.
type Content struct {
	Bytes    []byte // not to be changed
	Type     string // media type
	Encoding string // br, gzip or empty: the Content-Encoding
}

//go:embed all:dist
var files embed.FS

type built struct {
	assets map[string]File
	types  map[string]string // by path
	icons  map[string]string
}

// What is embedded never changes, so it is read once.
var dist = sync.OnceValue(func() built {
	b, err := load(files)
	if err != nil {
		panic(err) // the build is broken, not the request
	}
	return b
})

func load(from fs.FS) (built, error) {
	b := built{assets: map[string]File{}, types: map[string]string{}, icons: map[string]string{}}
	var manifest map[string]struct{ Path, SRI, Type string }
	if err := read(from, "dist/manifest.json", &manifest); err != nil {
		return b, err
	}
	for name, a := range manifest {
		b.assets[name] = File{Path: a.Path, SRI: a.SRI}
		b.types[a.Path] = a.Type
	}
	return b, read(from, "dist/icons.json", &b.icons)
}

// read decodes a built file; without `make assets` there is none, and the
// programs that need no pages still run.
func read(from fs.FS, name string, into any) error {
	raw, err := fs.ReadFile(from, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("static: %w", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("static: %s: %w", name, err)
	}
	return nil
}

// Asset returns where the asset is served: "console.js", "tabler.rtl.css". An
// unknown name gives an empty file; a test holds the pages against the list.
func Asset(name string) File { return dist().assets[name] }

// Icon returns the SVG element of an icon of scripts/icons.txt, hidden from
// screen readers, or nothing when it is not on the list. Only the helper in
// views/ui writes it into a page.
func Icon(name string) string { return dist().icons[name] }

// Names lists the assets and the icons, in no order.
func Names() (assets, icons []string) {
	for name := range dist().assets {
		assets = append(assets, name)
	}
	for name := range dist().icons {
		icons = append(icons, name)
	}
	return assets, icons
}

// Open returns what is served at path, packed as the Accept-Encoding header
// allows (RFC 9110 §12.5.3), and whether there is such an asset.
func Open(path, acceptEncoding string) (Content, bool) {
	kind, ok := dist().types[path]
	if !ok {
		return Content{}, false
	}
	name := "dist/" + strings.TrimPrefix(path, Prefix)
	for _, e := range []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !accepts(acceptEncoding, e.encoding) {
			continue
		}
		if b, err := files.ReadFile(name + e.suffix); err == nil {
			return Content{Bytes: b, Type: kind, Encoding: e.encoding}, true
		}
	}
	b, err := files.ReadFile(name)
	return Content{Bytes: b, Type: kind}, err == nil
}

// accepts reports whether the header names the coding with a weight above zero.
func accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, weighted := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		if !weighted {
			return true
		}
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
		return err == nil && q > 0
	}
	return false
}
