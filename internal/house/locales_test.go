package house_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/reason"
)

var plurals = []string{"zero", "one", "two", "few", "many", "other", "description", "hash", "leftDelim", "rightDelim"}

// languages reads locales/*.json: language → key → text, the general form of a
// text that has plurals. A language may have several files: hosted.en.json.
func languages(t *testing.T) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	if _, err := os.Stat(filepath.Join(root, "locales")); errors.Is(err, fs.ErrNotExist) {
		return all
	}
	err := walk(filepath.Join(root, "locales"), ".json", func(name string, text []byte) error {
		var tree map[string]any
		if err := json.Unmarshal(text, &tree); err != nil {
			t.Errorf("%s: %v", name, err)
			return nil
		}
		parts := strings.Split(path.Base(name), ".")
		language := parts[len(parts)-2]
		if all[language] == nil {
			all[language] = map[string]string{}
		}
		texts := map[string]string{}
		flatten("", tree, texts)
		for key, text := range texts {
			if _, twice := all[language][key]; twice {
				t.Errorf("%s: %s stands in another file too", name, key)
			}
			all[language][key] = text
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func flatten(prefix string, tree map[string]any, into map[string]string) {
	if other, ok := tree["other"].(string); ok && !slices.ContainsFunc(slices.Collect(maps.Keys(tree)), func(k string) bool { return !slices.Contains(plurals, k) }) {
		into[strings.TrimSuffix(prefix, ".")] = other
		return
	}
	for key, value := range tree {
		switch v := value.(type) {
		case string:
			into[prefix+key] = v
		case map[string]any:
			flatten(prefix+key+".", v, into)
		}
	}
}

var placeholder = regexp.MustCompile(`\{\{\s*\.(\w+)[^}]*\}\}`)

func placeholders(text string) []string {
	names := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		names[m[1]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// Every language says everything, with the same values filled in.
func TestLocaleKeys(t *testing.T) {
	all := languages(t)
	english, ok := all["en"]
	if !ok {
		if len(all) > 0 {
			t.Error("locales has no English")
		}
		return
	}
	for language, texts := range all {
		for key, text := range texts {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s is empty", language, key)
			}
			en, ok := english[key]
			if !ok {
				t.Errorf("%s: %s is not in English", language, key)
			} else if !slices.Equal(placeholders(en), placeholders(text)) {
				t.Errorf("%s: %s fills in %v, English %v", language, key, placeholders(text), placeholders(en))
			}
		}
		for key := range english {
			if _, ok := texts[key]; !ok {
				t.Errorf("%s lacks %s", language, key)
			}
		}
	}
}

// Rule 9: a refusal has words for the user and for staff.
func TestReasonTexts(t *testing.T) {
	for language, texts := range languages(t) {
		for _, code := range reason.Codes() {
			for _, reader := range []string{"user", "staff"} {
				key := "reason." + string(code) + "." + reader
				if texts[key] == "" {
					t.Errorf("%s lacks %s", language, key)
				}
			}
		}
		for key := range texts {
			code, ok := strings.CutPrefix(key, "reason.")
			if !ok {
				continue
			}
			code = strings.TrimSuffix(strings.TrimSuffix(code, ".user"), ".staff")
			if !slices.Contains(reason.Codes(), reason.Code(code)) {
				t.Errorf("%s: %s names no reason", language, key)
			}
		}
	}
}
