package claimrules

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
)

var errText = errors.New("the text grew too long")

// functions are ours: those of the library by these names make texts of any
// length.
var functions = []expr.Option{
	expr.Function("plus", plus, new(func(string, string) string), new(func(any, any) any)),
	expr.Function("join", join, new(func([]string, string) string), new(func([]any, string) string)),
	expr.Function("split", split, new(func(string, string) []string)),
	expr.Function("replace", replace, new(func(string, string, string) string)),
	expr.Function("string", text, new(func(any) string)),
}

// plus adds two texts, or two numbers whose types were not known before.
func plus(args ...any) (any, error) {
	switch a := args[0].(type) {
	case string:
		if b, ok := args[1].(string); ok {
			return bounded(a, b)
		}
	case int:
		if b, ok := args[1].(int); ok {
			return a + b, nil
		}
	}
	return nil, fmt.Errorf("cannot add %T and %T", args[0], args[1])
}

func bounded(parts ...string) (any, error) {
	n := 0
	for _, p := range parts {
		if n += len(p); n > maxText {
			return nil, errText
		}
	}
	return strings.Join(parts, ""), nil
}

func join(args ...any) (any, error) {
	glue, _ := args[1].(string)
	var parts []string
	add := func(s string) {
		if len(parts) > 0 {
			parts = append(parts, glue)
		}
		parts = append(parts, s)
	}
	switch list := args[0].(type) {
	case []string:
		for _, s := range list {
			add(s)
		}
	case []any:
		for _, v := range list {
			s, ok := v.(string)
			if !ok {
				return nil, fmt.Errorf("cannot join %T", v)
			}
			add(s)
		}
	}
	return bounded(parts...)
}

func split(args ...any) (any, error) {
	s, _ := args[0].(string)
	by, _ := args[1].(string)
	parts := strings.SplitN(s, by, maxElements/10+1)
	if len(parts) > maxElements/10 {
		return nil, errors.New("too many parts")
	}
	return parts, nil
}

func replace(args ...any) (any, error) {
	s, _ := args[0].(string)
	old, _ := args[1].(string)
	with, _ := args[2].(string)
	if len(s)+strings.Count(s, old)*len(with) > maxText {
		return nil, errText
	}
	return strings.ReplaceAll(s, old, with), nil
}

// text writes a value that is no list.
func text(args ...any) (any, error) {
	switch v := args[0].(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	}
	return nil, fmt.Errorf("no text for %T", args[0])
}
