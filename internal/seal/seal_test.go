package seal_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/seal"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func keyring(t testing.TB) *seal.Keyring {
	t.Helper()
	k, err := seal.New(seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestParseMaster_R122(t *testing.T) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	for raw[0] < 0x80 { // so that raw is not text by chance
		_, _ = rand.Read(raw)
	}
	counting := make([]byte, 32)
	for i := range counting {
		counting[i] = byte(i)
	}
	for _, test := range []struct {
		name    string
		content string
		want    error
	}{
		{"base64", base64.StdEncoding.EncodeToString(raw), nil},
		{"base64url, no padding, newline", base64.RawURLEncoding.EncodeToString(raw) + "\n", nil},
		{"hex", hex.EncodeToString(raw), nil},
		{"hex, upper case", strings.ToUpper(hex.EncodeToString(raw)), nil},
		{"raw bytes", string(raw), nil},
		{"a long phrase", "The quick brown fox; jumps over 13 lazy dogs!", nil},
		{"empty", "", seal.ErrMissing},
		{"blank", " \n", seal.ErrMissing},
		{"short text", "k3J9d8Ww2", seal.ErrShort},
		{"short raw bytes", string(raw[:31]), seal.ErrShort},
		{"32 characters of hex are 16 bytes", hex.EncodeToString(raw[:16]), seal.ErrShort},
		{"32 characters of base64 are 24 bytes", base64.StdEncoding.EncodeToString(raw[:24]), seal.ErrShort},
		{"one character", strings.Repeat("a", 64), seal.ErrExample},
		{"zeros", base64.StdEncoding.EncodeToString(make([]byte, 32)), seal.ErrExample},
		{"raw zeros", string(make([]byte, 32)), seal.ErrExample},
		{"counting", hex.EncodeToString(counting), seal.ErrExample},
		{"digits in a row", strings.Repeat("0123456789abcdef", 4), seal.ErrExample},
		{"example", "this-is-an-example-of-a-32-byte-key!", seal.ErrExample},
		{"default", "Change-Me: a key of 32 bytes or more.", seal.ErrExample},
	} {
		t.Run(test.name, func(t *testing.T) {
			key, err := seal.ParseMaster([]byte(test.content))
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if err == nil && test.name != "a long phrase" && !bytes.Equal(key, raw) {
				t.Errorf("key differs")
			}
		})
	}
}

// R121: a key for each purpose, the same on every node.
func TestDeriveSeparatesPurposes_R121(t *testing.T) {
	master := seal.Generate()
	k, err := seal.New(master)
	if err != nil {
		t.Fatal(err)
	}
	again, err := seal.New(master)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(k.Derive("cookies"), again.Derive("cookies")) {
		t.Error("the same master and purpose gave two keys")
	}
	keys := map[string]string{}
	for _, purpose := range []string{"", "cookies", "cursors", "key", "mac"} {
		keys[string(k.Derive(purpose))] = purpose
		keys[string(k.MAC(purpose))] = purpose
		keys[string(keyring(t).Derive(purpose))] = purpose
	}
	if len(keys) != 15 {
		t.Errorf("15 purposes gave %d keys", len(keys))
	}
	if got := len(k.Derive("x")); got != 32 {
		t.Errorf("a key has %d bytes", got)
	}
}

// L74: moving a character from one field to the next changes the code.
func TestMACFramesFields_L74(t *testing.T) {
	k := keyring(t)
	codes := map[string]bool{}
	lists := [][]string{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"ab", ""}, {"", "ab"}}
	for _, list := range lists {
		var fields [][]byte
		for _, f := range list {
			fields = append(fields, []byte(f))
		}
		codes[string(k.MAC("links", fields...))] = true
	}
	if len(codes) != len(lists) {
		t.Errorf("%d lists gave %d codes", len(lists), len(codes))
	}
}

