package house_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/static"
)

// What a template must not write: templ guards only a few addresses, so the
// others go through the typed helpers of views/ui (R112).
var forbidden = []struct {
	what *regexp.Regexp
	why  string
}{
	{regexp.MustCompile(`templ\.(Raw|SafeURL|SafeCSS|SafeCSSProperty|JSUnsafeFuncCall|JSExpression)\b`), "writes unescaped text"},
	{regexp.MustCompile(`\son[a-z]+=`), "is an inline handler, which the content security policy forbids"},
	{regexp.MustCompile(`\shx-on`), "is an inline handler, which the content security policy forbids (R111)"},
	{regexp.MustCompile(`hx-(vals|headers)="js:`), "is evaluated (R111)"},
	{regexp.MustCompile(`\sstyle=`), "is an inline style, which the content security policy forbids"},
	{regexp.MustCompile(`\s(srcset|formaction|xlink:href|content)=\{\s*[^}]`), "is an expression where templ does not sanitise"},
	{regexp.MustCompile(`\{\s*[\w.]+\.\.\.\s*\}`), "spreads attributes"},
	{regexp.MustCompile(`<script(?:[^>]*)>\s*[^<\s]`), "is an inline script: scripts are files of static/src"},
}

// Expressions in these attributes pass a helper of views/ui that checked them.
var (
	addressed = regexp.MustCompile(`\s(src|hx-get|hx-post|hx-put|hx-patch|hx-delete|style|content)=\{\s*([^}]*)\}`)
	checked   = regexp.MustCompile(`^(ui\.)?[A-Za-z]\w*(\(|\.)|^templ\.URL\(|^string\(`)
)

// R110, R111, R112.
func TestTemplates(t *testing.T) {
	err := walk(root, ".templ", func(name string, text []byte) error {
		if strings.HasPrefix(name, "views/ui/") {
			return nil
		}
		for i, line := range strings.Split(string(text), "\n") {
			for _, f := range forbidden {
				if m := f.what.FindString(line); m != "" && !allowed(line, m) {
					t.Errorf("%s:%d: %s %s", name, i+1, strings.TrimSpace(m), f.why)
				}
			}
			for _, m := range addressed.FindAllStringSubmatch(line, -1) {
				if !checked.MatchString(m[2]) {
					t.Errorf("%s:%d: %s={%s} does not pass a helper of views/ui", name, i+1, m[1], m[2])
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// allowed recognises a block of data, which no browser runs, and templ's own
// word for what a component encloses.
func allowed(line, match string) bool {
	return strings.Contains(line, `type="application/json"`) || strings.Trim(match, "{ .}") == "children"
}

var (
	assetUse = regexp.MustCompile(`\b(?:static\.|ui\.)?Asset\("([^"]+)"\)`)
	iconUse  = regexp.MustCompile(`\b(?:static\.|ui\.)?Icon\("([^"]+)"\)`)
)

// Every asset and icon that a page names is built.
func TestAssetsExist(t *testing.T) {
	assets, icons := static.Names()
	look := func(name string, text []byte) error {
		if strings.HasPrefix(name, "static/") || strings.HasSuffix(name, "_templ.go") {
			return nil
		}
		for _, m := range assetUse.FindAllSubmatch(text, -1) {
			if !slices.Contains(assets, string(m[1])) {
				t.Errorf("%s: there is no asset %q", name, m[1])
			}
		}
		for _, m := range iconUse.FindAllSubmatch(text, -1) {
			if !slices.Contains(icons, string(m[1])) {
				t.Errorf("%s: there is no icon %q: add it to scripts/icons.txt", name, m[1])
			}
		}
		return nil
	}
	for _, suffix := range []string{".go", ".templ"} {
		if err := walk(root, suffix, look); err != nil {
			t.Fatal(err)
		}
	}
}
