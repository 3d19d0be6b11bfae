package strict

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of forms and queries (R103).
const (
	MaxFields = 64
	// MaxName and MaxValue count bytes after decoding.
	MaxName  = 256
	MaxValue = 4 << 10
	// MaxTokenValue holds for the fields that carry signed or sealed tokens.
	MaxTokenValue = 20 << 10
)

// tokens are the fields that may be MaxTokenValue long, most of them tokens.
var tokens = map[string]bool{
	"code": true, "token": true, "access_token": true, "refresh_token": true,
	"id_token_hint": true, "client_assertion": true, "assertion": true,
	"subject_token": true, "actor_token": true, "request": true,
	"authId": true, "executionId": true, "logoutId": true, "after": true,
	"authorization_details_types": true, // a description of many fields in many languages
}

// repeatable is the one field that may come several times (RFC 8707 §2): its
// values are URIs, which hold no spaces, and spaces separate them.
const repeatable = "resource"

// Values are the fields of a form or query, each with one value. The zero
// Values is an empty form.
type Values struct {
	fields map[string]string
}

// ValuesOf makes Values of fields that are known to be well-formed.
func ValuesOf(fields map[string]string) Values { return Values{fields: fields} }

// Get gives a field's value; a field without value is as absent as one that
// was not sent (RFC 6749 §3.1).
func (v Values) Get(name string) string { return v.fields[name] }

// Has tells whether the field was sent with a value.
func (v Values) Has(name string) bool { return v.fields[name] != "" }

// Names lists the fields that were sent, with or without value, in
// alphabetical order: for refusing what nobody asked for (R75).
func (v Values) Names() []string {
	names := make([]string, 0, len(v.fields))
	for name := range v.fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Form reads an application/x-www-form-urlencoded body. It refuses with
// *Error: more than MaxFields fields, a name twice, values over their cap,
// broken percent-encoding, broken UTF-8, NUL and other control characters
// (tab and line ends may stand in values: people fill in text areas). A
// semicolon is data. When names are repeated (ErrRepeated, Names), the Values
// hold all other fields, so that a protocol can still say where to answer
// (R22, R23); with every other error they are empty.
func Form(raw []byte) (Values, error) { return read(string(raw), textArea) }

// Query reads a URL's query without its question mark, as Form does but
// without tab and line ends.
func Query(raw []byte) (Values, error) { return read(string(raw), oneLine) }

// allowance tells which control characters a value may hold.
type allowance string

const (
	oneLine  allowance = ""
	textArea allowance = "\t\r\n"
)

func read(raw string, controls allowance) (Values, error) {
	v := Values{fields: map[string]string{}}
	var repeated []string
	count := 0
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		if count++; count > MaxFields {
			return Values{}, &Error{Kind: ErrTooLarge, Detail: fmt.Sprintf("must not have more than %d fields", MaxFields)}
		}
		name, value, err := field(pair, controls)
		if err != nil {
			return Values{}, err
		}
		if !v.take(name, value) && !slices.Contains(repeated, name) {
			repeated = append(repeated, name)
		}
	}
	if len(repeated) == 0 {
		return v, nil
	}
	for _, name := range repeated {
		delete(v.fields, name)
	}
	return v, &Error{Kind: ErrRepeated, Names: repeated, Detail: "must be given once"}
}

// take keeps a field; false: it came before, and may not come again.
func (v Values) take(name, value string) bool {
	former, again := v.fields[name]
	if again && name != repeatable {
		return false
	}
	if again {
		value = former + " " + value
	}
	v.fields[name] = value
	return true
}

func field(pair string, controls allowance) (string, string, error) {
	rawName, rawValue, _ := strings.Cut(pair, "=")
	name, ok := unescape(rawName)
	if !ok || name == "" || !clean(name, oneLine) {
		return "", "", &Error{Kind: ErrMalformed, Detail: "a field's name is not well-formed"}
	}
	if len(name) > MaxName {
		return "", "", &Error{Kind: ErrTooLarge, Detail: fmt.Sprintf("a field's name is longer than %d bytes", MaxName)}
	}
	value, ok := unescape(rawValue)
	if !ok || !clean(value, controls) {
		return "", "", &Error{Kind: ErrMalformed, Names: []string{name}, Detail: "is not well-formed"}
	}
	most := MaxValue
	if tokens[name] {
		most = MaxTokenValue
	}
	if len(value) > most {
		return "", "", &Error{Kind: ErrTooLarge, Names: []string{name}, Detail: fmt.Sprintf("must not be longer than %d bytes", most)}
	}
	return name, value, nil
}

// unescape decodes plus signs and percent escapes; false for a broken escape.
func unescape(s string) (string, bool) {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 { // faster than one search for both
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '+':
			b = append(b, ' ')
		case '%':
			var c [1]byte
			if i+2 >= len(s) {
				return "", false
			}
			if _, err := hex.Decode(c[:], []byte(s[i+1:i+3])); err != nil {
				return "", false
			}
			b = append(b, c[0])
			i += 2
		default:
			b = append(b, s[i])
		}
	}
	return string(b), true
}

// clean refuses broken UTF-8 and control characters.
func clean(s string, controls allowance) bool {
	if printable(s) {
		return true
	}
	if !utf8.ValidString(s) {
		return false
	}
	for _, c := range s {
		if (c < ' ' || (c >= 0x7f && c < 0xa0)) && !strings.ContainsRune(string(controls), c) {
			return false
		}
	}
	return true
}

// printable tells whether s is ASCII without control characters, as nearly
// everything is that machines send.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
