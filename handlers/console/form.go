package console

import (
	"strconv"
	"strings"

	"gatehouse/internal/strict"
	"gatehouse/locales"
	"gatehouse/reason"
	"gatehouse/views/ui"
)

// formOf is the form as it was sent, for drawing it again. Passwords are never
// sent back.
func formOf(v strict.Values) ui.Form {
	f := ui.Form{Values: map[string]string{}, Errors: map[string]string{}}
	for _, name := range v.Names() {
		if name != "password" && name != "csrf" {
			f.Values[name] = v.Get(name)
		}
	}
	return f
}

// wrong puts a refusal on the form: beside its fields where it names them. It
// is false for refusals that no change of the form mends.
func wrong(say *locales.Localizer, f *ui.Form, err error) bool {
	e := reason.From(err)
	switch e.Meaning().Kind {
	case reason.Invalid, reason.Conflict, reason.Throttled, reason.NotFound:
	case reason.Forbidden:
		if e.Code != reason.AccessGrant {
			return false
		}
	default:
		return false
	}
	if f.Errors == nil {
		f.Errors = map[string]string{}
	}
	if len(e.Fields) == 0 {
		f.Errors[""] = say.User(string(e.Code))
	}
	for _, field := range e.Fields {
		text := say.User(string(field.Code))
		if field.Detail != "" {
			text += " (" + field.Detail + ")"
		}
		f.Errors[fieldName(field.Pointer)] = text
	}
	return true
}

// renamed are the fields that the form calls otherwise than the rooms below.
var renamed = map[string]string{ //nolint:gosec // names of fields, no credentials
	"settings": "display_name", "client_name": "display_name", "token_endpoint_auth_method": "auth_method",
	"id_token_signed_response_alg": "id_token_alg", "rate_per_minute": "rate", "expires_at": "expires",
	"phone_number_verified": "phone_verified",
}

// fieldName is the form's field that a refusal points at: the rooms below name
// fields as RFC 6901 pointers or plainly.
func fieldName(pointer string) string {
	name := strings.TrimPrefix(pointer, "/")
	name, _, _ = strings.Cut(name, "/")
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	if other, ok := renamed[name]; ok {
		return other
	}
	return name
}

// lines splits a text area into its lines, without empty ones.
func lines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// number reads a field of digits; empty is zero, anything else is refused.
func number(v strict.Values, name string) (int, error) {
	text := strings.TrimSpace(v.Get(name))
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, reason.New(reason.InputInvalid).On(name, reason.InputFormat, "")
	}
	return n, nil
}

func version(v strict.Values) int64 {
	n, err := strconv.ParseInt(v.Get("version"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func ticked(yes bool) string {
	if yes {
		return "yes"
	}
	return ""
}

func digits(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// picked lists the values of boxes called name.value that are ticked.
func picked(v strict.Values, name string) []string {
	var all []string
	for _, n := range v.Names() {
		if value, ok := strings.CutPrefix(n, name+"."); ok && v.Has(n) {
			all = append(all, value)
		}
	}
	return all
}
