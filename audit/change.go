package audit

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
)

// changesKey is the detail under which the difference of Before and After
// stands: field → {"from", "to"}, or true where the values are not recorded.
const changesKey = "changes"

// difference compares two JSON objects field by field.
func difference(allowed allowance, before, after any) (map[string]any, error) {
	if before == nil && after == nil {
		return nil, nil
	}
	old, err := object(before)
	if err != nil {
		return nil, err
	}
	fresh, err := object(after)
	if err != nil {
		return nil, err
	}
	names := maps.Clone(old)
	maps.Copy(names, fresh)
	changes := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		switch from, to := old[name], fresh[name]; {
		case reflect.DeepEqual(from, to):
		case allowed.value(name):
			changes[name] = map[string]any{"from": from, "to": to}
		default:
			changes[name] = true
		}
	}
	return changes, nil
}

// object is v as its JSON object with plain texts.
func object(v any) (map[string]any, error) {
	if v == nil || reflect.ValueOf(v).Kind() == reflect.Pointer && reflect.ValueOf(v).IsNil() {
		return map[string]any{}, nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	o := map[string]any{}
	if err := json.Unmarshal(b, &o); err != nil {
		return nil, err
	}
	for k := range o {
		o[k] = plainJSON(o[k])
	}
	return o, nil
}

// plainValue is any value as JSON reads it back, with plain texts.
func plainValue(v any) (any, error) {
	switch x := v.(type) { // what most details are needs no JSON for it
	case string:
		return Plain(x), nil
	case bool:
		return x, nil
	case int:
		return float64(x), nil
	case int64:
		return float64(x), nil
	case []string:
		if x != nil {
			return plainTexts(x), nil
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var back any
	if err := json.NewDecoder(bytes.NewReader(b)).Decode(&back); err != nil {
		return nil, err
	}
	return plainJSON(back), nil
}

func plainTexts(texts []string) []any {
	all := make([]any, len(texts))
	for i := range texts {
		all[i] = Plain(texts[i])
	}
	return all
}

func plainJSON(v any) any {
	switch x := v.(type) {
	case string:
		return Plain(x)
	case []any:
		for i := range x {
			x[i] = plainJSON(x[i])
		}
	case map[string]any:
		clean := make(map[string]any, len(x))
		for k := range x {
			clean[Plain(k)] = plainJSON(x[k])
		}
		return clean
	}
	return v
}
