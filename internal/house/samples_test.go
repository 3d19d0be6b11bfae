package house_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var bareImport = regexp.MustCompile(`(?m)(?:\bfrom\s+|\bimport\(|\bimport\.meta\.resolve\()['"]([^'"./][^'"]*)['"]`)

// What a sample takes from npm comes with make build, which spares whoever only
// runs the server the modules of the tests.
func TestSamplesNeedWhatTheBuildInstalls(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	var listed struct {
		Dependencies         map[string]string
		OptionalDependencies map[string]string
	}
	if err := json.Unmarshal(text, &listed); err != nil {
		t.Fatal(err)
	}
	found := 0
	err = walk(filepath.Join(root, "examples"), ".mjs", func(name string, text []byte) error {
		for _, m := range bareImport.FindAllStringSubmatch(string(text), -1) {
			if strings.HasPrefix(m[1], "node:") {
				continue
			}
			found++
			if listed.Dependencies[m[1]]+listed.OptionalDependencies[m[1]] == "" {
				t.Errorf("%s needs %s, which package.json has for the tests alone", name, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Error("no sample imports anything: the test looks for the wrong thing")
	}
}
