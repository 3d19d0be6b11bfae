package strict_test

import (
	stdjson "encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/strict"
)

type address struct {
	City string `json:"city"`
}

type person struct {
	Name    string            `json:"name"`
	Age     int8              `json:"age"`
	Active  *bool             `json:"active"`
	Born    time.Time         `json:"born"`
	Address address           `json:"address"`
	Tags    []string          `json:"tags"`
	Extra   map[string]any    `json:"extra"`
	Labels  map[string]string `json:"labels"`
	Hidden  string            `json:"-"`
}

func TestJSON_R102(t *testing.T) {
	nest := func(n int) string {
		return `{"extra":{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}}`
	}
	for _, test := range []struct {
		name, body string
		kind       error
		pointer    string
	}{
		{"all fields", `{"name":"Ada","age":36,"active":true,"born":"1815-12-10T00:00:00Z","address":{"city":"London"},"tags":["a"],"extra":{"x":1}}`, nil, ""},
		{"empty object", ` {} `, nil, ""},
		{"quotes and brackets in text", `{"name":"\"[[[{{{\\"}`, nil, ""},
		{"repeated", `{"name":"a","name":"b"}`, strict.ErrRepeated, "/name"},
		{"repeated by escape", `{"name":"a","n\u0061me":"b"}`, strict.ErrRepeated, "/name"},
		{"repeated below", `{"address":{"city":"a","city":"b"}}`, strict.ErrRepeated, "/address/city"},
		{"repeated in any", `{"extra":{"x":1,"x":2}}`, strict.ErrRepeated, "/extra/x"},
		{"other case", `{"Name":"a"}`, strict.ErrUnknown, "/Name"},
		{"unknown", `{"nam":"a"}`, strict.ErrUnknown, "/nam"},
		{"unknown below", `{"address":{"town":"a"}}`, strict.ErrUnknown, "/address/town"},
		{"unknown with slash", `{"a/b~c":1}`, strict.ErrUnknown, "/a~1b~0c"},
		{"hidden field", `{"Hidden":"x"}`, strict.ErrUnknown, "/Hidden"},
		{"trailing value", `{} {}`, strict.ErrMalformed, ""},
		{"trailing text", `{}x`, strict.ErrMalformed, ""},
		{"empty", ``, strict.ErrMalformed, ""},
		{"cut", `{"name":"a`, strict.ErrMalformed, "/name"},
		{"comment", `{/**/}`, strict.ErrMalformed, ""},
		{"trailing comma", `{"tags":["a",]}`, strict.ErrMalformed, "/tags"},
		{"byte order mark", "\xef\xbb\xbf{}", strict.ErrMalformed, ""},
		{"broken UTF-8", "{\"name\":\"\xff\"}", strict.ErrMalformed, "/name"},
		{"lone surrogate", `{"name":"\ud800"}`, strict.ErrMalformed, "/name"},
		{"number for text", `{"name":1}`, strict.ErrValue, "/name"},
		{"text for number", `{"age":"1"}`, strict.ErrValue, "/age"},
		{"out of range", `{"age":128}`, strict.ErrValue, "/age"},
		{"fraction", `{"age":1.5}`, strict.ErrValue, "/age"},
		{"no time", `{"born":"yesterday"}`, strict.ErrValue, "/born"},
		{"list element", `{"tags":["a",{}]}`, strict.ErrValue, "/tags/1"},
		{"array for object", `[]`, strict.ErrValue, ""},
		{"30 levels of arrays", nest(30), nil, ""},
		{"31 levels of arrays", nest(31), strict.ErrTooLarge, ""},
		{"very deep, unclosed", strings.Repeat("[", 60000), strict.ErrTooLarge, ""},
		{"too large", `{"name":"` + strings.Repeat("a", strict.DefaultLimit) + `"}`, strict.ErrTooLarge, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var p person
			err := strict.JSON([]byte(test.body), &p, 0)
			if test.kind == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var refused *strict.Error
			if !errors.As(err, &refused) || !errors.Is(err, test.kind) {
				t.Fatalf("error %v, want %v", err, test.kind)
			}
			if refused.Pointer != test.pointer || refused.Detail == "" {
				t.Errorf("pointer %q, detail %q; want %q", refused.Pointer, refused.Detail, test.pointer)
			}
		})
	}
}

