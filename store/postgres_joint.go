package store

import (
	"slices"
)

// pgMany is how the same question of several requests is one statement: a list
// takes the place of what it looks for, which is every value but the tenant, the
// last. The column tells whose a row is.
type pgMany struct{ query, column string }

// joint is a statement that travels, and whose questions it answers.
type joint struct {
	pgStatement
	parts []part
}

// part is one statement of a request.
type part struct {
	of *pgAsked
	at int
}

// joined makes one statement of those that ask the same tenant the same about
// different rows: what a statement costs is more than another row.
func joined(all []*pgAsked) []joint {
	var made []joint
	for _, a := range all {
		for i, s := range a.statements {
			at := slices.IndexFunc(made, s.joins)
			if at < 0 {
				at = len(made)
				made = append(made, joint{pgStatement: s})
			}
			made[at].parts = append(made[at].parts, part{a, i})
		}
	}
	for i := range made {
		made[i].widen()
	}
	return made
}

// joins reports whether a statement can be part of another.
func (s pgStatement) joins(j joint) bool {
	return s.many != nil && j.many != nil && *j.many == *s.many && j.tenant() == s.tenant()
}

// tenant is the last value of a statement that can be joined to others.
func (s pgStatement) tenant() any { return s.args[len(s.args)-1] }

// widen has the statement look for what each part does.
func (j *joint) widen() {
	if len(j.parts) == 1 {
		return
	}
	var sought []string
	for _, p := range j.parts {
		for _, v := range p.sought() {
			sought = append(sought, v.(string)) //nolint:forcetypeassert // what is not a text is not joined
		}
	}
	j.pgStatement = pgStatement{query: j.many.query, args: []any{sought, j.tenant()}, many: j.many}
}

// sought is what a part that is joined to others looks for.
func (p part) sought() []any {
	args := p.of.statements[p.at].args
	return args[:len(args)-1]
}

// deliver gives each part its rows.
func (j *joint) deliver(found answer) {
	if len(j.parts) == 1 {
		j.parts[0].of.answers[j.parts[0].at] = found
		return
	}
	whose := slices.Index(found.columns, j.many.column)
	for _, p := range j.parts {
		own := answer{columns: found.columns}
		for _, row := range found.rows {
			if slices.Contains(p.sought(), any(row[whose].text)) {
				own.rows = append(own.rows, row)
			}
		}
		p.of.answers[p.at] = own
	}
}
