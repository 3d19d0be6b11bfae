package resources

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"gatehouse/models"
	"gatehouse/reason"
)

// The bounds of types of authorization details.
const (
	maxTypes  = 50
	maxFields = 40
	maxValues = 100
	maxNested = 3
	maxValue  = 128
)

var (
	fieldForm    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)
	languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	detailKinds  = []string{models.DetailText, models.DetailNumber, models.DetailBoolean, models.DetailList, models.DetailObject}
	commonFields = []string{"type", "actions", "locations", "datatypes"} // those of a type itself
)

// typesField is what the whole description is called where it comes from.
const typesField = "authorization_details_types"

// judgeTypes: each type once, and of no other API of the tenant, so that it is
// clear whom details speak to.
func judgeTypes(others []models.Resource, types []models.DetailType, e *reason.Error) {
	var used []string
	for i := range others {
		for j := range others[i].DetailTypes.V {
			used = append(used, others[i].DetailTypes.V[j].Type)
		}
	}
	if len(types) > maxTypes {
		e.On(typesField, reason.InputTooLong, "50")
	}
	for i := range types {
		t := &types[i]
		switch {
		case !scopeForm.MatchString(t.Type):
			e.On(typesField, reason.InputFormat, "type")
		case slices.Contains(used, t.Type):
			e.On(typesField, reason.InputTaken, t.Type)
		default:
			judgeType(t, e)
		}
		used = append(used, t.Type)
	}
}

func judgeType(t *models.DetailType, e *reason.Error) {
	for name, values := range map[string][]string{"actions": t.Actions, "datatypes": t.DataTypes, "locations": t.Locations} {
		if !distinct(values) {
			e.On(typesField, reason.InputFormat, t.Type+": "+name)
		}
	}
	if slices.ContainsFunc(t.Locations, func(s string) bool { return !identifies(s) }) {
		e.On(typesField, reason.InputFormat, t.Type+": locations")
	}
	if !worded(t.Words) {
		e.On(typesField, reason.InputFormat, t.Type+": words")
	}
	for value, words := range t.Terms {
		if !distinct([]string{value}) || !worded(words) || len(t.Terms) > maxValues {
			e.On(typesField, reason.InputFormat, t.Type+": terms")
		}
	}
	if count := judgeFields(t.Type, t.Fields, 1, e); count > maxFields {
		e.On(typesField, reason.InputTooLong, t.Type+": fields")
	}
}

// judgeFields returns how many fields there are, with those within others.
func judgeFields(within string, fields []models.DetailField, depth int, e *reason.Error) int {
	count, used := len(fields), []string{}
	if depth == 1 {
		used = slices.Clone(commonFields)
	}
	for i := range fields {
		f := &fields[i]
		at := within + ": " + f.Name
		switch {
		case !fieldForm.MatchString(f.Name), !slices.Contains(detailKinds, f.Kind), !worded(f.Words):
			e.On(typesField, reason.InputFormat, at)
		case slices.Contains(used, f.Name):
			e.On(typesField, reason.InputTaken, at)
		case !distinct(f.Values), len(f.Values) > 0 && f.Kind != models.DetailText && f.Kind != models.DetailList:
			e.On(typesField, reason.InputInvalid, at+": values")
		case (f.Kind == models.DetailObject) != (len(f.Fields) > 0), depth > maxNested:
			e.On(typesField, reason.InputInvalid, at+": fields")
		default:
			count += judgeFields(at, f.Fields, depth+1, e)
		}
		used = append(used, f.Name)
	}
	return count
}

// distinct reports whether values are visible, short and each there once.
func distinct(values []string) bool {
	for i, v := range values {
		if v == "" || len(v) > maxValue || !visible(v) || slices.Contains(values[:i], v) {
			return false
		}
	}
	return len(values) <= maxValues
}

func worded(w models.Words) bool {
	for tag, text := range w {
		if !languageForm.MatchString(tag) || strings.TrimSpace(text) == "" || len([]rune(text)) > maxText || !visible(text) {
			return false
		}
	}
	return true
}

// visible: nothing that changes how the text around it is shown. The joiners are
// letters of some scripts.
func visible(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) && r != '\u200c' && r != '\u200d' })
}
