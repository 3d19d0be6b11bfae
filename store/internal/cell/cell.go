package cell

import (
	"database/sql/driver"
	"fmt"
)

// Cell is one value of a row, as both databases have it. The kinds are those of
// driver.Value without moments of time, which the schema keeps as numbers.
type Cell struct {
	Kind Kind
	N    int64   // a number, or 1 for true
	F    float64 // a number with a fraction
	Text string  // text or bytes
}

// Kind is the kind of a value.
type Kind uint8

// The kinds of values.
const (
	Null Kind = iota
	Int
	Bool
	Float
	Text
	Bytes
)

// Of is a driver's value as a cell. It returns an error for a type that no column of
// ours has.
func Of(v driver.Value) (Cell, error) {
	switch v := v.(type) {
	case nil:
		return Cell{}, nil
	case int64:
		return Cell{Kind: Int, N: v}, nil
	case bool:
		c := Cell{Kind: Bool}
		if v {
			c.N = 1
		}
		return c, nil
	case float64:
		return Cell{Kind: Float, F: v}, nil
	case string:
		return Cell{Kind: Text, Text: v}, nil
	case []byte:
		return Cell{Kind: Bytes, Text: string(v)}, nil
	}
	return Cell{}, fmt.Errorf("store: no column holds a %T", v)
}

// Value is the cell as a driver gives it.
func (c Cell) Value() driver.Value {
	switch c.Kind {
	case Null:
	case Int:
		return c.N
	case Bool:
		return c.N != 0
	case Float:
		return c.F
	case Text:
		return c.Text
	case Bytes:
		return []byte(c.Text)
	}
	return nil
}

// Answer are the rows that answer one statement.
type Answer struct {
	Columns []string // their names
	Rows    [][]Cell
}
