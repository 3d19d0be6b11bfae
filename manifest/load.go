package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"gatehouse/identity/users"
)

// Set is the documents of a configuration, in the order in which they are
// applied.
type Set struct{ documents []*document }

// document is one document with its place.
type document struct {
	kind, tenant, name string
	spec               spec
	file               string
	line               int
}

func (d *document) at() string { return fmt.Sprintf("%s:%d", d.file, d.line) }

// title is what people call the document.
func (d *document) title() string {
	switch {
	case d.tenant == "":
		return d.kind + " " + d.name
	case d.name == "":
		return d.kind + " " + d.tenant
	}
	return d.kind + " " + d.tenant + "/" + d.name
}

// key is the same for two documents about one thing: an API client is an
// application, and usernames do not differ by case.
func (d *document) key() string {
	switch d.kind {
	case kindAPIClient:
		return kindApplication + " " + d.tenant + "/" + d.name
	case kindUser:
		return d.kind + " " + d.tenant + "/" + users.Normalise(d.name)
	}
	return d.title()
}

// envelope is what every document has.
type envelope struct {
	Kind   string   `yaml:"kind"`
	Tenant string   `yaml:"tenant"`
	Name   string   `yaml:"name"`
	Spec   ast.Node `yaml:"spec"`
}

// spec is the body of a kind.
type spec interface {
	rank() int // kinds of a lower rank are applied first
}

// The names of the kinds.
const (
	kindTenant      = "Tenant"
	kindBranding    = "Branding"
	kindApplication = "Application"
	kindUser        = "User"
	kindAPIClient   = "APIClient"
	kindResource    = "ResourceServer"
	kindClaimRule   = "ClaimRule"
)

// kinds make empty specs by the name of their kind.
var kinds = map[string]func() spec{
	kindTenant:      func() spec { return &tenantSpec{} },
	kindBranding:    func() spec { return &brandingSpec{} },
	kindApplication: func() spec { return &applicationSpec{} },
	kindUser:        func() spec { return &userSpec{} },
	kindAPIClient:   func() spec { return &clientSpec{} },
	kindResource:    func() spec { return &resourceSpec{} },
	kindClaimRule:   func() spec { return &claimRuleSpec{} },
}

// Load reads every document. Its error names every mistake with file and line.
func Load(s Sources) (*Set, error) {
	files, err := s.list()
	if err != nil {
		return nil, err
	}
	values, err := s.values()
	if err != nil {
		return nil, err
	}
	set := &Set{}
	var faults []error
	for _, file := range files {
		documents, err := read(file, values)
		set.documents = append(set.documents, documents...)
		faults = append(faults, err)
	}
	faults = append(faults, set.check())
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	slices.SortStableFunc(set.documents, func(a, b *document) int { return cmp.Compare(a.spec.rank(), b.spec.rank()) })
	return set, nil
}

func read(file string, values map[string]string) ([]*document, error) {
	text, err := os.ReadFile(file) //nolint:gosec // the operator names the files
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: the file is larger than 4 MiB", file)
	}
	parsed, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, located(file, 1, err)
	}
	var all []*document
	var faults []error
	for _, d := range parsed.Docs {
		if d.Body == nil {
			continue
		}
		fill := &filler{file: file, values: values}
		ast.Walk(fill, d.Body)
		if len(fill.missing) > 0 {
			faults = append(faults, fill.missing...)
			continue
		}
		one, err := decode(file, d.Body)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		all = append(all, one)
	}
	return all, errors.Join(faults...)
}

func decode(file string, body ast.Node) (*document, error) {
	line := body.GetToken().Position.Line
	var e envelope
	if err := yaml.NodeToValue(body, &e, yaml.Strict()); err != nil {
		return nil, located(file, line, err)
	}
	empty, ok := kinds[e.Kind]
	if !ok {
		return nil, fmt.Errorf("%s:%d: the kind %q is unknown: it is one of %s", file, line, e.Kind, strings.Join(kindNames(), ", "))
	}
	d := &document{kind: e.Kind, tenant: e.Tenant, name: e.Name, spec: empty(), file: file, line: line}
	if e.Spec != nil {
		if err := yaml.NodeToValue(e.Spec, d.spec, yaml.Strict()); err != nil {
			return nil, located(file, line, err)
		}
	}
	return d, d.check()
}

func kindNames() []string {
	var names []string
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (d *document) check() error {
	switch {
	case d.kind == kindTenant && d.tenant != "":
		return fmt.Errorf("%s: a Tenant belongs to no tenant", d.at())
	case d.kind != kindTenant && d.tenant == "":
		return fmt.Errorf("%s: %s needs the tenant that it belongs to", d.at(), d.kind)
	case d.name == "" && d.kind != kindBranding:
		return fmt.Errorf("%s: %s needs a name", d.at(), d.kind)
	}
	return nil
}

// check finds what is there twice.
func (s *Set) check() error {
	if len(s.documents) > maxDocuments {
		return fmt.Errorf("there are more than %d documents", maxDocuments)
	}
	seen := map[string]*document{}
	var faults []error
	for _, d := range s.documents {
		if first, twice := seen[d.key()]; twice {
			faults = append(faults, fmt.Errorf("%s: %s is there twice; the first is %s at %s", d.at(), d.title(), first.kind, first.at()))
			continue
		}
		seen[d.key()] = d
	}
	return errors.Join(faults...)
}

// located puts a YAML error behind its file and line, or its document's where it
// has none, without the source: that may hold secrets.
func located(file string, line int, err error) error {
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil {
		p := e.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", file, p.Line, p.Column, e.GetMessage())
	}
	return fmt.Errorf("%s:%d: %w", file, line, err)
}
