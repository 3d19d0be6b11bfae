package users

import (
	"slices"
	"unicode"

	"golang.org/x/text/secure/precis"
)

// together are the scripts that names mix without deceiving anybody: those of
// Japanese, Chinese and Korean, beside Latin letters (Unicode Technical Standard
// 39 §5.2, highly restrictive).
var together = [][]string{
	{"Latin", "Han", "Hiragana", "Katakana"}, {"Latin", "Han", "Bopomofo"}, {"Latin", "Han", "Hangul"},
}

// spellable reports whether a name is one that people can tell from another by
// looking at it: made of what usernames are made of (RFC 8265 §3.3), so of no
// invisible characters, and of letters of one script. Whoever makes his account
// himself could bear somebody else's name otherwise, to the eye.
func spellable(name string) bool {
	if _, err := precis.UsernameCaseMapped.String(name); err != nil {
		return false
	}
	var used []string
	for _, r := range name {
		if script := scriptOf(r); script != "" && !slices.Contains(used, script) {
			used = append(used, script)
		}
	}
	return len(used) <= 1 || slices.ContainsFunc(together, func(family []string) bool {
		return !slices.ContainsFunc(used, func(script string) bool { return !slices.Contains(family, script) })
	})
}

// unseen reports whether a character shows nothing by itself, and changes how
// those beside it are read: what turns the direction of a line could make a name
// look like another's, and the rest of the line as well. The two that join
// letters or keep them apart belong to how some languages are written.
func unseen(r rune) bool {
	const apart, joined = '\u200c', '\u200d'
	return r != apart && r != joined && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// scriptOf is the script that a letter belongs to; "" for what every script
// uses: digits, signs and marks.
func scriptOf(r rune) string {
	if unicode.In(r, unicode.Common, unicode.Inherited) {
		return ""
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}
