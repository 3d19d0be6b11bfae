package themes

import "strings"

// Stylesheet is the chosen tokens as custom properties, to be loaded behind the
// hosted pages' own sheet, which holds the defaults and uses the names that end
// in -dark where a page is dark. Whatever is not a valid choice is left out.
func Stylesheet(chosen map[string]string) string {
	var b strings.Builder
	b.WriteString(":root{")
	for _, t := range tokens {
		value, err := t.Clean(chosen[t.Name])
		if err != nil {
			continue
		}
		if t.Kind == Font {
			value = fonts[value]
		}
		b.WriteString("--" + t.Name + ":" + value + ";")
	}
	b.WriteString(darkBrand(chosen))
	b.WriteString("}\n")
	// The sheet's own dark rule weighs more than a plain :root where the page
	// is dark, and reads the -dark names that were set above.
	return b.String()
}

// darkBrand lightens a chosen brand colour for dark pages where none was chosen
// for them, so that a tenant is still known by its colour there. Even black
// mixed so stands out from the dark surface at 4.5:1, with dark text on it.
func darkBrand(chosen map[string]string) string {
	if chosen["brand"] == "" || chosen["brand-dark"] != "" || chosen["on-brand-dark"] != "" {
		return ""
	}
	for _, t := range tokens {
		if t.Name != "brand" {
			continue
		}
		if value, err := t.Clean(chosen["brand"]); err == nil {
			return "--brand-dark:color-mix(in srgb," + value + " 45%,white);--on-brand-dark:#0b0d11;"
		}
	}
	return ""
}
