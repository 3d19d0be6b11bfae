package manifest

import (
	"strings"

	"gatehouse/locales"
	"gatehouse/reason"
)

// Explain says in the words for staff what a refusal says: of itself where its
// fields do not say it all, and of each field.
func Explain(e *reason.Error) string {
	say := locales.For("en")
	var all []string
	if len(e.Fields) == 0 || e.Code != reason.InputInvalid && e.Code != e.Fields[0].Code {
		all = append(all, say.Staff(string(e.Code)))
	}
	for _, f := range e.Fields {
		text := strings.TrimPrefix(f.Pointer, "/") + ": " + say.Staff(string(f.Code))
		if f.Detail != "" {
			text += " (" + f.Detail + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}
