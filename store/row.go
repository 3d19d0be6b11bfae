package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"reflect"
	"strconv"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"gatehouse/models"
	"gatehouse/store/internal/cell"
)

// form is how rows of a model are written and read: GORM's own way looks every
// field up anew for each value.
type form struct {
	fields []column // in the order of an INSERT
	byName map[string]column
}

// column is a field of a model.
type column struct {
	of  *schema.Field
	get func(reflect.Value) (driver.Value, error)
	set func(reflect.Value, cell.Cell) error
}

// forms remembers the form of each model; nil: it has something that GORM has
// to see to.
type forms struct{ known sync.Map }

func (f *forms) of(s *schema.Schema) *form {
	if known, ok := f.known.Load(s); ok {
		return known.(*form) //nolint:forcetypeassert // only forms are stored
	}
	made := formOf(s)
	f.known.Store(s, made)
	return made
}

func formOf(s *schema.Schema) *form {
	made := &form{byName: map[string]column{}}
	for _, name := range s.DBNames {
		f := s.FieldsByDBName[name]
		c := column{f, getter(f), setter(f)}
		special := f.HasDefaultValue || f.AutoCreateTime > 0 || f.AutoUpdateTime > 0 || f.Serializer != nil ||
			!f.Readable || !f.Creatable || c.get == nil || c.set == nil
		if special {
			return nil
		}
		made.fields = append(made.fields, c)
		made.byName[name] = c
	}
	return made
}

var (
	timeType    = reflect.TypeFor[models.Time]()
	bytesType   = reflect.TypeFor[[]byte]()
	scannerType = reflect.TypeFor[sql.Scanner]()
	valuerType  = reflect.TypeFor[driver.Valuer]()
)

// getter reads a field as a driver takes it; nil: the field is of a kind that
// our models do not have.
func getter(f *schema.Field) func(reflect.Value) (driver.Value, error) {
	switch {
	case f.FieldType.Implements(valuerType):
		return func(v reflect.Value) (driver.Value, error) {
			return v.Interface().(driver.Valuer).Value() //nolint:forcetypeassert // its type was looked at
		}
	case reflect.PointerTo(f.FieldType).Implements(valuerType):
		return nil
	}
	switch f.FieldType.Kind() { //nolint:exhaustive // the others are the last line
	case reflect.String:
		return func(v reflect.Value) (driver.Value, error) { return v.String(), nil }
	case reflect.Bool:
		return func(v reflect.Value) (driver.Value, error) { return v.Bool(), nil }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(v reflect.Value) (driver.Value, error) { return v.Int(), nil }
	case reflect.Slice:
		if f.FieldType.ConvertibleTo(bytesType) && f.FieldType.Elem().Kind() == reflect.Uint8 {
			return func(v reflect.Value) (driver.Value, error) { return v.Bytes(), nil }
		}
	}
	return nil
}

// setter sets a field; nil as with getter.
func setter(f *schema.Field) func(reflect.Value, cell.Cell) error {
	if f.FieldType == timeType {
		return setTime
	}
	if reflect.PointerTo(f.FieldType).Implements(scannerType) {
		return func(v reflect.Value, c cell.Cell) error {
			return v.Addr().Interface().(sql.Scanner).Scan(c.Value()) //nolint:forcetypeassert // its type was looked at
		}
	}
	switch f.FieldType.Kind() { //nolint:exhaustive // the others are the last line
	case reflect.String:
		return setText
	case reflect.Bool:
		return setBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return setInt
	case reflect.Slice:
		if f.FieldType.Elem().Kind() == reflect.Uint8 {
			return setBytes
		}
	}
	return nil
}

func setTime(v reflect.Value, c cell.Cell) error {
	t := v.Addr().Interface().(*models.Time) //nolint:forcetypeassert // its type was looked at
	if c.Kind == cell.Null {
		*t = models.Time{}
		return nil
	}
	return t.Scan(c.Value())
}

func setText(v reflect.Value, c cell.Cell) error {
	switch c.Kind {
	case cell.Null, cell.Text, cell.Bytes:
		v.SetString(c.Text)
	case cell.Int:
		v.SetString(strconv.FormatInt(c.N, 10))
	case cell.Bool, cell.Float:
		return unfit(v, c)
	}
	return nil
}

func setBool(v reflect.Value, c cell.Cell) error {
	switch c.Kind {
	case cell.Null, cell.Bool, cell.Int:
		v.SetBool(c.N != 0)
		return nil
	case cell.Float, cell.Text, cell.Bytes:
	}
	return unfit(v, c)
}

func setInt(v reflect.Value, c cell.Cell) error {
	switch c.Kind {
	case cell.Null, cell.Int:
		if !v.OverflowInt(c.N) {
			v.SetInt(c.N)
			return nil
		}
	case cell.Text: // a sum of PostgreSQL
		n, err := strconv.ParseInt(c.Text, 10, v.Type().Bits())
		v.SetInt(n)
		return err
	case cell.Bool, cell.Float, cell.Bytes:
	}
	return unfit(v, c)
}

func setBytes(v reflect.Value, c cell.Cell) error {
	switch c.Kind {
	case cell.Null:
		v.SetZero()
	case cell.Text, cell.Bytes:
		v.SetBytes([]byte(c.Text))
	case cell.Int, cell.Bool, cell.Float:
		return unfit(v, c)
	}
	return nil
}

func unfit(v reflect.Value, c cell.Cell) error {
	return fmt.Errorf("store: a %s cannot be read from a %T", v.Type(), c.Value())
}

// give puts an answer into a row, which must be there, or into rows.
func (g *guard) give(ctx context.Context, into reflect.Value, s *schema.Schema, a cell.Answer) error {
	fields := g.forms.of(s).named(a.Columns)
	if into.Kind() != reflect.Slice {
		if len(a.Rows) == 0 {
			return gorm.ErrRecordNotFound
		}
		return setRow(ctx, into, fields, a.Rows[0])
	}
	into.Set(reflect.MakeSlice(into.Type(), len(a.Rows), len(a.Rows)))
	for i, row := range a.Rows {
		if err := setRow(ctx, into.Index(i), fields, row); err != nil {
			return err
		}
	}
	return nil
}

// named are the fields of an answer's columns.
func (f *form) named(columns []string) []column {
	fields := make([]column, len(columns))
	for i, name := range columns {
		fields[i] = f.byName[name] // a column that the model lacks has none
	}
	return fields
}

func setRow(ctx context.Context, one reflect.Value, fields []column, row []cell.Cell) error {
	for i, f := range fields {
		if f.of == nil {
			continue
		}
		if err := f.set(f.of.ReflectValueOf(ctx, one), row[i]); err != nil {
			return err
		}
	}
	return nil
}