func TestJSONLimit(t *testing.T) {
	var into any
	if err := strict.JSON([]byte(`"12345"`), &into, 7); err != nil {
		t.Error(err)
	}
	if err := strict.JSON([]byte(`"123456"`), &into, 7); !errors.Is(err, strict.ErrTooLarge) {
		t.Errorf("error %v", err)
	}
}

// R125: an error repeats no value that was sent.
func TestErrorsCarryNoValues_R125(t *testing.T) {
	for _, body := range []string{
		`{"age":"hunter2"}`, `{"born":"hunter2"}`, `{"name":"hunter2`, `{"active":"hunter2"}`,
		`{"tags":"hunter2"}`, `{"address":"hunter2"}`, `hunter2`, `{"labels":{"a":["hunter2"]}}`,
	} {
		var p person
		err := strict.JSON([]byte(body), &p, 0)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", body, err)
		}
	}
	for _, form := range []string{"password=hunter2%", "a=1&a=hunter2", "password=hunter2%00"} {
		if _, err := strict.Form([]byte(form)); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", form, err)
		}
	}
}

func TestForm_R103(t *testing.T) {
	many := strings.Repeat("x", 4<<10)
	fields := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString("&f" + strings.Repeat("x", i) + "=1")
		}
		return b.String()
	}
	for _, test := range []struct {
		name, raw string
		kind      error
		names     []string
		want      map[string]string
	}{
		{"nothing", "", nil, nil, map[string]string{}},
		{"two", "a=1&b=2", nil, nil, map[string]string{"a": "1", "b": "2"}},
		{"plus and percent", "a=x+y%2Bz&n%61me=%C3%A4", nil, nil, map[string]string{"a": "x y+z", "name": "ä"}},
		{"semicolon is data", "a=1;b=2", nil, nil, map[string]string{"a": "1;b=2"}},
		{"equals in value", "a=b=c", nil, nil, map[string]string{"a": "b=c"}},
		{"no value", "a=&b", nil, nil, map[string]string{"a": "", "b": ""}},
		{"empty pieces", "&a=1&&", nil, nil, map[string]string{"a": "1"}},
		{"text area", "a=x%0D%0Ay%09z", nil, nil, map[string]string{"a": "x\r\ny\tz"}},
		{"repeated", "a=1&b=2&a=1&b=3&c=4", strict.ErrRepeated, []string{"a", "b"}, map[string]string{"c": "4"}},
		{"repeated by escape", "a=1&%61=2", strict.ErrRepeated, []string{"a"}, nil},
		{"repeated, thrice", "a=1&a=2&a=3", strict.ErrRepeated, []string{"a"}, nil},
		{"repeated without value", "a=1&a=", strict.ErrRepeated, []string{"a"}, nil},
		{"no name", "=1", strict.ErrMalformed, nil, nil},
		{"cut escape", "a=%4", strict.ErrMalformed, []string{"a"}, nil},
		{"no hex", "a=%4g", strict.ErrMalformed, []string{"a"}, nil},
		{"lone percent", "a=100%", strict.ErrMalformed, []string{"a"}, nil},
		{"broken name", "%zz=1", strict.ErrMalformed, nil, nil},
		{"NUL", "a=x%00y", strict.ErrMalformed, []string{"a"}, nil},
		{"raw NUL", "a=x\x00y", strict.ErrMalformed, []string{"a"}, nil},
		{"escape character", "a=%1b", strict.ErrMalformed, []string{"a"}, nil},
		{"C1 control", "a=%C2%85", strict.ErrMalformed, []string{"a"}, nil},
		{"newline in name", "a%0A=1", strict.ErrMalformed, nil, nil},
		{"broken UTF-8", "a=%FF", strict.ErrMalformed, []string{"a"}, nil},
		{"overlong UTF-8", "a=%C0%80", strict.ErrMalformed, []string{"a"}, nil},
		{"value at its cap", "a=" + many, nil, nil, map[string]string{"a": many}},
		{"value over its cap", "a=x" + many, strict.ErrTooLarge, []string{"a"}, nil},
		{"token at its cap", "authId=" + strings.Repeat(many, 5), nil, nil, map[string]string{"authId": strings.Repeat(many, 5)}},
		{"token over its cap", "code=x" + strings.Repeat(many, 5), strict.ErrTooLarge, []string{"code"}, nil},
		{"name over its cap", strings.Repeat("a", 257) + "=1", strict.ErrTooLarge, nil, nil},
		{"65 fields", fields(65), strict.ErrTooLarge, nil, nil},
		{"65 repeated fields", strings.Repeat("a=1&", 65), strict.ErrTooLarge, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, err := strict.Form([]byte(test.raw))
			if !errors.Is(err, test.kind) {
				t.Fatalf("error %v, want %v", err, test.kind)
			}
			var refused *strict.Error
			if errors.As(err, &refused) && !slices.Equal(refused.Names, test.names) {
				t.Errorf("names %q, want %q", refused.Names, test.names)
			}
			if len(v.Names()) != len(test.want) {
				t.Errorf("fields %q", v.Names())
			}
			for name, value := range test.want {
				if v.Get(name) != value || v.Has(name) != (value != "") {
					t.Errorf("%s = %q, %v", name, v.Get(name), v.Has(name))
				}
			}
		})
	}
	if _, err := strict.Form([]byte(fields(64))); err != nil {
		t.Errorf("64 fields: %v", err)
	}
	if _, err := strict.Query([]byte("a=x%0Ay")); !errors.Is(err, strict.ErrMalformed) {
		t.Errorf("a line end in a query: %v", err)
	}
}

