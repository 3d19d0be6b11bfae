package text_test

import (
	"errors"
	"testing"

	"gatehouse/views/text"
)

type tone string

func TestJoin(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{first(text.Join("a <b>")), "a <b>"},
		{first(text.Join(tone("warn"))), "warn"},
		{first(text.Join(7)), "7"},
		{first(text.Join(true)), "true"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	broken := errors.New("broken")
	if _, err := text.Join("x", broken); !errors.Is(err, broken) {
		t.Errorf("the error of the value is lost: %v", err)
	}
	value := "a text"
	if n := testing.AllocsPerRun(100, func() { value, _ = text.Join(value) }); n != 0 {
		t.Errorf("a text costs %v allocations", n)
	}
}

func first(s string, _ error) string { return s }
