package postgres

import (
	"slices"

	"gatehouse/store/internal/cell"
)

// Many is how the same question of several requests is one statement: a list
// takes the place of what it looks for, which is every value but the tenant, the
// last. The column tells whose a row is.
type Many struct{ Query, Column string }

// joint is a statement that travels, and whose questions it answers.
type joint struct {
	Statement
	parts []part
}

// part is one statement of a request.
type part struct {
	of *request
	at int
}

// joined makes one statement of those that ask the same tenant the same about
// different rows: what a statement costs is more than another row.
func joined(all []*request) []joint {
	var made []joint
	for _, a := range all {
		for i, s := range a.statements {
			at := slices.IndexFunc(made, s.joins)
			if at < 0 {
				at = len(made)
				made = append(made, joint{Statement: s})
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
func (s Statement) joins(j joint) bool {
	return s.Many != nil && j.Many != nil && *j.Many == *s.Many && j.tenant() == s.tenant()
}

// tenant is the last value of a statement that can be joined to others.
func (s Statement) tenant() any { return s.Args[len(s.Args)-1] }

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
	j.Statement = Statement{Query: j.Many.Query, Args: []any{sought, j.tenant()}, Many: j.Many}
}

// sought is what a part that is joined to others looks for.
func (p part) sought() []any {
	args := p.of.statements[p.at].Args
	return args[:len(args)-1]
}

// deliver gives each part its rows.
func (j *joint) deliver(found cell.Answer) {
	if len(j.parts) == 1 {
		j.parts[0].of.answers[j.parts[0].at] = found
		return
	}
	whose := slices.Index(found.Columns, j.Many.Column)
	for _, p := range j.parts {
		p.of.answers[p.at] = cell.Answer{Columns: found.Columns}
	}
	for _, row := range found.Rows {
		key := any(row[whose].Text)
		for _, p := range j.parts {
			if own := &p.of.answers[p.at]; slices.Contains(p.sought(), key) {
				own.Rows = append(own.Rows, row)
			}
		}
	}
}
