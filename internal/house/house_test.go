package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const (
	module = "gatehouse/"
	root   = "../.."
)

// source is one Go file of the project.
type source struct {
	path      string // from the root, with slashes
	file      *ast.File
	set       *token.FileSet
	text      []byte
	generated bool
	test      bool
}

func (s *source) room() string { return path.Dir(s.path) }

func (s *source) line(p token.Pos) int { return s.set.Position(p).Line }

// sources parses every Go file once for all tests.
var sources = sync.OnceValues(func() ([]*source, error) {
	var all []*source
	err := walk(root, ".go", func(name string, text []byte) error {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		all = append(all, &source{
			path: name, file: file, set: set, text: text,
			generated: ast.IsGenerated(file), test: strings.HasSuffix(name, "_test.go"),
		})
		return nil
	})
	return all, err
})

// walk calls fn with every file of the project that ends so.
func walk(from, suffix string, fn func(name string, text []byte) error) error {
	return filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); p != from && (strings.HasPrefix(n, ".") || n == "node_modules" || n == "testdata" || n == "bin" || n == "data") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, suffix) {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		return fn(filepath.ToSlash(rel), text)
	})
}

// code is what our own people wrote for the product: no tests, nothing generated.
func code(t *testing.T) []*source {
	t.Helper()
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	var ours []*source
	for _, s := range all {
		if !s.test && !s.generated {
			ours = append(ours, s)
		}
	}
	return ours
}

// table returns the rows of the tables of docs/architecture.md whose header
// begins with the given cells.
func table(t *testing.T, header ...string) [][]string {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join(root, "docs/architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	inside := false
	for line := range strings.Lines(string(doc)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case len(cells) >= len(header) && strings.Join(cells[:len(header)], "|") == strings.Join(header, "|"):
			inside = true
		case !strings.HasPrefix(line, "|"):
			inside = false
		case inside && !strings.HasPrefix(cells[0], "---"):
			rows = append(rows, cells)
		}
	}
	if len(rows) == 0 {
		t.Fatalf("docs/architecture.md has no table headed %v", header)
	}
	return rows
}

// quoted returns what stands between backticks.
func quoted(cell string) []string {
	var all []string
	for i, part := range strings.Split(cell, "`") {
		if i%2 == 1 {
			all = append(all, part)
		}
	}
	return all
}
