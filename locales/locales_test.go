package locales_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"gatehouse/locales"
	"gatehouse/reason"
)

func TestForChoosesByPreference(t *testing.T) {
	for _, test := range []struct {
		name  string
		prefs []string
		want  string
	}{
		{"nothing", nil, "en"},
		{"ui_locales first", []string{"de", "ar", "en"}, "de"},
		{"ui_locales list", []string{"fr de ar"}, "de"},
		{"unknown falls through", []string{"fr", "", "ar"}, "ar"},
		{"region", []string{"de-CH"}, "de"},
		{"script and region", []string{"ar-Arab-EG"}, "ar"},
		{"header weights", []string{"", "", "fr;q=0.9, ar;q=0.8, de;q=0.7"}, "ar"},
		{"header order", []string{"de-AT,de;q=0.9,en;q=0.8"}, "de"},
		{"case", []string{"DE"}, "de"},
		{"nonsense", []string{"%%%", "x\x00y", strings.Repeat("a", 5000), "de"}, "de"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := locales.For(test.prefs...).Tag(); got != test.want {
				t.Errorf("For(%q) speaks %s, want %s", test.prefs, got, test.want)
			}
		})
	}
}

func TestForStaysRightHoweverManyAsk(t *testing.T) {
	for range 2 {
		for i := range 3000 {
			for want, list := range map[string]string{"de": "fr-FR,de;q=0.1%04d", "ar": "ar-EG,de;q=0.1%04d"} {
				if got := locales.For("", fmt.Sprintf(list, i)).Tag(); got != want {
					t.Fatalf(list+" speaks %s, want %s", i, got, want)
				}
			}
		}
	}
}

func TestDirection(t *testing.T) {
	for tag, want := range map[string]string{"en": "ltr", "de": "ltr", "ar": "rtl"} {
		if got := locales.For(tag).Dir(); got != want {
			t.Errorf("%s runs %s, want %s", tag, got, want)
		}
	}
}

func TestTextsFillInValues(t *testing.T) {
	for _, test := range []struct{ tag, got, want string }{
		{"en", locales.For("en").T("hosted.sign_in.title_for", "Name", "Shop"), "Sign in to Shop"},
		{"de", locales.For("de").T("hosted.sign_in.title_for", "Name", "<no value>"), "Bei <no value> anmelden"},
		{"en", locales.For("en").T("hosted.retry.minutes", "Count", 1), "You can try again in 1 minute."},
		{"en", locales.For("en").T("hosted.retry.minutes", "Count", 5), "You can try again in 5 minutes."},
		{"ar", locales.For("ar").T("hosted.retry.minutes", "Count", 3), "يمكنك المحاولة مرة أخرى بعد 3 دقائق."},
		{"ar", locales.For("ar").T("hosted.sign_in.title_for", "Name", "Shop"), "تسجيل الدخول إلى \u2068Shop\u2069"},
		{"en", locales.For("en").User(string(reason.PasswordWrong)), "That name and password don't match. Check both and try again."},
	} {
		if test.got != test.want {
			t.Errorf("%s: %q, want %q", test.tag, test.got, test.want)
		}
	}
}

func TestFaultsAreLoudInTests(t *testing.T) {
	for name, fault := range map[string]func(l *locales.Localizer){
		"missing key":   func(l *locales.Localizer) { l.T("hosted.nonsense") },
		"missing value": func(l *locales.Localizer) { l.T("hosted.sign_in.title_for") },
		"other value":   func(l *locales.Localizer) { l.T("hosted.sign_in.title_for", "Nome", "x") },
		"odd pairs":     func(l *locales.Localizer) { l.T("hosted.sign_in.title_for", "Name") },
		"no name":       func(l *locales.Localizer) { l.T("hosted.sign_in.title_for", 1, 2) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("nothing was heard")
				}
			}()
			fault(locales.For("en"))
		})
	}
}

// Everybody who sees the same refusals as an unknown user sees the same words (R62).
func TestRefusalsOfASignInLookAlike_R62(t *testing.T) {
	for _, l := range locales.Languages() {
		say := locales.For(l.Tag)
		want := say.User(string(reason.PasswordWrong))
		for _, code := range []reason.Code{reason.IdentifierUnknown, reason.PasswordNone, reason.UserDisabled, reason.UserLocked} {
			if got := say.User(string(code)); got != want {
				t.Errorf("%s tells %s apart: %q", l.Tag, code, got)
			}
		}
	}
}

func TestEveryLanguageSaysEverything(t *testing.T) {
	b := locales.Embedded()
	english := b.Keys("en")
	for _, l := range locales.Languages() {
		keys := b.Keys(l.Tag)
		for _, key := range english {
			if !slices.Contains(keys, key) {
				t.Errorf("%s lacks %s", l.Tag, key)
			}
		}
		for _, key := range keys {
			if !slices.Contains(english, key) {
				t.Errorf("only %s has %s", l.Tag, key)
			}
		}
		for _, code := range reason.Codes() {
			say := locales.For(l.Tag)
			if say.User(string(code)) == "" || say.Staff(string(code)) == "" {
				t.Errorf("%s has no words for %s", l.Tag, code)
			}
		}
	}
}

// Every hosted text that a page or node names is there, and none is left over
// that nobody names.
func TestHostedKeysAreThoseInUse(t *testing.T) {
	named := regexp.MustCompile(`"(hosted\.[a-z_.]+[a-z_])"`)
	used := map[string]bool{}
	for _, room := range []string{"../views/hosted", "../handlers/hosted", "../journeys"} {
		err := filepath.WalkDir(room, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(p, "_test.go") || strings.HasSuffix(p, "_templ.go") {
				return err
			}
			text, err := os.ReadFile(p)
			for _, m := range named.FindAllStringSubmatch(string(text), -1) {
				used[m[1]] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	say := locales.For("en")
	for key := range used {
		if !say.Has(key) && !strings.HasSuffix(key, ".css") && !strings.HasSuffix(key, ".js") {
			t.Errorf("%s is used and not there", key)
		}
	}
	for _, key := range locales.Embedded().Keys("en") {
		if strings.HasPrefix(key, "hosted.") && !used[key] {
			t.Errorf("%s is there and not used", key)
		}
	}
}

func TestLoadRefusesFaultyFiles(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"no JSON":          {"hosted.en.json": {Data: []byte("{")}},
		"unknown language": {"hosted.xx.json": {Data: []byte("{}")}},
		"no language":      {"hosted.json": {Data: []byte("{}")}},
		"foreign key":      {"hosted.en.json": {Data: []byte(`{"console.x": "y"}`)}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := locales.Load(files); err == nil {
				t.Error("it was taken")
			}
		})
	}
}

func TestMoment(t *testing.T) {
	at := time.Date(2026, 11, 20, 23, 5, 0, 0, time.FixedZone("", 3600))
	if got := locales.For("de").Moment(at); got != "2026-11-20 22:05 UTC" {
		t.Errorf("Moment = %s", got)
	}
}
