package themes

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Kind is what values a token may have.
type Kind string

// The kinds of token.
const (
	Colour Kind = "colour" // #rrggbb
	Length Kind = "length" // whole pixels in a range
	Font   Kind = "font"   // a name of Fonts
	Place  Kind = "place"  // center or start
)

// Token is one thing that a tenant can choose.
type Token struct {
	Name     string // of the custom property, without dashes before it
	Kind     Kind
	Default  string
	Min, Max int // of a length, in pixels
}

// Tokens lists every token, in the order in which people choose them.
func Tokens() []Token { return slices.Clone(tokens) }

var tokens = []Token{
	{Name: "brand", Kind: Colour, Default: "#1f4fd8"},
	{Name: "on-brand", Kind: Colour, Default: "#ffffff"},
	{Name: "page", Kind: Colour, Default: "#f3f4f7"},
	{Name: "surface", Kind: Colour, Default: "#ffffff"},
	{Name: "text", Kind: Colour, Default: "#16181d"},
	{Name: "muted", Kind: Colour, Default: "#565c68"},
	{Name: "line", Kind: Colour, Default: "#868d9b"},
	{Name: "danger", Kind: Colour, Default: "#b3261e"},
	{Name: "success", Kind: Colour, Default: "#146c43"},
	{Name: "brand-dark", Kind: Colour, Default: "#9db7ff"},
	{Name: "on-brand-dark", Kind: Colour, Default: "#0b1636"},
	{Name: "page-dark", Kind: Colour, Default: "#111317"},
	{Name: "surface-dark", Kind: Colour, Default: "#1b1e24"},
	{Name: "text-dark", Kind: Colour, Default: "#f0f1f4"},
	{Name: "muted-dark", Kind: Colour, Default: "#adb3bf"},
	{Name: "line-dark", Kind: Colour, Default: "#7d8492"},
	{Name: "danger-dark", Kind: Colour, Default: "#ffb4ab"},
	{Name: "success-dark", Kind: Colour, Default: "#7ddba3"},
	{Name: "radius", Kind: Length, Default: "10px", Min: 0, Max: 32},
	{Name: "logo-height", Kind: Length, Default: "40px", Min: 16, Max: 160},
	{Name: "font", Kind: Font, Default: "system"},
	{Name: "page-align", Kind: Place, Default: "center"},
}

var fonts = map[string]string{
	"system":  `system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans Arabic", sans-serif`,
	"humane":  `Seravek, "Gill Sans Nova", Ubuntu, Calibri, "Noto Sans Arabic", sans-serif`,
	"classic": `"Iowan Old Style", "Palatino Linotype", "URW Palladio L", "Noto Naskh Arabic", serif`,
	"precise": `ui-monospace, "Cascadia Code", Menlo, Consolas, "Noto Sans Arabic", monospace`,
}

// Fonts lists the fonts that can be chosen.
func Fonts() []string { return slices.Sorted(maps.Keys(fonts)) }

// Find returns the token of this name.
func Find(name string) (Token, bool) {
	i := slices.IndexFunc(tokens, func(t Token) bool { return t.Name == name })
	if i < 0 {
		return Token{}, false
	}
	return tokens[i], true
}

var (
	colourForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)
	lengthForm = regexp.MustCompile(`^([0-9]{1,3})px$`)
)

// Clean returns the value as it is stored, or why it cannot be.
func (t Token) Clean(value string) (string, error) {
	value = strings.ToLower(strings.TrimSpace(value))
	ok := false
	switch t.Kind {
	case Colour:
		ok = colourForm.MatchString(value)
	case Length:
		ok = t.fits(value)
	case Font:
		_, ok = fonts[value]
	case Place:
		ok = value == "center" || value == "start"
	}
	if !ok {
		return "", fmt.Errorf("themes: %s takes %s", t.Name, t.Takes())
	}
	return value, nil
}

func (t Token) fits(value string) bool {
	m := lengthForm.FindStringSubmatch(value)
	if m == nil {
		return false
	}
	px, err := strconv.Atoi(m[1])
	return err == nil && px >= t.Min && px <= t.Max
}

// Takes says which values the token takes.
func (t Token) Takes() string {
	switch t.Kind {
	case Colour:
		return "#rrggbb"
	case Length:
		return fmt.Sprintf("%dpx – %dpx", t.Min, t.Max)
	case Font:
		return strings.Join(Fonts(), ", ")
	case Place:
		return "center, start"
	}
	return ""
}

// Values gives every token a value: the chosen one where it is valid, or the
// default.
func Values(chosen map[string]string) map[string]string {
	all := make(map[string]string, len(tokens))
	for _, t := range tokens {
		all[t.Name] = t.Default
		if v, err := t.Clean(chosen[t.Name]); err == nil {
			all[t.Name] = v
		}
	}
	return all
}
