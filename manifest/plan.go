package manifest

import (
	"fmt"
	"reflect"
	"strings"
)

// Plan is what applying changes, or changed.
type Plan struct {
	Changes []Change
	Notes   []string // what the operator should know
}

// Change is what happens to one thing.
type Change struct {
	Verb   string // create, update, delete
	Title  string // kind tenant/name
	Fields []FieldChange
}

// FieldChange is one field before and after. Secrets are never shown.
type FieldChange struct{ Name, From, To string }

const hiddenValue = "(secret)"

// String is the plan for a terminal.
func (p *Plan) String() string {
	var b strings.Builder
	for _, n := range p.Notes {
		b.WriteString("note: " + n + "\n")
	}
	if len(p.Changes) == 0 {
		b.WriteString("no changes\n")
		return b.String()
	}
	count := p.count()
	for _, c := range p.Changes {
		b.WriteString(map[string]string{"create": "+", "update": "~", "delete": "-"}[c.Verb] + " " + c.Title + "\n")
		for _, f := range c.Fields {
			if c.Verb == "create" {
				fmt.Fprintf(&b, "    %s: %s\n", f.Name, f.To)
			} else {
				fmt.Fprintf(&b, "    %s: %s -> %s\n", f.Name, f.From, f.To)
			}
		}
	}
	fmt.Fprintf(&b, "%d to create, %d to update, %d to delete\n", count["create"], count["update"], count["delete"])
	return b.String()
}

// count is how many changes there are of each verb.
func (p *Plan) count() map[string]int {
	n := map[string]int{}
	for _, c := range p.Changes {
		n[c.Verb]++
	}
	return n
}

// field is one named value, for comparing.
type field struct {
	name  string
	value any
}

// differing compares two lists of the same fields.
func differing(before, after []field) []FieldChange {
	var all []FieldChange
	for i, a := range after {
		if reflect.DeepEqual(normal(before[i].value), normal(a.value)) {
			continue
		}
		all = append(all, FieldChange{a.name, shown(before[i].value), shown(a.value)})
	}
	return all
}

// normal treats an absent list as an empty one.
func normal(v any) any {
	if r := reflect.ValueOf(v); r.IsValid() && (r.Kind() == reflect.Slice || r.Kind() == reflect.Map) && r.Len() == 0 {
		return nil
	}
	return v
}

func shown(v any) string { return fmt.Sprintf("%v", v) }
