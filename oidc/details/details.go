package details

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"

	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
)

// Parameter is the name of the request parameter, of the claim and of the
// members of answers (RFC 9396 §2, §7 and §9).
const Parameter = "authorization_details"

// The bounds of a request; what a browser brings is shorter anyway.
const (
	maxBytes   = 8 << 10
	maxDetails = 16
)

// Detail is one element: its type, and the fields of that.
type Detail map[string]any

// Type is the type's name.
func (d Detail) Type() string { t, _ := d["type"].(string); return t }

// List is what somebody asks for or was granted.
type List []Detail

// Known are types by name, each with the locations that it may name.
type Known map[string]models.DetailType

// Parse reads the parameter; empty text is an empty list. It returns
// reason.OAuthDetails for what is no array of objects with a type each (§2).
func Parse(text string) (List, *reason.Error) {
	if text == "" || text == "null" {
		return nil, nil
	}
	var strictly []map[string]any
	if err := strict.JSON([]byte(text), &strictly, maxBytes); err != nil {
		return nil, reason.Wrap(reason.OAuthDetails, err).On(Parameter, reason.InputFormat, "")
	}
	if len(strictly) == 0 || len(strictly) > maxDetails {
		return nil, refused(reason.InputTooLong, "1 – 16")
	}
	list := Stored([]byte(text))
	for _, d := range list {
		if d.Type() == "" {
			return nil, refused(reason.InputRequired, "type")
		}
	}
	return list, nil
}

// Stored is a list as this server kept it; nothing where there is none.
func Stored(text json.RawMessage) List {
	var list List
	read := json.NewDecoder(bytes.NewReader(text))
	read.UseNumber() // what is an amount must not become another
	if read.Decode(&list) != nil {
		return nil
	}
	return list
}

func refused(code reason.Code, detail string) *reason.Error {
	return reason.New(reason.OAuthDetails).On(Parameter, code, detail)
}

// JSON is the list in the form in which it is kept; nil for an empty one.
func (l List) JSON() json.RawMessage {
	if len(l) == 0 {
		return nil
	}
	text, err := json.Marshal(l)
	if err != nil {
		return nil // strings, numbers and truth values always are JSON
	}
	return text
}

// Types are the names of the types, each once.
func (l List) Types() []string {
	var names []string
	for _, d := range l {
		if !slices.Contains(names, d.Type()) {
			names = append(names, d.Type())
		}
	}
	return names
}

// Of are the details whose types are known.
func (l List) Of(known Known) List {
	return slices.DeleteFunc(slices.Clone(l), func(d Detail) bool { _, ok := known[d.Type()]; return !ok })
}

// AskAlways reports whether the user has to be asked whatever he allowed before.
func (l List) AskAlways(known Known) bool {
	return slices.ContainsFunc(l, func(d Detail) bool { return known[d.Type()].AskAlways })
}

// Covered reports whether each of the details is among others just as it is, as
// often as it stands here: of what was allowed once, nobody gets two.
func (l List) Covered(by List) bool {
	return l.paired(by, func(d, other Detail) bool { return reflect.DeepEqual(d, other) })
}

func (l List) holds(d Detail) bool {
	return slices.ContainsFunc(l, func(other Detail) bool { return reflect.DeepEqual(d, other) })
}

// paired reports whether each of the details can have one of the others for
// itself. Which one decides what is left for the rest, so a choice that was made
// may be made anew (Kuhn's algorithm for bipartite matching).
func (l List) paired(others List, fits func(d, other Detail) bool) bool {
	holder := make([]int, len(others)) // who has it, counted from 1; 0: nobody
	var place func(i int, tried []bool) bool
	place = func(i int, tried []bool) bool {
		for j := range others {
			if tried[j] || !fits(l[i], others[j]) {
				continue
			}
			tried[j] = true
			if holder[j] == 0 || place(holder[j]-1, tried) {
				holder[j] = i + 1
				return true
			}
		}
		return false
	}
	for i := range l {
		if !place(i, make([]bool, len(others))) {
			return false
		}
	}
	return true
}

// Joined are both, each detail once: at most so many, of which the last count.
func (l List) Joined(more List, most int) List {
	all := slices.DeleteFunc(slices.Clone(l), more.holds)
	all = append(all, more...)
	return all[max(0, len(all)-most):]
}

// narrowing are the fields of which fewer items are less (§2.2). Of any other
// nobody but the API knows what is less, so they have to be the same (§6.1).
var narrowing = []string{"actions", "datatypes", "locations", "privileges"}

// Within reports whether each of the details asks for no more than one that is
// held, and no two for the same (§6): a payment that was allowed once would be two.
func (l List) Within(held List) bool { return l.paired(held, Detail.within) }

func (d Detail) within(held Detail) bool {
	if len(d) != len(held) {
		return false
	}
	for name, value := range d {
		other, has := held[name]
		less := slices.Contains(narrowing, name) && fewer(value, other)
		if !has || !less && !reflect.DeepEqual(value, other) {
			return false
		}
	}
	return true
}

// fewer reports whether the items of one list all stand in another.
func fewer(value, other any) bool {
	some, isList := value.([]any)
	all, both := other.([]any)
	return isList && both && len(some) > 0 && !slices.ContainsFunc(some, func(item any) bool {
		return !slices.ContainsFunc(all, func(other any) bool { return reflect.DeepEqual(item, other) })
	})
}
