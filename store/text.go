package store

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gatehouse/models"
)

// escapes are the words with which a piece of SQL could reach rows that the
// guard's condition does not hold, or leave the statement it stands in.
var escapes = regexp.MustCompile(`(?i)(;|--|/\*|\b(select|union|intersect|except|table|with|set_config|current_setting|dblink\w*|query_to_xml|table_to_xml|load_extension|pg_\w+|lo_\w+)\b)`)

// literal is a quoted text without escapes of its own.
var literal = regexp.MustCompile(`'[^']*'`)

// plainText says whether a piece of SQL stays where it is put: it opens no
// statement and closes no parenthesis but its own.
func plainText(sql string) bool {
	if strings.Contains(sql, "'") {
		sql = literal.ReplaceAllString(sql, "?")
	}
	if escapes.MatchString(sql) || strings.ContainsAny(sql, "'\\$") || strings.Count(sql, `"`)%2 != 0 || strings.Count(sql, "`")%2 != 0 {
		return false
	}
	depth := 0
	for _, r := range sql {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth < 0 {
			return false
		}
	}
	return depth == 0
}

// maxTexts bounds what is remembered; the texts are constants of our code.
const maxTexts = 4096

// texts remembers which pieces of SQL were found plain.
type texts struct {
	seen sync.Map
	n    atomic.Int64
}

func (t *texts) plain(sql string) bool {
	if sql == "" {
		return true
	}
	if _, ok := t.seen.Load(sql); ok {
		return true
	}
	if !plainText(sql) {
		return false
	}
	if t.n.Add(1) <= maxTexts {
		t.seen.Store(strings.Clone(sql), struct{}{})
	}
	return true
}

// inspection is one look at a statement.
type inspection struct {
	s     *gorm.Statement
	texts *texts
}

// shape refuses a statement whose form the guard cannot hold: other tables
// than the schema's, and text that is more than columns, operators and
// placeholders.
func (g *guard) shape(db *gorm.DB) error {
	s := db.Statement
	look := inspection{s, &g.texts}
	if s.Table != s.Schema.Table || s.TableExpr != nil || len(s.Joins) > 0 || len(s.Preloads) > 0 {
		return fmt.Errorf("%w: %s with other tables", ErrUnscoped, s.Schema.Table)
	}
	if from, ok := s.Clauses["FROM"]; ok && !emptyFrom(from) {
		return fmt.Errorf("%w: %s with other tables", ErrUnscoped, s.Schema.Table)
	}
	for _, text := range append(append([]string{}, s.Selects...), s.Omits...) {
		if !g.texts.plain(text) {
			return fmt.Errorf("%w: SQL as text: %s", ErrUnscoped, text)
		}
	}
	for _, c := range s.Clauses {
		if look.usual(c) {
			continue
		}
		if err := look.walk(reflect.ValueOf(c), 0); err != nil {
			return err
		}
	}
	return look.walk(reflect.ValueOf(s.Dest), 0)
}

// usual reports whether a clause is one of the few that most statements have,
// with nothing in it to refuse; others are walked through.
func (in inspection) usual(c clause.Clause) bool {
	if c.Builder != nil || c.BeforeExpression != nil || c.AfterNameExpression != nil || c.AfterExpression != nil {
		return false
	}
	switch x := c.Expression.(type) {
	case clause.Limit:
		return true
	case clause.Where:
		for _, e := range x.Exprs {
			if !in.usualCondition(e) {
				return false
			}
		}
		return true
	}
	return false
}

func (in inspection) usualCondition(e clause.Expression) bool {
	switch x := e.(type) {
	case clause.Expr:
		for _, v := range x.Vars {
			if !plainValue(v) {
				return false
			}
		}
		return in.texts.plain(x.SQL)
	case clause.Eq:
		column, is := x.Column.(clause.Column)
		if !is || !plainValue(x.Value) {
			return false
		}
		_, err := in.judge(column)
		return err == nil
	}
	return false
}

// plainValue reports whether a value cannot be SQL.
func plainValue(v any) bool {
	switch v.(type) {
	case string, int, int64, bool, []byte, models.Time:
		return true
	}
	return false
}

func emptyFrom(c clause.Clause) bool {
	f, ok := c.Expression.(clause.From)
	return c.Expression == nil || ok && len(f.Tables) == 0 && len(f.Joins) == 0
}

// walk looks for text and subqueries in a statement's clauses and values.
func (in inspection) walk(v reflect.Value, depth int) error {
	if depth > 16 || !v.IsValid() {
		return nil
	}
	if v.CanInterface() {
		if done, err := in.judge(v.Interface()); done || err != nil {
			return err
		}
	}
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() || v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct && !isClause(v.Type()) {
			return nil // a row
		}
		return in.walk(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		return in.walkEach(v, depth)
	case reflect.Map:
		return in.walkMap(v, depth)
	case reflect.Struct:
		return in.walkFields(v, depth)
	default:
		return nil
	}
}

func (in inspection) walkMap(v reflect.Value, depth int) error {
	for it := v.MapRange(); it.Next(); {
		if err := in.walk(it.Value(), depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (in inspection) walkFields(v reflect.Value, depth int) error {
	if !isClause(v.Type()) {
		return nil
	}
	for i := range v.NumField() {
		if err := in.walk(v.Field(i), depth+1); err != nil {
			return err
		}
	}
	return nil
}

var statementType = reflect.TypeFor[*gorm.DB]()

func (in inspection) walkEach(v reflect.Value, depth int) error {
	switch of := v.Type().Elem(); of.Kind() {
	case reflect.Interface, reflect.Slice, reflect.Map:
	case reflect.Struct, reflect.Pointer:
		if !isClause(of) && of != statementType {
			return nil // rows
		}
	default:
		return nil // values, such as bytes and ids
	}
	for i := range v.Len() {
		if err := in.walk(v.Index(i), depth+1); err != nil {
			return err
		}
	}
	return nil
}

func isClause(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return strings.HasPrefix(t.PkgPath(), "gorm.io/gorm/clause")
}

// judge looks at one value; done says that there is nothing below it to see.
func (in inspection) judge(v any) (done bool, err error) {
	switch x := v.(type) {
	case clause.Expr:
		if !in.texts.plain(x.SQL) {
			return true, fmt.Errorf("%w: SQL as text: %s", ErrUnscoped, x.SQL)
		}
	case clause.NamedExpr:
		if !in.texts.plain(x.SQL) {
			return true, fmt.Errorf("%w: SQL as text: %s", ErrUnscoped, x.SQL)
		}
	case clause.Column:
		if !in.texts.plain(x.Name) || !in.texts.plain(x.Alias) || x.Table != "" && x.Table != clause.CurrentTable && x.Table != in.s.Table && x.Table != "excluded" {
			return true, fmt.Errorf("%w: column %s", ErrUnscoped, x.Name)
		}
		return true, nil
	case *gorm.DB:
		return true, sameScope(in.s, x)
	case clause.Locking:
		return true, nil
	}
	return false, nil
}

// sameScope admits a subquery only if the guard sees it under the same scope.
func sameScope(s *gorm.Statement, sub *gorm.DB) error {
	if sub == nil {
		return nil
	}
	mine, _ := s.Context.Value(scopeKey{}).(*scope)
	its, _ := sub.Statement.Context.Value(scopeKey{}).(*scope)
	if its == nil || mine == nil || its.tenant != mine.tenant || its.system != mine.system || sub.Statement.SQL.Len() > 0 {
		return fmt.Errorf("%w: subquery of another scope", ErrUnscoped)
	}
	return nil
}
