package details

import (
	"encoding/json"
	"slices"

	"gatehouse/models"
)

// Shown is a detail as people read it, whatever their language.
type Shown struct {
	Type  string
	Words models.Words // none: the type's name has to do
	// API is the display name of the API that it speaks to.
	API     string
	Facts   []Fact
	Granted bool // the user allowed just this before
}

// Fact is one field of it.
type Fact struct {
	// Name is the field's; Common tells that it is one of RFC 9396 §2.2, which
	// have words of our own.
	Name   string
	Common bool
	Words  models.Words
	// Of is the field that it stands in; nil: none.
	Of     *Fact
	Values []Value
}

// Value is what a field holds.
type Value struct {
	Text  string
	Words models.Words
	Truth bool // Text is true or false
}

// Show lists what the user has to know of a detail, in the order of its type.
func (d Detail) Show(t models.DetailType) Shown {
	s := Shown{Type: d.Type(), Words: t.Words}
	fields := described(t)[1:] // the type is told by its words
	s.Facts = facts(d, fields, t, nil)
	return s
}

func facts(object map[string]any, fields []models.DetailField, t models.DetailType, of *Fact) []Fact {
	var all []Fact
	for i := range fields {
		f := &fields[i]
		value, has := object[f.Name]
		if !has {
			continue
		}
		fact := Fact{Name: f.Name, Words: f.Words, Of: of, Common: of == nil && i < len(described(t))-1-len(t.Fields)}
		if inner, ok := value.(map[string]any); ok {
			if worded(f) {
				fact.Values = joined(facts(inner, f.Fields, t, &fact))
				all = append(all, fact)
				continue
			}
			all = append(all, facts(inner, f.Fields, t, &fact)...)
			continue
		}
		fact.Values = values(value, t)
		all = append(all, fact)
	}
	return all
}

// worded reports whether an object alone has words, so that it stands in one line:
// an amount with its currency.
func worded(f *models.DetailField) bool {
	return len(f.Words) > 0 && !slices.ContainsFunc(f.Fields, func(inner models.DetailField) bool { return len(inner.Words) > 0 })
}

func joined(facts []Fact) []Value {
	var all []Value
	for _, f := range facts {
		all = append(all, f.Values...)
	}
	return all
}

func values(value any, t models.DetailType) []Value {
	switch v := value.(type) {
	case string:
		return []Value{{Text: v, Words: t.Terms[v]}}
	case json.Number:
		return []Value{{Text: v.String()}}
	case bool:
		if v {
			return []Value{{Text: "true", Truth: true}}
		}
		return []Value{{Text: "false", Truth: true}}
	case []any:
		var all []Value
		for _, item := range v {
			all = append(all, values(item, t)...)
		}
		return all
	}
	return nil
}
