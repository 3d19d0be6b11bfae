package ui

import "context"

// Form is what a form shows: what was stored or typed, and what was wrong.
type Form struct {
	Values map[string]string
	// Errors are texts by field; the empty name is the form itself.
	Errors map[string]string
}

// Value returns what a field holds.
func (f Form) Value(name string) string { return f.Values[name] }

// Ticked reports whether a box is ticked.
func (f Form) Ticked(name string) bool { return f.Values[name] != "" }

// Field is one field of a form, as Input and its kin draw it.
type Field struct {
	Name, Label, Help, Error, Value string

	kind         string // the type attribute
	autocomplete string
	placeholder  string
	rows         int
	required     bool
	focus        bool
	latin        bool // written from left to right in every language
	readOnly     bool
	suffix       string
	list         string
}

// Field returns the field called name: its label is the text of key, its help
// the text of key.help where there is one.
func (f Form) Field(ctx context.Context, name, key string) Field {
	return Field{
		Name: name, Label: T(ctx, key), Help: TOr(ctx, key+".help", ""),
		Error: f.Errors[name], Value: f.Values[name], kind: "text",
	}
}

// Kind sets the type of input: email, password, url, number, color, search.
// Addresses and numbers are written from left to right.
func (f Field) Kind(kind string) Field {
	f.kind = kind
	f.latin = f.latin || kind == "email" || kind == "url" || kind == "tel" || kind == "number"
	return f
}

// Fill sets what the browser may fill in (HTML autocomplete).
func (f Field) Fill(autocomplete string) Field { f.autocomplete = autocomplete; return f }

// Hint sets an example that shows while the field is empty.
func (f Field) Hint(placeholder string) Field { f.placeholder = placeholder; return f }

// Rows sets the height of a text area.
func (f Field) Rows(n int) Field { f.rows = n; return f }

// Must marks the field as required.
func (f Field) Must() Field { f.required = true; return f }

// First puts the cursor there.
func (f Field) First() Field { f.focus = true; return f }

// Latin writes the value from left to right in every language: names of hosts,
// identifiers, addresses.
func (f Field) Latin() Field { f.latin = true; return f }

// Fixed shows the value without letting it be changed.
func (f Field) Fixed() Field { f.readOnly = true; return f }

// With shows a unit behind the field.
func (f Field) With(suffix string) Field { f.suffix = suffix; return f }

// Default sets the value where there is none.
func (f Field) Default(value string) Field {
	if f.Value == "" {
		f.Value = value
	}
	return f
}

func (f Field) id() string { return "f-" + f.Name }

func (f Field) describedBy() string {
	ids := ""
	if f.Help != "" {
		ids = f.id() + "-help"
	}
	if f.Error != "" {
		ids += " " + f.id() + "-error"
	}
	return ids
}

func (f Field) dir() string {
	if f.latin {
		return "ltr"
	}
	return "auto"
}

func (f Field) class(base string) string {
	if f.Error != "" {
		return base + " is-invalid"
	}
	return base
}

// Option is one choice of a field.
type Option struct {
	Value, Label, Help string
	Chosen             bool
}
