package hosted

import (
	"gatehouse/oidc/details"
	views "gatehouse/views/hosted"
)

// commonFields are the words for the fields that all types of authorization
// details share (RFC 9396 §2.2).
var commonFields = map[string]string{
	"actions": "hosted.detail.actions", "datatypes": "hosted.detail.datatypes", "locations": "hosted.detail.locations",
}

// details puts authorization details into the visitor's language.
func (v *visit) details(asked []details.Shown) []views.Detail {
	var all []views.Detail
	for i := range asked {
		d := views.Detail{Title: asked[i].Words.In(v.say.Tag()), API: asked[i].API, Granted: asked[i].Granted}
		if d.Title == "" {
			d.Title = v.say.T("hosted.scope.other", "Scope", asked[i].Type)
		}
		for j := range asked[i].Facts {
			d.Facts = append(d.Facts, v.fact(&asked[i].Facts[j]))
		}
		all = append(all, d)
	}
	return all
}

func (v *visit) fact(f *details.Fact) views.Fact {
	said := make([]string, len(f.Values))
	for i, value := range f.Values {
		said[i] = v.value(value)
	}
	return views.Fact{Label: v.label(f), Values: said}
}

// label names a field, behind the one that it stands in.
func (v *visit) label(f *details.Fact) string {
	text := f.Words.In(v.say.Tag())
	switch key := commonFields[f.Name]; {
	case f.Common && key != "":
		text = v.say.T(key)
	case text == "":
		text = f.Name
	}
	if f.Of != nil {
		return v.label(f.Of) + " · " + text
	}
	return text
}

func (v *visit) value(value details.Value) string {
	switch text := value.Words.In(v.say.Tag()); {
	case text != "":
		return text
	case value.Truth && value.Text == "true":
		return v.say.T("hosted.detail.yes")
	case value.Truth:
		return v.say.T("hosted.detail.no")
	}
	return value.Text
}
