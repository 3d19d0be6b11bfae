package tokens

import (
	"encoding/json"
	"reflect"
	"strings"
)

// own are the names of the claims that AccessClaims knows.
var own = func() map[string]bool {
	names := map[string]bool{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[AccessClaims]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names[name] = true
	}
	return names
}()

// readAccess reads what an access token says; what rules wrote as it stands.
func readAccess(payload []byte) (*AccessClaims, error) {
	var c AccessClaims
	if err := json.Unmarshal(payload, &c); err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(payload, &all); err != nil {
		return nil, err
	}
	for name, v := range all {
		if own[name] {
			continue
		}
		if c.Further == nil {
			c.Further = map[string]any{}
		}
		c.Further[name] = v
	}
	return &c, nil
}
