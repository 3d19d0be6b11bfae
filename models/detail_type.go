package models

import (
	"maps"
	"slices"
)

// Words are what people read, by language tag, such as en.
type Words map[string]string

// In are the words in a language, else in English, else in any; empty: there
// are none.
func (w Words) In(tag string) string {
	if text := w[tag]; text != "" {
		return text
	}
	if text := w["en"]; text != "" {
		return text
	}
	for _, other := range slices.Sorted(maps.Keys(w)) {
		return w[other]
	}
	return ""
}

// DetailType is a type of authorization_details that an API understands, as far
// as it can be judged without the API (RFC 9396 §2). A field that is not
// described here is refused (§5).
type DetailType struct {
	Type string `json:"type" yaml:"type"` // unique in the tenant
	// Words are what people are asked to allow.
	Words Words `json:"words,omitempty" yaml:"words,omitempty"`
	// Actions and DataTypes are the values that the fields of these names may
	// hold (§2.2). A request names at least one; where there are none, the field
	// may not stand there.
	Actions   []string `json:"actions,omitempty" yaml:"actions,omitempty"`
	DataTypes []string `json:"datatypes,omitempty" yaml:"datatypes,omitempty"`
	// Locations are those that may be named beside the API's identifier.
	Locations []string      `json:"locations,omitempty" yaml:"locations,omitempty"`
	Fields    []DetailField `json:"fields,omitempty" yaml:"fields,omitempty"`
	// Terms are words for values of actions, datatypes and fields.
	Terms map[string]Words `json:"terms,omitempty" yaml:"terms,omitempty"`
	// AskAlways asks the user each time, whatever he allowed before; nobody gets
	// details of the type without a user.
	AskAlways bool `json:"ask_always,omitempty" yaml:"ask_always,omitempty"`
}

// The kinds of a field.
const (
	DetailText    = "text"
	DetailNumber  = "number"
	DetailBoolean = "boolean"
	DetailList    = "list"   // of text
	DetailObject  = "object" // with fields of its own
)

// DetailField is a field that details of a type may hold beside the common ones.
type DetailField struct {
	Name     string `json:"name" yaml:"name"`
	Kind     string `json:"kind" yaml:"kind"`
	Required bool   `json:"required,omitempty" yaml:"required,omitempty"`
	// Words are its label; none: its name is shown.
	Words Words `json:"words,omitempty" yaml:"words,omitempty"`
	// Values are those that a text or the items of a list may have; none: any.
	Values []string      `json:"values,omitempty" yaml:"values,omitempty"`
	Fields []DetailField `json:"fields,omitempty" yaml:"fields,omitempty"` // of an object
}
