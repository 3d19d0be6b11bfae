package manifest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
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

const (
	hiddenValue = "(secret)"
	nothing     = "(none)"
)

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
				fmt.Fprintf(&b, "    %s: %s -> %s\n", f.Name, cmp.Or(f.From, nothing), cmp.Or(f.To, nothing))
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
		all = append(all, compared(a.name, before[i].value, a.value)...)
	}
	return all
}

// compared says how a value changes: of one with members, each that does.
func compared(name string, before, after any) []FieldChange {
	if reflect.DeepEqual(normal(before), normal(after)) {
		return nil
	}
	from, to := members(before), members(after)
	if from == nil || to == nil {
		return []FieldChange{{name, shown(before), shown(after)}}
	}
	names := maps.Clone(from)
	maps.Copy(names, to)
	var all []FieldChange
	for _, member := range slices.Sorted(maps.Keys(names)) {
		all = append(all, compared(name+"."+member, from[member], to[member])...)
	}
	return all
}

// members are those of a map or struct by the names that files give them; nil
// where a value has none.
func members(v any) map[string]any {
	kind := reflect.ValueOf(v).Kind()
	if kind != reflect.Map && kind != reflect.Struct {
		return nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	all := map[string]any{}
	read := json.NewDecoder(bytes.NewReader(text))
	read.UseNumber()
	if read.Decode(&all) != nil || all == nil {
		return nil
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

// shown is a value for a terminal; what is empty is nothing.
func shown(v any) string {
	if normal(v) == nil {
		return ""
	}
	return fmt.Sprintf("%v", v)
}
