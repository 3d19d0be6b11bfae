package secret_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"gatehouse/internal/secret"
)

const value = "hunter2-correct-horse"

type holder struct {
	Name   string
	Secret secret.Text
	inner  secret.Text
}

// R125: whatever prints, logs or marshals a secret shows [redacted].
func TestTextNeverShowsItsValue_R125(t *testing.T) {
	s := secret.New(value)
	h := holder{Name: "ada", Secret: s, inner: s}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "h", h, "p", &s, "g", slog.GroupValue(slog.Any("s", s)))
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", s, "h", h, "p", &h)

	shown := map[string]string{"slog": log.String(), "String": s.String(), "GoString": s.GoString()}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %v", "%10.3s", "%-+# 5v"} {
		for name, v := range map[string]any{"text": s, "pointer": &s, "holder": h, "holder pointer": &h, "slice": []secret.Text{s}, "map": map[string]secret.Text{"k": s}} {
			shown[format+" "+name] = fmt.Sprintf(format, v)
		}
	}
	for name, v := range map[string]any{"text": s, "holder": h, "pointer": &h} {
		asJSON, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		shown["json "+name] = string(asJSON)
		asXML, err := xml.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		shown["xml "+name] = string(asXML)
	}
	shown["error"] = fmt.Errorf("failed with %v: %w", s, fmt.Errorf("%s", s)).Error()

	for name, text := range shown {
		if strings.Contains(text, "hunter") || strings.Contains(text, fmt.Sprintf("%x", "hunter")) {
			t.Errorf("%s shows the secret: %s", name, text)
		}
	}
	if got := fmt.Sprintf("%#v", s); got != secret.Redacted {
		t.Errorf("%%#v = %s", got)
	}
}

func TestTextDecodes(t *testing.T) {
	var h holder
	if err := json.Unmarshal([]byte(`{"Name":"ada","Secret":"`+value+`"}`), &h); err != nil {
		t.Fatal(err)
	}
	if h.Secret.Reveal() != value {
		t.Errorf("Reveal = %q", h.Secret.Reveal())
	}
}

// R126: equal secrets only, and never empty ones.
func TestEqual_R126(t *testing.T) {
	for _, test := range []struct {
		name string
		a, b secret.Text
		want bool
	}{
		{"same", secret.New(value), secret.New(value), true},
		{"other", secret.New(value), secret.New(value + "x"), false},
		{"one empty", secret.New(value), secret.New(""), false},
		{"both empty prove nothing", secret.New(""), secret.Text{}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.a.Equal(test.b); got != test.want {
				t.Errorf("Equal = %v, want %v", got, test.want)
			}
		})
	}
}

// R127: long enough, with its prefix, never twice.
func TestRandom_R127(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		s := secret.Random("gts_", 32)
		if got := s.Reveal(); len(got) != 4+43 || !strings.HasPrefix(got, "gts_") || seen[got] {
			t.Fatalf("length %d, repeated %v", len(got), seen[got])
		}
		seen[s.Reveal()] = true
	}
	if !secret.New("").IsZero() || secret.Random("", 1).IsZero() {
		t.Error("IsZero is wrong")
	}
}

func TestFingerprint(t *testing.T) {
	// SHA-256 of "abc", FIPS 180-2 appendix B.1.
	if got := secret.Fingerprint(secret.New("abc")); got != "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0" {
		t.Errorf("Fingerprint = %s", got)
	}
}
