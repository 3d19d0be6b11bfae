package store

import (
	"gorm.io/gorm/clause"
)

// sum is a column plus a constant.
type sum struct {
	column string
	n      int64
}

// Plus is the value of a column with n added, for Updates: the database adds,
// so that no two changes are lost in each other.
func Plus(column string, n int64) clause.Expression { return sum{column, n} }

// Build implements clause.Expression.
func (s sum) Build(b clause.Builder) {
	b.WriteQuoted(clause.Column{Name: s.column})
	_, _ = b.WriteString(" + ") // the builder is in memory
	b.AddVar(b, s.n)
}

// checked is a column plus a constant while the row is as expected.
type checked struct {
	sum
	expected []clause.Eq
}

// PlusIf is Plus where the row's columns have the values that are expected, and
// nothing where not, which a column that must have a value refuses (Missing).
// Nobody has to read how many rows were met: what travels with the change fails
// with it.
func PlusIf(column string, n int64, expected ...clause.Eq) clause.Expression {
	return checked{sum{column, n}, expected}
}

// Build implements clause.Expression.
func (c checked) Build(b clause.Builder) {
	_, _ = b.WriteString("CASE WHEN ")
	for i, e := range c.expected {
		if i > 0 {
			_, _ = b.WriteString(" AND ")
		}
		e.Build(b)
	}
	_, _ = b.WriteString(" THEN ")
	c.sum.Build(b)
	_, _ = b.WriteString(" END")
}

// window chooses between going on and beginning anew.
type window struct {
	table, end  string
	now         any
	over, going clause.Expression
}

// CountInWindow is the change of an upsert that counts in a window of time:
// while the kept window lasts, the kept count rises by the new row's; once it
// is over, the new row takes its place.
func CountInWindow(table, count, end string, now any) clause.Set {
	kept := func(c string) clause.Column { return clause.Column{Table: table, Name: c} }
	fresh := func(c string) clause.Column { return clause.Column{Table: "excluded", Name: c} }
	return clause.Set{
		{Column: clause.Column{Name: count}, Value: window{table, end, now, columns{fresh(count)}, columns{kept(count), fresh(count)}}},
		{Column: clause.Column{Name: end}, Value: window{table, end, now, columns{fresh(end)}, columns{kept(end)}}},
	}
}

// Build implements clause.Expression.
func (w window) Build(b clause.Builder) {
	_, _ = b.WriteString("CASE WHEN ")
	b.WriteQuoted(clause.Column{Table: w.table, Name: w.end})
	_, _ = b.WriteString(" <= ")
	b.AddVar(b, w.now)
	_, _ = b.WriteString(" THEN ")
	w.over.Build(b)
	_, _ = b.WriteString(" ELSE ")
	w.going.Build(b)
	_, _ = b.WriteString(" END")
}

// countedBack is a kept count less the new row's, and never below zero.
type countedBack struct{ table, column string }

// CountBack is the change of an upsert that takes the new row's count from the
// kept one, which does not fall below zero. Where none is kept, the new row stays
// as it is.
func CountBack(table, count string) clause.Set {
	return clause.Set{{Column: clause.Column{Name: count}, Value: countedBack{table, count}}}
}

// Build implements clause.Expression.
func (c countedBack) Build(b clause.Builder) {
	kept, back := clause.Column{Table: c.table, Name: c.column}, clause.Column{Table: "excluded", Name: c.column}
	_, _ = b.WriteString("CASE WHEN ")
	b.WriteQuoted(kept)
	_, _ = b.WriteString(" > ")
	b.WriteQuoted(back)
	_, _ = b.WriteString(" THEN ")
	b.WriteQuoted(kept)
	_, _ = b.WriteString(" - ")
	b.WriteQuoted(back)
	_, _ = b.WriteString(" ELSE 0 END")
}

// columns is the sum of columns.
type columns []clause.Column

// Build implements clause.Expression.
func (cs columns) Build(b clause.Builder) {
	for i, c := range cs {
		if i > 0 {
			_, _ = b.WriteString(" + ")
		}
		b.WriteQuoted(c)
	}
}
