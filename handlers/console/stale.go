package console

import (
	"maps"
	"slices"
	"time"

	views "gatehouse/views/console"
	"gatehouse/views/ui"
)

// stale shows both sides of a change that came second: what is stored and what
// was typed, field by field. The form keeps what was typed and takes the stored
// version, so that saving again is a decision and no accident.
func stale(typed *ui.Form, stored ui.Form, at time.Time, labels map[string]string) *views.Stale {
	s := &views.Stale{At: at}
	for _, field := range slices.Sorted(maps.Keys(labels)) {
		if theirs, yours := stored.Value(field), typed.Value(field); theirs != yours {
			s.Fields = append(s.Fields, views.Conflict{Label: labels[field], Theirs: theirs, Yours: yours})
		}
	}
	typed.Values["version"] = stored.Value("version")
	return s
}

// texts are the labels of fields in the visitor's language.
func (v *visit) texts(keys map[string]string) map[string]string {
	all := make(map[string]string, len(keys))
	for field, key := range keys {
		all[field] = v.t(key)
	}
	return all
}
