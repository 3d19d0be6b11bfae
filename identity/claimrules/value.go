package claimrules

import (
	"errors"
	"fmt"
	"math"
)

// What bounds a claim.
const (
	maxValue = 4096 // bytes of its texts
	maxParts = 200  // values in it
	maxDepth = 5
)

// claimValue is what an evaluation gave as JSON can say it; nil for what says
// nothing, which is left out (OpenID Connect Core §5.3.2).
func claimValue(v any) (any, error) {
	b := &measure{}
	out, err := b.value(v, 0)
	if err != nil || out == "" {
		return nil, err
	}
	return out, nil
}

// measure copies a value as long as it is small: lists may hold one another
// many times.
type measure struct{ bytes, parts int }

var errValue = errors.New("the claim grew too large")

func (m *measure) value(v any, depth int) (any, error) {
	if m.parts++; m.parts > maxParts || depth > maxDepth || m.bytes > maxValue {
		return nil, errValue
	}
	switch v := v.(type) {
	case nil, bool, int:
		return v, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errors.New("not a number")
		}
		return v, nil
	case string:
		if m.bytes += len(v); m.bytes > maxValue {
			return nil, errValue
		}
		return v, nil
	case []string:
		return list(m, v, depth)
	case []any:
		return list(m, v, depth)
	case map[string]any:
		return m.object(v, depth)
	case Address:
		return m.object(addressClaim(v), depth)
	}
	return nil, fmt.Errorf("%T is no claim", v)
}

func list[T any](m *measure, all []T, depth int) (any, error) {
	out := make([]any, 0, min(len(all), maxParts))
	for _, one := range all {
		v, err := m.value(one, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (m *measure) object(all map[string]any, depth int) (any, error) {
	out := make(map[string]any, min(len(all), maxParts))
	for name, one := range all {
		m.bytes += len(name)
		v, err := m.value(one, depth+1)
		if err != nil {
			return nil, err
		}
		out[name] = v
	}
	return out, nil
}

// addressClaim is an address with what is known of it. It is no method, for
// expressions could call one.
func addressClaim(a Address) map[string]any {
	out := map[string]any{}
	for name, v := range map[string]string{
		"formatted": a.Formatted, "street_address": a.StreetAddress, "locality": a.Locality, "region": a.Region,
		"postal_code": a.PostalCode, "country": a.Country,
	} {
		if v != "" {
			out[name] = v
		}
	}
	return out
}
