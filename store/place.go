package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// place is where a question is asked: over a pool or in a transaction, in a scope.
type place struct {
	db *gorm.DB
	sc *scope
}

// lasting is a context that does not interrupt others' statements.
func (p place) lasting(ctx context.Context) context.Context {
	if p.sc.st != nil && p.sc.st.shared {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

func (p place) spot() spot { return spot{kind: p.db.Name(), system: p.sc.system != ""} }

// model is the schema of a model whose rows may be asked for in this place.
func (p place) model(t reflect.Type) (*schema.Schema, error) {
	g := guardOf(p.db)
	s, err := schema.Parse(reflect.New(t).Interface(), &g.schemas, p.db.NamingStrategy)
	switch {
	case err != nil:
		return nil, err
	case g.forms.of(s) == nil:
		return nil, errForm
	case p.sc.system == "" && (p.sc.tenant == "" || !g.of(s).owned):
		return nil, fmt.Errorf("%w: %s", ErrUnscoped, s.Table)
	}
	return s, nil
}

// translated is an error as GORM's statements have it.
func (p place) translated(err error) error {
	if t, ok := p.db.Dialector.(gorm.ErrorTranslator); ok && err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return t.Translate(err)
	}
	return err
}
