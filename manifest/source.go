package manifest

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Sources say where documents and the values of their placeholders are.
type Sources struct {
	Paths   []string // files and directories
	EnvFile string   // NAME=value lines; wins over Environ
	Environ []string // NAME=value
}

// The bounds of a configuration (R143).
const (
	maxFile      = 4 << 20
	maxDocuments = 20_000
)

// list names the files, those of a directory in order.
func (s Sources) list() ([]string, error) {
	var all []string
	for _, p := range s.Paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			all = append(all, p)
			continue
		}
		found, err := within(p)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		return nil, errors.New("no .yaml or .yml file is there")
	}
	return all, nil
}

// within names the files of a directory. What is hidden is another program's:
// its own configuration, or the directories behind the links of a volume.
func within(dir string) ([]string, error) {
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch ext := filepath.Ext(path); {
		case path != dir && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return filepath.SkipDir
			}
		case !d.IsDir() && (ext == ".yaml" || ext == ".yml"):
			all = append(all, path)
		}
		return nil
	})
	return all, err
}

// values are what placeholders stand for.
func (s Sources) values() (map[string]string, error) {
	all := map[string]string{}
	for _, kv := range s.Environ {
		if name, value, ok := strings.Cut(kv, "="); ok {
			all[name] = value
		}
	}
	if s.EnvFile == "" {
		return all, nil
	}
	f, err := os.Open(s.EnvFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if !ok {
			return nil, fmt.Errorf("%s:%d: a line is NAME=value", s.EnvFile, n)
		}
		all[strings.TrimSpace(name)] = unquote(strings.TrimSpace(value))
	}
	return all, lines.Err()
}

func unquote(s string) string {
	if len(s) > 1 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

var placeholder = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}`)

// filler puts values into a document's strings. What it puts in is text, and is
// never read as YAML.
type filler struct {
	file    string
	values  map[string]string
	missing []error
}

// Visit implements ast.Visitor.
func (f *filler) Visit(n ast.Node) ast.Visitor {
	switch s := n.(type) {
	case *ast.StringNode:
		s.Value = f.fill(s.Value, n)
	case *ast.LiteralNode:
		s.Value.Value = f.fill(s.Value.Value, n)
		return nil
	}
	return f
}

func (f *filler) fill(text string, n ast.Node) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		parts := placeholder.FindStringSubmatch(found)
		if value, ok := f.values[parts[1]]; ok {
			return value
		}
		if parts[2] != "" {
			return parts[3]
		}
		missing := fmt.Errorf("%s:%d: ${%s} is set neither in the environment nor in the --env file", f.file, n.GetToken().Position.Line, parts[1])
		if !slices.ContainsFunc(f.missing, func(e error) bool { return e.Error() == missing.Error() }) {
			f.missing = append(f.missing, missing)
		}
		return ""
	})
}
