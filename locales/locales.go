package locales

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// Default is the language that speaks where nobody asked for another.
const Default = "en"

// Language is one that every text exists in.
type Language struct {
	Tag  string // BCP 47
	Name string // its own name for itself
	Dir  string // ltr or rtl
}

// languages are listed in the order in which pages offer them.
var languages = []Language{
	{"en", "English", "ltr"},
	{"de", "Deutsch", "ltr"},
	{"ar", "العربية", "rtl"},
}

// Languages lists what users can choose from.
func Languages() []Language { return slices.Clone(languages) }

// Known reports whether tag names exactly one of [Languages]: for checking
// what a form or setting says.
func Known(tag string) bool {
	return slices.ContainsFunc(languages, func(l Language) bool { return l.Tag == tag })
}

// Bundle holds the texts of all languages. It is safe for concurrent use.
type Bundle struct {
	matcher    language.Matcher
	localizers []*Localizer // as languages
	// judged are the localizers of preferences that came before: browsers send
	// few, over and over, and a list of languages takes long to read.
	judged sync.Map
	count  atomic.Int64 // of judged
}

// What is embedded never changes, so it is read once.
var embedded = sync.OnceValue(func() *Bundle {
	b, err := Load(files)
	if err != nil {
		panic(err) // the build is broken, not the request
	}
	return b
})

// Embedded returns the texts of this build.
func Embedded() *Bundle { return embedded() }

// Load reads every area.language.json of a folder. It fails for a file that is
// no JSON, names a language that we do not ship, or holds a key twice.
func Load(from fs.FS) (*Bundle, error) {
	texts := i18n.NewBundle(language.MustParse(Default))
	texts.RegisterUnmarshalFunc("json", json.Unmarshal)
	names, err := fs.Glob(from, "*.json")
	if err != nil {
		return nil, fmt.Errorf("locales: %w", err)
	}
	found := map[string]map[string]*i18n.Message{}
	for _, name := range names {
		if err := add(texts, found, from, name); err != nil {
			return nil, err
		}
	}
	b := &Bundle{}
	tags := make([]language.Tag, len(languages))
	for i, l := range languages {
		tags[i] = language.MustParse(l.Tag)
		b.localizers = append(b.localizers, newLocalizer(l, texts, found[l.Tag]))
	}
	b.matcher = language.NewMatcher(tags)
	return b, nil
}

func add(texts *i18n.Bundle, found map[string]map[string]*i18n.Message, from fs.FS, name string) error {
	area, tag, ok := strings.Cut(strings.TrimSuffix(path.Base(name), ".json"), ".")
	if !ok || !Known(tag) {
		return fmt.Errorf("locales: %s is not named area.language.json", name)
	}
	file, err := texts.LoadMessageFileFS(from, name)
	if err != nil {
		return fmt.Errorf("locales: %s: %w", name, err)
	}
	if found[tag] == nil {
		found[tag] = map[string]*i18n.Message{}
	}
	for _, m := range file.Messages {
		if !strings.HasPrefix(m.ID, area+".") {
			return fmt.Errorf("locales: %s: %s does not begin with %s", name, m.ID, area)
		}
		if found[tag][m.ID] != nil {
			return fmt.Errorf("locales: %s: %s is there twice", name, m.ID)
		}
		found[tag][m.ID] = m
	}
	return nil
}

// For returns the localizer of the first preference that names a language we
// ship, of English where none does. The doors pass, in this order: ui_locales,
// the user's choice, the cookie, the Accept-Language header, the tenant's
// default. Each may be empty, one tag, several between spaces (OpenID Connect
// Core §3.1.2.1) or a weighted list (RFC 9110 §12.5.4).
func For(preferences ...string) *Localizer { return Embedded().For(preferences...) }

// For is as the function [For], with the texts of this bundle.
func (b *Bundle) For(preferences ...string) *Localizer {
	for _, p := range preferences {
		if l := b.match(p); l != nil {
			return l
		}
	}
	return b.localizers[0]
}

const (
	// maxPreference bounds the work that a header can ask for, in bytes.
	maxPreference = 256
	// maxJudged bounds what strangers can have us remember.
	maxJudged = 1024
)

func (b *Bundle) match(preference string) *Localizer {
	if preference == "" || len(preference) > maxPreference {
		return nil
	}
	if l := b.exact(preference); l != nil {
		return l
	}
	if l, ok := b.judged.Load(preference); ok {
		return l.(*Localizer) //nolint:forcetypeassert // only localizers are stored
	}
	l := b.judge(preference)
	if b.count.Add(1) > maxJudged {
		b.judged.Clear()
		b.count.Store(1)
	}
	b.judged.Store(strings.Clone(preference), l)
	return l
}

// judge reads a list of languages; nil: none of them is ours.
func (b *Bundle) judge(preference string) *Localizer {
	if !strings.ContainsAny(preference, ",;") {
		preference = strings.Join(strings.Fields(preference), ",")
	}
	tags, _, err := language.ParseAcceptLanguage(preference)
	if err != nil || len(tags) == 0 {
		return nil
	}
	_, i, confidence := b.matcher.Match(tags...)
	if confidence < language.High {
		return nil
	}
	return b.localizers[i]
}

func (b *Bundle) exact(tag string) *Localizer {
	i := slices.IndexFunc(languages, func(l Language) bool { return l.Tag == tag })
	if i < 0 {
		return nil
	}
	return b.localizers[i]
}

// Keys lists the keys of a language, sorted: for tests and for the console's
// list of texts.
func (b *Bundle) Keys(tag string) []string {
	l := b.exact(tag)
	if l == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(l.all))
}