func TestZeroValues(t *testing.T) {
	var v strict.Values
	if v.Get("a") != "" || v.Has("a") || len(v.Names()) != 0 {
		t.Error("the zero Values is not empty")
	}
	if strict.ValuesOf(map[string]string{"a": "1"}).Get("a") != "1" {
		t.Error("ValuesOf loses its field")
	}
}

// Whatever Form accepts, the standard library reads in the same way.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{"a=1&b=2", "a=1;b=2", "a=%00", "a=1&a=2", "=&=", "a=%C3%A4+%2B", "&&&", "a"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := strict.Form(raw)
		if err != nil {
			return
		}
		if strings.Contains(string(raw), ";") {
			return // the standard library refuses what the URL standard takes as data
		}
		std, err := url.ParseQuery(string(raw))
		if err != nil {
			t.Fatalf("accepted %q, the standard library says %v", raw, err)
		}
		if len(std) != len(v.Names()) {
			t.Fatalf("fields %q, the standard library has %v", v.Names(), std)
		}
		for _, name := range v.Names() {
			if len(std[name]) != 1 || std[name][0] != v.Get(name) {
				t.Fatalf("%q = %q, the standard library has %q", name, v.Get(name), std[name])
			}
		}
	})
}

// Whatever JSON accepts, the standard library accepts and means the same.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"name":"a"}`, `{"name":"a","name":"b"}`, `[]`, `{"extra":{"a":[[]]}}`, `{"age":-0}`, "\xff", `{"born":"1815-12-10T00:00:00Z"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var ours, theirs struct {
			Name  string         `json:"name"`
			Age   int            `json:"age"`
			Extra map[string]any `json:"extra"`
		}
		if strict.JSON(body, &ours, 0) != nil {
			return
		}
		if err := stdjson.Unmarshal(body, &theirs); err != nil {
			t.Fatalf("accepted %q, the standard library says %v", body, err)
		}
		a, _ := stdjson.Marshal(ours)
		b, _ := stdjson.Marshal(theirs)
		if string(a) != string(b) {
			t.Fatalf("%q: %s and %s", body, a, b)
		}
	})
}
