package house_test

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var ownerMark = regexp.MustCompile(`(?m)^Owner: ([a-z0-9/]+)\.$`)

// owners maps each row type, one that has a TableName, to the room that its
// comment names.
func owners(t *testing.T) map[string]string {
	t.Helper()
	rows, named := map[string]bool{}, map[string]string{}
	for _, s := range code(t) {
		if s.room() != "models" {
			continue
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.Name == "TableName" && d.Recv != nil {
					rows[receiver(d)] = true
				}
			case *ast.GenDecl:
				typeOwners(d, named)
			}
		}
	}
	for row := range rows {
		if named[row] == "" {
			t.Errorf(`models.%s has a table and no owner: end its comment with "Owner: room/name."`, row)
		}
	}
	for row := range named {
		if !rows[row] {
			t.Errorf("models.%s names an owner and has no TableName", row)
		}
	}
	return named
}

func typeOwners(d *ast.GenDecl, into map[string]string) {
	for _, spec := range d.Specs {
		ts, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		doc := ts.Doc
		if doc == nil {
			doc = d.Doc
		}
		if m := ownerMark.FindStringSubmatch(doc.Text()); m != nil {
			into[ts.Name.Name] = m[1]
		}
	}
}

func receiver(d *ast.FuncDecl) string {
	e := d.Recv.List[0].Type
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if id, ok := e.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// queries reports whether the file may speak GORM.
func queries(s *source) bool {
	return strings.HasPrefix(path.Base(s.path), "query")
}

func inStore(s *source) bool {
	return s.room() == "store" || strings.HasPrefix(s.room(), "store/")
}

// Rule 6: a query file makes and fills row types of its own room alone. Rows
// of others may be named as parameters and results.
func TestTableOwners(t *testing.T) {
	owner := owners(t)
	for _, s := range code(t) {
		if !queries(s) || s.room() == "models" {
			continue
		}
		for _, use := range rowsMade(s.file) {
			if of := owner[use.Sel.Name]; of != "" && of != s.room() {
				t.Errorf("%s:%d: models.%s belongs to %s: ask it", s.path, s.line(use.Pos()), use.Sel.Name, of)
			}
		}
	}
}

// rowsMade finds models.X where it is made or declared as a variable.
func rowsMade(file *ast.File) []*ast.SelectorExpr {
	var found []*ast.SelectorExpr
	add := func(e ast.Expr) {
		ast.Inspect(e, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if id, ok := sel.X.(*ast.Ident); ok && id.Name == "models" {
					found = append(found, sel)
				}
			}
			return true
		})
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if n.Type != nil {
				add(n.Type)
			}
		case *ast.ValueSpec:
			if n.Type != nil {
				add(n.Type)
			}
		case *ast.IndexExpr:
			if isLookup(n.X) {
				add(n.Index)
			}
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "new" || id.Name == "make") && len(n.Args) > 0 {
				add(n.Args[0])
			}
		}
		return true
	})
	return found
}

// Methods that hand out a database handle, and those that only such a handle has.
var (
	handles  = []string{"Read", "Rows"}
	gormOnly = []string{
		"Preload", "Joins", "InnerJoins", "Clauses", "Pluck", "Updates", "UpdateColumn", "UpdateColumns",
		"FirstOrCreate", "FirstOrInit", "FindInBatches", "CreateInBatches", "Unscoped", "RowsAffected",
	}
)

// Rule 6: only query*.go and the store speak GORM, with or without importing it.
func TestOnlyQueryFilesSpeakGORM(t *testing.T) {
	for _, s := range code(t) {
		if queries(s) || inStore(s) || isBeside(s.room()) || !importsStore(s) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if slices.Contains(gormOnly, sel.Sel.Name) || isHandle(sel.X) || isLookup(sel) {
				t.Errorf("%s:%d: .%s: only query*.go asks the database", s.path, s.line(sel.Sel.Pos()), sel.Sel.Name)
			}
			return true
		})
	}
}

// isLookup recognises what makes a lookup of the store.
func isLookup(e ast.Expr) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"By", "Among", "Through"}, sel.Sel.Name) {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == "store"
}

func importsStore(s *source) bool {
	return slices.ContainsFunc(ours(s), func(name string) bool { return name == "store" })
}

// isHandle recognises x.Read(ctx) and tx.Rows(ctx).
func isHandle(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains(handles, sel.Sel.Name) {
		return false
	}
	id, ok := call.Args[0].(*ast.Ident)
	return ok && id.Name == "ctx"
}
