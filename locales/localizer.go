package locales

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// strict refuses a missing value, which would else show as <no value>.
var strict = &template.TextParser{Option: "missingkey=error"}

// Localizer speaks one language. It is safe for concurrent use.
type Localizer struct {
	language Language
	texts    *i18n.Localizer
	all      map[string]*i18n.Message
	plain    map[string]string  // texts without values to fill in, which most are
	simple   map[string][]piece // texts with names to fill in, and nothing else
}

// piece is text, followed by the value of a name; an empty name: by nothing.
type piece struct{ text, name string }

func newLocalizer(l Language, b *i18n.Bundle, all map[string]*i18n.Message) *Localizer {
	plain, simple := map[string]string{}, map[string][]piece{}
	for id, m := range all {
		if m.Zero+m.One+m.Two+m.Few+m.Many != "" {
			continue
		}
		if !strings.Contains(m.Other, "{{") {
			plain[id] = m.Other
		} else if pieces := pieces(m.Other); pieces != nil {
			simple[id] = pieces
		}
	}
	return &Localizer{l, i18n.NewLocalizer(b, l.Tag), all, plain, simple}
}

// pieces takes a text apart at its {{.Name}}; nil where it holds more than
// names, which is for the template engine.
func pieces(text string) []piece {
	var all []piece
	for text != "" {
		before, rest, found := strings.Cut(text, "{{")
		if !found {
			return append(all, piece{text: before})
		}
		name, after, closed := strings.Cut(rest, "}}")
		name, dotted := strings.CutPrefix(strings.TrimSpace(name), ".")
		if !closed || !dotted || name == "" || strings.ContainsAny(name, " .|()$\"-") {
			return nil
		}
		all, text = append(all, piece{before, name}), after
	}
	return all
}

// Tag is the language, for the lang attribute.
func (l *Localizer) Tag() string { return l.language.Tag }

// Dir is ltr or rtl, for the dir attribute.
func (l *Localizer) Dir() string { return l.language.Dir }

// Name is the language's own name.
func (l *Localizer) Name() string { return l.language.Name }

// Languages lists what users can choose from.
func (l *Localizer) Languages() []Language { return Languages() }

// T returns the text of key with the values filled in: pairs of name and
// value, T("hosted.welcome", "Name", name) for {{.Name}}. A value named Count
// chooses the plural form. In a language that runs from right to left, text
// values are isolated, so that a Latin name does not turn the sentence.
//
// A key that is missing, or a value that is, is a fault of our own code: T
// panics in tests and shows the key between ⟦ ⟧ elsewhere.
func (l *Localizer) T(key string, args ...any) string {
	if text, ok := l.plain[key]; ok {
		return text
	}
	if l.all[key] == nil {
		return loud(key, "there is no such text in "+l.language.Tag)
	}
	if pieces, ok := l.simple[key]; ok {
		return l.filled(key, pieces, args)
	}
	values, err := l.pairs(args)
	if err != nil {
		return loud(key, err.Error())
	}
	text, err := l.texts.Localize(&i18n.LocalizeConfig{
		MessageID: key, TemplateData: values, PluralCount: values["Count"], TemplateParser: strict,
	})
	if err != nil {
		return loud(key, err.Error())
	}
	return text
}

// Has reports whether there is a text for key.
func (l *Localizer) Has(key string) bool { return l.all[key] != nil }

// User is what an end user is told about the refusal of a reason code.
func (l *Localizer) User(code string) string { return l.T("reason." + code + ".user") }

// Staff is what staff are told about the refusal of a reason code.
func (l *Localizer) Staff(code string) string { return l.T("reason." + code + ".staff") }

// Moment writes a time in UTC, the same in every language; pages put it into a
// time element, which their script rewrites in the reader's zone and language.
func (l *Localizer) Moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// Marks that keep the direction of a name from that of the text around it
// (Unicode Standard Annex 9 §2.3): FIRST STRONG ISOLATE, POP DIRECTIONAL ISOLATE.
const (
	isolate = "\u2068"
	pop     = "\u2069"
)

// filled puts the values into a simple text.
func (l *Localizer) filled(key string, pieces []piece, args []any) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.text)
		if p.name == "" {
			continue
		}
		switch v := valueOf(p.name, args).(type) {
		case nil:
			return loud(key, "there is no value for "+p.name)
		case string:
			b.WriteString(l.isolated(v))
		default:
			fmt.Fprint(&b, v)
		}
	}
	return b.String()
}

// valueOf is the value behind its name; nil: there is none.
func valueOf(name string, args []any) any {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1]
		}
	}
	return nil
}

// isolated keeps the direction of a name from that of the text around it.
func (l *Localizer) isolated(text string) string {
	if l.language.Dir != "rtl" {
		return text
	}
	return isolate + text + pop
}

// pairs never returns a nil map: go-i18n prints <no value> for a nil one that
// stands in an interface.
func (l *Localizer) pairs(args []any) (map[string]any, error) {
	values := make(map[string]any, len(args)/2)
	if len(args)%2 != 0 {
		return values, fmt.Errorf("a value without a name among %d", len(args))
	}
	for i := 0; i < len(args); i += 2 {
		name, ok := args[i].(string)
		if !ok {
			return values, fmt.Errorf("a value's name is a %T", args[i])
		}
		values[name] = args[i+1]
		if text, ok := args[i+1].(string); ok {
			values[name] = l.isolated(text)
		}
	}
	return values, nil
}

func loud(key, why string) string {
	if testing.Testing() {
		panic("locales: " + key + ": " + why)
	}
	return "⟦" + key + "⟧"
}
