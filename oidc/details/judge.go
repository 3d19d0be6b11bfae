package details

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gatehouse/models"
	"gatehouse/reason"
)

// The bounds of values.
const (
	maxText  = 500 // characters
	maxItems = 50
)

// numberForm keeps out what databases and readers write in several ways.
var numberForm = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?$`)

// Judge holds the details against their types: each field is described, has
// the kind and one of the values that it may have, and none is missing that has
// to be there. It returns reason.OAuthDetails with the place of what is wrong
// (RFC 9396 §5).
func (l List) Judge(known Known) *reason.Error {
	for i, d := range l {
		t, ok := known[d.Type()]
		if !ok {
			return refused(reason.InputUnknown, "/"+strconv.Itoa(i)+"/type")
		}
		if at := judge(d, described(t)); at != nil {
			return refused(reason.InputInvalid, "/"+strconv.Itoa(i)+*at)
		}
	}
	return nil
}

// described are all fields of a type, the common ones first (§2.2).
func described(t models.DetailType) []models.DetailField {
	all := []models.DetailField{{Name: "type", Kind: models.DetailText, Required: true}}
	for _, common := range []struct {
		name     string
		values   []string
		required bool
	}{{"actions", t.Actions, true}, {"datatypes", t.DataTypes, true}, {"locations", t.Locations, false}} {
		if len(common.values) > 0 {
			all = append(all, models.DetailField{Name: common.name, Kind: models.DetailList, Values: common.values, Required: common.required})
		}
	}
	return append(all, t.Fields...)
}

// judge gives the place of what is wrong, in names of the type alone; nil:
// nothing is.
func judge(object map[string]any, fields []models.DetailField) *string {
	seen := 0
	for i := range fields {
		f := &fields[i]
		value, has := object[f.Name]
		at := "/" + f.Name
		switch {
		case has:
			seen++
			if within := unfit(value, f); within != nil {
				at += *within
				return &at
			}
		case f.Required:
			return &at
		}
	}
	if seen < len(object) { // a field that nobody described
		return new(string)
	}
	return nil
}

// unfit is judge of one value.
func unfit(value any, f *models.DetailField) *string {
	if object, ok := value.(map[string]any); ok && f.Kind == models.DetailObject {
		return judge(object, f.Fields)
	}
	fits := false
	switch v := value.(type) {
	case string:
		fits = f.Kind == models.DetailText && textual(v, f.Values)
	case json.Number:
		fits = f.Kind == models.DetailNumber && numberForm.MatchString(v.String()) && !strings.HasPrefix(v.String(), "-0")
	case bool:
		fits = f.Kind == models.DetailBoolean
	case []any:
		fits = f.Kind == models.DetailList && len(v) > 0 && len(v) <= maxItems && !slices.ContainsFunc(v, func(item any) bool {
			text, ok := item.(string)
			return !ok || !textual(text, f.Values)
		})
	}
	if fits {
		return nil
	}
	return new(string)
}

// textual: one of the values, or where there are none a text that looks on a
// page like what it is.
func textual(text string, values []string) bool {
	if len(values) > 0 {
		return slices.Contains(values, text)
	}
	return text != "" && len([]rune(text)) <= maxText && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) })
}
