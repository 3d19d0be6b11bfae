package house_test

import (
	"bytes"
	"go/ast"
	"testing"
)

const (
	maxFunction = 60
	maxFile     = 400
)

// Rule 10: short pieces. Templates count like the Go files they become.
func TestSizes(t *testing.T) {
	for _, s := range code(t) {
		if n := bytes.Count(s.text, []byte("\n")); n > maxFile {
			t.Errorf("%s has %d lines, %d are enough", s.path, n, maxFile)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			if n := s.line(f.Body.Rbrace) - s.line(f.Pos()) + 1; n > maxFunction {
				t.Errorf("%s:%d: %s has %d lines, %d are enough", s.path, s.line(f.Pos()), f.Name.Name, n, maxFunction)
			}
		}
	}
	err := walk(root, ".templ", func(name string, text []byte) error {
		if n := bytes.Count(text, []byte("\n")); n > maxFile {
			t.Errorf("%s has %d lines, %d are enough", name, n, maxFile)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every room says in doc.go what it owns.
func TestDocs(t *testing.T) {
	documented := map[string]bool{}
	rooms := map[string]bool{}
	for _, s := range code(t) {
		if s.file.Name.Name == "main" {
			continue
		}
		rooms[s.room()] = true
		if s.file.Doc != nil && len(s.file.Doc.Text()) > 0 {
			documented[s.room()] = true
		}
	}
	for room := range rooms {
		if !documented[room] {
			t.Errorf("%s has no package comment: doc.go says what the room owns", room)
		}
	}
}
