package house_test

import (
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const conformance = root + "/docs/conformance"

// proof is a test that a table of docs/conformance names.
var proof = regexp.MustCompile("\\[`([a-z0-9/]+)\\.((?:Test|Fuzz)[A-Za-z0-9_]+)`\\]\\(\\.\\./\\.\\./([a-z0-9_/]+\\.go)\\)")

// unproved begins the last cell of a row that has a reason instead of a test.
var unproved = []string{"Refused: ", "Not offered: ", "Not ours: ", "Skipped: "}

// Every requirement in docs/conformance names a test that exists, or says why
// there is none; and the index knows every file.
func TestConformanceTables(t *testing.T) {
	tests := testFunctions(t)
	index, err := os.ReadFile(conformance + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	err = walk(conformance, ".md", func(name string, text []byte) error {
		file := filepath.Base(name)
		if file != "README.md" && !strings.Contains(string(index), "]("+file+")") {
			t.Errorf("%s is not in the index", file)
		}
		for _, named := range proof.FindAllStringSubmatch(string(text), -1) {
			if room, test, at := named[1], named[2], named[3]; path.Dir(at) != room || !slices.Contains(tests[at], test) {
				t.Errorf("%s names %s.%s, which %s does not hold", file, room, test, at)
			}
		}
		if file != "README.md" && rows(t, file, string(text)) == 0 {
			t.Errorf("%s holds no table", file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func testFunctions(t *testing.T) map[string][]string {
	t.Helper()
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string][]string{}
	for _, s := range all {
		for _, d := range s.file.Decls {
			if f, is := d.(*ast.FuncDecl); is && s.test && f.Recv == nil {
				tests[s.path] = append(tests[s.path], f.Name.Name)
			}
		}
	}
	return tests
}

// rows looks at the last cell of every row of every table, and counts them.
func rows(t *testing.T, file, text string) int {
	t.Helper()
	cells, count := 0, 0
	for i, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "| ") {
			cells = 0
			continue
		}
		row := strings.Split(strings.Trim(line, "| "), " | ")
		first := cells == 0
		if first {
			cells = len(row)
		}
		count++
		last := row[len(row)-1]
		reason := slices.ContainsFunc(unproved, func(word string) bool { return strings.HasPrefix(last, word) })
		switch {
		case len(row) != cells:
			t.Errorf("%s:%d has %d cells, want %d", file, i+1, len(row), cells)
		case first, strings.HasPrefix(row[0], "---"):
		case !reason && !proof.MatchString(last):
			t.Errorf("%s:%d names neither a test nor a reason: %s", file, i+1, row[0])
		}
	}
	return count
}

// plainText is what error_description may hold (RFC 6749 §4.1.2.1 and §5.2, RFC
// 6750 §3).
var plainText = regexp.MustCompile(`^[\x20-\x21\x23-\x5b\x5d-\x7e]+$`)

// What applications are told of a refusal is in the characters that every place
// of the standards allows.
func TestErrorDescriptions(t *testing.T) {
	for _, s := range code(t) {
		if s.path != "oidc/describe.go" && s.path != "oidc/authorize/check.go" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if _, is := n.(*ast.ImportSpec); is {
				return false
			}
			if text, is := n.(*ast.BasicLit); is && text.Value != `""` && !plainText.MatchString(strings.Trim(text.Value, "`\"")) {
				t.Errorf("%s:%d: %s", s.path, s.line(text.Pos()), text.Value)
			}
			return true
		})
	}
}
