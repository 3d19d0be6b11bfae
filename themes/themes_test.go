package themes_test

import (
	"strings"
	"testing"

	"gatehouse/themes"
)

func TestDefaultsCanBeRead(t *testing.T) {
	if found := themes.Check(nil); len(found) > 0 {
		t.Errorf("the defaults are hard to read: %+v", found)
	}
}

func TestFixesMend(t *testing.T) {
	for _, brand := range []string{"#ffff00", "#808080", "#00ff88", "#ff0000"} {
		chosen := map[string]string{"brand": brand}
		for _, f := range themes.Check(chosen) {
			if themes.Contrast(f.Fix, themes.Values(chosen)[f.Back]) < f.Needed {
				t.Errorf("%s: the fix %s for %s on %s does not suffice", brand, f.Fix, f.Front, f.Back)
			}
		}
	}
}

// R117: branding can express nothing but design tokens.
func TestOnlyTokensReachTheStylesheet_R117(t *testing.T) {
	sheet := themes.Stylesheet(map[string]string{
		"brand": "#AA0000", "page": "red;}body{display:none", "radius": "99999px", "font": `x";@import "//evil"`,
		"surface": "url(https://evil.example)", "unknown": "#000000",
	})
	if sheet != ":root{--brand:#aa0000;--brand-dark:color-mix(in srgb,#aa0000 45%,white);--on-brand-dark:#0b0d11;}\n" {
		t.Errorf("got %s", sheet)
	}
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		name, value string
		ok          bool
	}{
		{"brand", "#123abc", true},
		{"brand", "#123", false},
		{"brand", "blue", false},
		{"radius", "0px", true},
		{"radius", "33px", false},
		{"radius", "1rem", false},
		{"font", "classic", true},
		{"font", "Comic Sans", false},
		{"page-align", "start", true},
		{"page-align", "end", false},
	} {
		token, known := themes.Find(c.name)
		if _, err := token.Clean(c.value); !known || (err == nil) != c.ok {
			t.Errorf("%s %q: %v", c.name, c.value, err)
		}
	}
	if got := themes.Contrast("#000000", "#ffffff"); got < 20.9 || got > 21.1 {
		t.Errorf("black on white is %v", got)
	}
	if !strings.Contains(themes.Stylesheet(map[string]string{"font": "classic"}), "serif") {
		t.Error("a font is missing")
	}
}
