package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

// MinMaster is the least length of a master key, in bytes (R122).
const MinMaster = 32

// Reasons why a master key is refused (R122).
var (
	ErrMissing = errors.New("the master key is missing")
	ErrShort   = errors.New("the master key is shorter than 32 bytes")
	ErrExample = errors.New("the master key is an example or has a pattern: make one with: openssl rand -base64 32")
)

// exampleWords stand in keys that people copy from documentation; none of
// them is likely in the base64 or hex text of a random key.
var exampleWords = []string{
	"changeme", "change-me", "change_me", "example", "password", "gatehouse",
	"master-key", "masterkey", "supersecret", "topsecret", "insecure",
	"0123456789", "123456789a", "abcdefgh", "deadbeef", "qwerty",
}

// minDistinct is how many different bytes a key has at least. 32 random bytes
// have fewer than 16 once in more than 10^11 keys.
const minDistinct = 16

// Generate makes a new master key as a line of text, ready for a file or a
// setting.
func Generate() []byte {
	b := make([]byte, MinMaster)
	_, _ = rand.Read(b) // crypto/rand.Read never returns an error: it aborts
	return []byte(base64.StdEncoding.EncodeToString(b))
}

// ParseMaster reads a master key as hex, base64 (either alphabet, padded or
// not) or raw bytes, from a setting or a file's content. It refuses missing,
// short and example keys: ErrMissing, ErrShort, ErrExample.
func ParseMaster(content []byte) ([]byte, error) {
	if !isText(content) {
		return checkMaster(content)
	}
	text := strings.TrimSpace(string(content))
	if text == "" {
		return nil, ErrMissing
	}
	if len(text) < MinMaster {
		return nil, ErrShort
	}
	if isExample(text) {
		return nil, ErrExample
	}
	return checkMaster(decode(text))
}

func checkMaster(key []byte) ([]byte, error) {
	if len(key) < MinMaster {
		return nil, ErrShort
	}
	if hasPattern(key) {
		return nil, ErrExample
	}
	return bytes.Clone(key), nil
}

// decode takes the first encoding that fits; text that fits none is the key
// itself.
func decode(text string) []byte {
	if key, err := hex.DecodeString(text); err == nil {
		return key
	}
	unpadded := strings.TrimRight(text, "=")
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if key, err := encoding.DecodeString(unpadded); err == nil {
			return key
		}
	}
	return []byte(text)
}

func isText(content []byte) bool {
	for _, c := range content {
		if (c < ' ' || c > '~') && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

func isExample(text string) bool {
	lower := strings.ToLower(text)
	for _, word := range exampleWords {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}

// hasPattern sees repetition and counting: few different bytes, or one step
// between all neighbours.
func hasPattern(key []byte) bool {
	seen, steps := map[byte]bool{}, map[byte]bool{}
	for i, c := range key {
		seen[c] = true
		if i > 0 {
			steps[c-key[i-1]] = true
		}
	}
	return len(seen) < minDistinct || len(steps) < minDistinct/2
}
