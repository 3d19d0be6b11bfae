package details_test

import (
	"reflect"
	"strings"
	"testing"

	"gatehouse/models"
	"gatehouse/oidc/details"
)

var known = details.Known{"a": {
	Type: "a", Actions: []string{"read", "write"}, Locations: []string{"https://api.example"},
	Fields: []models.DetailField{
		{Name: "n", Kind: models.DetailNumber},
		{Name: "t", Kind: models.DetailText},
		{Name: "b", Kind: models.DetailBoolean},
		{Name: "l", Kind: models.DetailList},
		{Name: "privileges", Kind: models.DetailList},
		{Name: "o", Kind: models.DetailObject, Fields: []models.DetailField{{Name: "t", Kind: models.DetailText, Required: true}}},
	},
}}

func parsed(t *testing.T, text string) details.List {
	t.Helper()
	list, err := details.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return list
}

// RFC 9396 §6.1: of the common lists fewer is less; anything else has to be the
// same.
func TestWithin(t *testing.T) {
	held := parsed(t, `[{"type":"a","actions":["read","write"],"privileges":["x","y"],"l":["x","y"],"n":1.0,"o":{"t":"v"}},{"type":"a","actions":["read"]}]`)
	for text, want := range map[string]bool{
		`[{"type":"a","actions":["read"]}]`:  true,
		`[{"type":"a","actions":["write"]}]`: false,
		`[{"o":{"t":"v"},"n":1.0,"type":"a","actions":["write","read"],"privileges":["y"],"l":["x","y"]}]`: true,
		`[{"type":"a","actions":["read"],"privileges":["x","y"],"l":["x"],"n":1.0,"o":{"t":"v"}}]`:         false,
		`[{"type":"a","actions":["read"],"privileges":["x","z"],"l":["x","y"],"n":1.0,"o":{"t":"v"}}]`:     false,
		`[{"type":"a","actions":["read"],"privileges":["x"],"l":["x","y"],"n":1,"o":{"t":"v"}}]`:           false,
		`[{"type":"a","actions":["read"],"privileges":["x"],"l":["x","y"],"n":1.0,"o":{"t":"V"}}]`:         false,
		`[{"type":"a","actions":["read"],"locations":["https://api.example"]}]`:                            false,
		`[{"type":"a","actions":[{}]}]`: false,
		`[{"type":"a","actions":["read"]},{"type":"a","actions":["read"],"privileges":["x"],"l":["x"],"n":1.0}]`: false,
		// What was allowed once is not granted twice.
		`[{"type":"a","actions":["read"]},{"type":"a","actions":["read"]}]`: false,
		`[{"o":{"t":"v"},"n":1.0,"type":"a","actions":["read"],"privileges":["x"],"l":["x","y"]},{"o":{"t":"v"},"n":1.0,"type":"a","actions":["write"],"privileges":["x"],"l":["x","y"]}]`: false,
	} {
		if got := parsed(t, text).Within(held); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// Of several that fit, each gets one if there is a way at all, whatever the order;
// and a consent to one is none to two.
func TestEachHasItsOwn(t *testing.T) {
	held := parsed(t, `[{"type":"a","actions":["read","write"]},{"type":"a","actions":["read"]},{"type":"a","actions":["write"]}]`)
	for text, want := range map[string]bool{
		`[{"type":"a","actions":["read"]},{"type":"a","actions":["read"]},{"type":"a","actions":["write"]}]`:                                  true,
		`[{"type":"a","actions":["read"]},{"type":"a","actions":["read","write"]}]`:                                                           true,
		`[{"type":"a","actions":["read"]},{"type":"a","actions":["read"]},{"type":"a","actions":["read"]}]`:                                   false,
		`[{"type":"a","actions":["read"]},{"type":"a","actions":["write"]},{"type":"a","actions":["read"]},{"type":"a","actions":["write"]}]`: false,
	} {
		if got := parsed(t, text).Within(held); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	once, twice := parsed(t, `[{"type":"a","actions":["read"]}]`), parsed(t, `[{"type":"a","actions":["read"]},{"type":"a","actions":["read"]}]`)
	if twice.Covered(once) || !once.Covered(twice) || !twice.Covered(twice) {
		t.Error("a consent to one is taken for two")
	}
}

// What was allowed is remembered as far as there is room, each once.
func TestJoined(t *testing.T) {
	one, two := parsed(t, `[{"type":"a","t":"1"}]`), parsed(t, `[{"type":"a","t":"2"}]`)
	if all := one.Joined(two, 2).Joined(one, 2); !reflect.DeepEqual(all, append(two, one...)) {
		t.Errorf("%v", all)
	}
	if all := one.Joined(two, 1); !reflect.DeepEqual(all, two) || all.Covered(one) {
		t.Errorf("%v", all)
	}
	if none := parsed(t, ""); none.JSON() != nil || !none.Covered(nil) {
		t.Errorf("%v", none)
	}
}

// R102: whatever passes is the same however often it is written and read, and
// holds nothing that was not described.
func FuzzDetails(f *testing.F) {
	for _, text := range []string{
		`[{"type":"a","actions":["read"]}]`, `[{"type":"a","actions":["read"],"n":-0.5,"b":true,"o":{"t":"é"}}]`, `[{"type":"a","actions":["read"],"l":["x"]}]`,
		`[{"type":"a","type":"a"}]`, `[{"type":"b"}]`, `[1]`, `[]`, `null`, `[{"type":"a","actions":["read"],"n":1e99}]`, "\x00",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := details.Parse(text)
		if err != nil || list.Judge(known) != nil {
			return
		}
		again, err := details.Parse(string(list.JSON()))
		if err != nil || !reflect.DeepEqual(list, again) || again.Judge(known) != nil || string(again.JSON()) != string(list.JSON()) {
			t.Fatalf("%q: %v, then %v: %v", text, list, again, err)
		}
		if !list.Within(again) || !list.Covered(again) {
			t.Fatalf("%q is not itself", text)
		}
		for _, d := range list {
			if shown := d.Show(known["a"]); len(shown.Facts) < len(d)-1 || strings.ContainsRune(string(list.JSON()), '\u202e') {
				t.Fatalf("%q shows %v", text, shown)
			}
		}
	})
}
