package store

import (
	"reflect"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// inserts remembers the text of plain INSERT statements, which GORM would put
// together anew for each row.
type inserts struct{ texts sync.Map }

// insert names a statement: so many rows of a model.
type insert struct {
	model *schema.Schema
	rows  int
}

// insertKey leads from a statement that GORM puts together to its name.
const insertKey = "gatehouse:insert"

// mostRows bounds what is remembered of a model.
const mostRows = 64

// plainInsert is the statement's name; there is none where it has something
// that its text depends on.
func (g *guard) plainInsert(db *gorm.DB) (insert, bool) {
	s := db.Statement
	if db.Error != nil || len(s.Selects)+len(s.Omits)+len(s.Clauses) > 0 || s.Schema == nil || g.forms.of(s.Schema) == nil {
		return insert{}, false
	}
	v, n := s.ReflectValue, 1
	t := v.Type()
	if t.Kind() == reflect.Slice {
		t, n = t.Elem(), v.Len()
	}
	return insert{s.Schema, n}, t == s.Schema.ModelType && n > 0 && n <= mostRows
}

// recall gives a statement the text that it had before, and its values.
func (g *guard) recall(db *gorm.DB) {
	name, plain := g.plainInsert(db)
	if !plain {
		return
	}
	s := db.Statement
	text, known := g.inserts.texts.Load(name)
	if !known {
		s.Settings.Store(insertKey, name)
		return
	}
	fields := g.forms.of(s.Schema).fields
	vars := make([]any, 0, name.rows*len(fields))
	for i := range name.rows {
		one := s.ReflectValue
		if one.Kind() == reflect.Slice {
			one = one.Index(i)
		}
		for _, f := range fields {
			v, err := f.get(f.of.ReflectValueOf(s.Context, one))
			if err != nil {
				_ = db.AddError(err)
				return
			}
			vars = append(vars, v)
		}
	}
	s.Vars = vars
	_, _ = s.SQL.WriteString(text.(string)) //nolint:forcetypeassert // only texts are stored; the builder is in memory
}

// remember keeps the text that GORM made of a plain INSERT.
func (g *guard) remember(db *gorm.DB) {
	name, plain := db.Statement.Settings.LoadAndDelete(insertKey)
	if plain && db.Error == nil {
		g.inserts.texts.LoadOrStore(name, db.Statement.SQL.String())
	}
}