// R120: ciphertext moved to another row, tenant, column or table fails.
func TestSealIsBoundToItsPlace_R120(t *testing.T) {
	k := keyring(t)
	home := seal.Context{Table: "keys", Column: "private", Tenant: "t1", Row: "r1"}
	sealed, err := k.Seal(home, []byte("private key"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := k.Open(home, sealed); err != nil || string(got) != "private key" {
		t.Fatalf("Open = %q, %v", got, err)
	}
	if again, _ := k.Seal(home, []byte("private key")); bytes.Equal(again, sealed) {
		t.Error("two seals of one value are equal")
	}
	for name, c := range map[string]seal.Context{
		"table":   {Table: "kez", Column: "private", Tenant: "t1", Row: "r1"},
		"column":  {Table: "keys", Column: "public", Tenant: "t1", Row: "r1"},
		"tenant":  {Table: "keys", Column: "private", Tenant: "t2", Row: "r1"},
		"row":     {Table: "keys", Column: "private", Tenant: "t1", Row: "r2"},
		"shifted": {Table: "keys", Column: "private", Tenant: "t1r", Row: "1"},
		"nothing": {},
	} {
		if _, err := k.Open(c, sealed); !errors.Is(err, seal.ErrInvalid) {
			t.Errorf("moved to another %s: %v", name, err)
		}
	}
	if _, err := keyring(t).Open(home, sealed); !errors.Is(err, seal.ErrInvalid) {
		t.Errorf("another master key: %v", err)
	}
	for i := range sealed {
		damaged := bytes.Clone(sealed)
		damaged[i] ^= 1
		if _, err := k.Open(home, damaged); !errors.Is(err, seal.ErrInvalid) {
			t.Errorf("byte %d changed: %v", i, err)
		}
		if _, err := k.Open(home, sealed[:i]); !errors.Is(err, seal.ErrInvalid) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
}

// R122: a start with another master key is noticed.
func TestCheckValue_R122(t *testing.T) {
	k := keyring(t)
	if !k.Matches(k.CheckValue()) {
		t.Error("a keyring does not match its own check value")
	}
	if k.Matches(keyring(t).CheckValue()) || k.Matches("") {
		t.Error("a keyring matches a foreign check value")
	}
}

// R125: a keyring shows no key.
func TestKeyringPrintsRedacted_R125(t *testing.T) {
	k := keyring(t)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, k); got != "[redacted]" {
			t.Errorf("%s = %s", format, got)
		}
	}
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func TestTokenOpens(t *testing.T) {
	k := keyring(t)
	for name, payload := range map[string][]byte{
		"empty":          {},
		"short":          []byte("hello"),
		"long text":      bytes.Repeat([]byte("redirect_uri=https://app.example/"), 100),
		"random":         random(5000),
		"most, deflated": bytes.Repeat([]byte("a"), seal.MaxPayload),
	} {
		t.Run(name, func(t *testing.T) {
			token := k.Token("authorize", "t1", payload, now.Add(time.Minute))
			if token == "" || strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
				t.Fatalf("token %.20q", token)
			}
			got, err := k.OpenToken("authorize", "t1", token, now)
			if err != nil || !bytes.Equal(got, payload) {
				t.Fatalf("OpenToken = %d bytes, %v", len(got), err)
			}
			if again := k.Token("authorize", "t1", payload, now.Add(time.Minute)); again == token {
				t.Error("two tokens of one payload are equal")
			}
		})
	}
	text := bytes.Repeat([]byte("scope=openid&"), 200)
	if got := len(k.Token("authorize", "t1", text, now)); got >= len(text) {
		t.Errorf("%d bytes of text make a token of %d characters", len(text), got)
	}
}

func TestTokenTooLargeIsEmpty(t *testing.T) {
	k := keyring(t)
	for name, payload := range map[string][]byte{
		"payload": make([]byte, seal.MaxPayload+1),
		"token":   random(seal.MaxToken),
	} {
		if got := k.Token("authorize", "t1", payload, now); got != "" {
			t.Errorf("%s: %d characters", name, len(got))
		}
	}
}

// R4, R121: a token opens for its tenant, purpose, key and time only.
func TestTokenIsBound_R4(t *testing.T) {
	k := keyring(t)
	end := now.Add(time.Minute)
	token := k.Token("authorize", "t1", []byte("payload"), end)
	for _, test := range []struct {
		name            string
		k               *seal.Keyring
		purpose, tenant string
		token           string
		at              time.Time
		want            error
	}{
		{"as made", k, "authorize", "t1", token, end.Add(-time.Microsecond), nil},
		{"at its end", k, "authorize", "t1", token, end, seal.ErrExpired},
		{"after its end", k, "authorize", "t1", token, end.Add(time.Hour), seal.ErrExpired},
		{"other tenant", k, "authorize", "t2", token, now, seal.ErrInvalid},
		{"other purpose", k, "execution", "t1", token, now, seal.ErrInvalid},
		{"purpose and tenant shifted", k, "authorizet", "1", token, now, seal.ErrInvalid},
		{"foreign and expired says invalid", k, "authorize", "t2", token, end, seal.ErrInvalid},
		{"other key", keyring(t), "authorize", "t1", token, now, seal.ErrInvalid},
		{"empty", k, "authorize", "t1", "", now, seal.ErrInvalid},
		{"cut", k, "authorize", "t1", token[:30], now, seal.ErrInvalid},
		{"padded", k, "authorize", "t1", token + "=", now, seal.ErrInvalid},
		{"newline", k, "authorize", "t1", token + "\n", now, seal.ErrInvalid},
		{"too long", k, "authorize", "t1", strings.Repeat("A", seal.MaxToken+1), now, seal.ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := test.k.OpenToken(test.purpose, test.tenant, test.token, test.at); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
	raw, _ := base64.RawURLEncoding.DecodeString(token)
	for i := range raw {
		raw[i] ^= 1
		if _, err := k.OpenToken("authorize", "t1", base64.RawURLEncoding.EncodeToString(raw), now); !errors.Is(err, seal.ErrInvalid) {
			t.Errorf("byte %d changed: %v", i, err)
		}
		raw[i] ^= 1
	}
}

func FuzzOpenToken(f *testing.F) {
	k := keyring(f)
	good := map[string]bool{}
	for _, payload := range [][]byte{nil, []byte("hello"), bytes.Repeat([]byte("scope=openid&"), 200)} {
		token := k.Token("authorize", "t1", payload, now.Add(time.Minute))
		good[token] = true
		f.Add(token)
		f.Add(token[:len(token)/2])
	}
	f.Add("")
	f.Add("AQ")
	f.Fuzz(func(t *testing.T, token string) {
		payload, err := k.OpenToken("authorize", "t1", token, now)
		if err == nil && !good[token] {
			t.Errorf("a foreign token opened: %q", payload)
		}
		if err != nil && !errors.Is(err, seal.ErrInvalid) {
			t.Errorf("error %v", err)
		}
	})
}

func BenchmarkToken(b *testing.B) {
	k := keyring(b)
	payload := bytes.Repeat([]byte(`{"redirect_uri":"https://app.example/","state":"k3J9d8Ww2"}`), 8)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.OpenToken("authorize", "t1", k.Token("authorize", "t1", payload, now.Add(time.Minute)), now); err != nil {
			b.Fatal(err)
		}
	}
}
