package strict

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// DefaultLimit is how large a JSON body is where a route says nothing
	// else, in bytes (R102).
	DefaultLimit = 64 << 10
	// MaxDepth is how deep arrays and objects nest.
	MaxDepth = 32
)

// JSON reads one JSON value into a pointer. It refuses with *Error: more than
// limit bytes (0 is DefaultLimit), deeper nesting than MaxDepth, repeated
// names, names in another case or unknown to the struct, numbers out of range,
// broken UTF-8, and anything after the value (R102). On an error the target
// may be partly filled: do not use it.
func JSON(body []byte, into any, limit int) error {
	if limit <= 0 {
		limit = DefaultLimit
	}
	if len(body) > limit {
		return &Error{Kind: ErrTooLarge, Detail: fmt.Sprintf("must not be larger than %d bytes", limit)}
	}
	if tooDeep(body) {
		return &Error{Kind: ErrTooLarge, Detail: fmt.Sprintf("must not nest deeper than %d levels", MaxDepth)}
	}
	if err := json.Unmarshal(body, into, json.RejectUnknownMembers(true)); err != nil {
		return explain(err)
	}
	return nil
}

// tooDeep counts brackets outside strings; whether they match is for the
// parser to say.
func tooDeep(body []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// explain puts a parser's error into words of ours; the parser's own may
// repeat what was sent.
func explain(err error) error {
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		return explainSyntax(syntactic)
	}
	var semantic *json.SemanticError
	if !errors.As(err, &semantic) {
		return &Error{Kind: ErrMalformed, Detail: "is not valid JSON"}
	}
	if errors.Is(semantic.Err, json.ErrUnknownName) {
		return &Error{Kind: ErrUnknown, Pointer: pointer(semantic.JSONPointer), Detail: "is not known here"}
	}
	return &Error{Kind: ErrValue, Pointer: pointer(semantic.JSONPointer), Detail: wanted(semantic.GoType)}
}

func explainSyntax(err *jsontext.SyntacticError) error {
	if errors.Is(err.Err, jsontext.ErrDuplicateName) {
		return &Error{Kind: ErrRepeated, Pointer: pointer(err.JSONPointer), Detail: "is given twice"}
	}
	return &Error{
		Kind: ErrMalformed, Pointer: pointer(err.JSONPointer),
		Detail: fmt.Sprintf("is not valid JSON after byte %d", err.ByteOffset),
	}
}

// pointer is cut, since its names are the sender's.
func pointer(p jsontext.Pointer) string {
	const most = 200
	if len(p) > most {
		return string(p[:most]) + "…"
	}
	return string(p)
}

// wanted says what would have been right for a Go type.
func wanted(t reflect.Type) string {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil {
		return "is not usable"
	}
	if t == reflect.TypeFor[time.Time]() {
		return "must be a time as in RFC 3339, such as 2026-11-20T12:00:00Z"
	}
	switch t.Kind() {
	case reflect.String:
		return "must be text"
	case reflect.Bool:
		return "must be true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "must be a whole number in range"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "must be a whole number in range, not negative"
	case reflect.Float32, reflect.Float64:
		return "must be a number in range"
	case reflect.Slice, reflect.Array:
		return "must be a list"
	case reflect.Map:
		return "must be an object"
	default:
		return "has the wrong form"
	}
}
