package static_test

import (
	"crypto/sha512"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"gatehouse/static"
)

func TestAssets(t *testing.T) {
	names, icons := static.Names()
	if len(names) == 0 || len(icons) == 0 {
		t.Fatal("nothing is built: run make assets")
	}
	for _, name := range names {
		a := static.Asset(name)
		c, ok := static.Open(a.Path, "")
		if !ok || c.Type == "" || c.Encoding != "" {
			t.Errorf("%s: %v %q %q", name, ok, c.Type, c.Encoding)
		}
		sum := sha512.Sum384(c.Bytes)
		if want := "sha384-" + base64.StdEncoding.EncodeToString(sum[:]); a.SRI != want {
			t.Errorf("%s: integrity %s, want %s", name, a.SRI, want)
		}
		// R114: no source maps.
		if strings.Contains(string(c.Bytes), "sourceMappingURL") {
			t.Errorf("%s points at a source map", name)
		}
	}
}

func TestOpen(t *testing.T) {
	path := static.Asset("tabler.css").Path
	plain, _ := static.Open(path, "")
	for header, want := range map[string]string{
		"gzip, deflate, br":    "br",
		"gzip;q=1.0, br;q=0":   "gzip",
		"br;q=0.5":             "br",
		"GZIP":                 "gzip",
		"identity":             "",
		"br;q=nonsense, gzipx": "",
	} {
		c, ok := static.Open(path, header)
		if !ok || c.Encoding != want {
			t.Errorf("%q gives %q (%v), want %q", header, c.Encoding, ok, want)
		}
		if c.Encoding == "br" {
			b, err := io.ReadAll(brotli.NewReader(strings.NewReader(string(c.Bytes))))
			if err != nil || string(b) != string(plain.Bytes) {
				t.Errorf("%q: the packed asset differs: %v", header, err)
			}
		}
	}
	for _, path := range []string{"/static/", "/static/manifest.json", "/static/../static.go", "/static/.keep", path + ".br"} {
		if _, ok := static.Open(path, "br"); ok {
			t.Errorf("%s is served", path)
		}
	}
}

// The hosted pages stay below 25 KB of script, so that they show at once.
func TestHostedScriptIsSmall(t *testing.T) {
	c, _ := static.Open(static.Asset("hosted.js").Path, "")
	if len(c.Bytes) == 0 || len(c.Bytes) > 25<<10 {
		t.Errorf("hosted.js has %d bytes", len(c.Bytes))
	}
}

// R110: no asset of ours loads anything from elsewhere or needs inline handlers.
func TestNothingFromElsewhere(t *testing.T) {
	for _, name := range []string{"hosted.css", "console.css", "tabler.css", "tabler.rtl.css", "uplot.css"} {
		c, _ := static.Open(static.Asset(name).Path, "")
		for _, bad := range []string{"@import", "url(http", "url(\"http", "url(//"} {
			if strings.Contains(string(c.Bytes), bad) {
				t.Errorf("%s contains %s", name, bad)
			}
		}
	}
	for _, name := range []string{"hosted.js", "console.js"} {
		c, _ := static.Open(static.Asset(name).Path, "")
		for _, bad := range []string{"eval(", "new Function", ".innerHTML", "insertAdjacentHTML", "document.write", "onclick"} {
			if strings.Contains(string(c.Bytes), bad) {
				t.Errorf("%s contains %s", name, bad)
			}
		}
	}
}

func TestUnknown(t *testing.T) {
	if static.Asset("nothing.js") != (static.File{}) || static.Icon("nothing") != "" {
		t.Error("an unknown name gives something")
	}
	if !strings.HasPrefix(static.Icon("users"), "<svg ") {
		t.Error("the icon is no svg")
	}
}
