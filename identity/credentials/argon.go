package credentials

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Params are the costs of argon2id (RFC 9106 §3.1).
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// Default is the floor of R61.
var Default = Params{Memory: 19 * 1024, Time: 2, Threads: 1}

// String is the parameters as they stand in a PHC string.
func (p Params) String() string { return fmt.Sprintf("m=%d,t=%d,p=%d", p.Memory, p.Time, p.Threads) }

// Weight is what a hash weighs for a Limiter: its memory in mebibytes, rounded
// up and with what comes along.
func (p Params) Weight() int64 { return int64(p.Memory/1024) + 1 }

const (
	saltSize = 16
	keySize  = 32
	prefix   = "$argon2id$"
)

// The bounds of foreign hashes: none may cost so much that checking it is an
// attack, or so little that it is no hash.
const (
	maxMemory = 256 * 1024
	maxTime   = 16
	maxWork   = 2 * maxMemory // memory times passes
	maxLanes  = 16
	maxPart   = 128 // bytes of salt or key
)

var errHash = errors.New("credentials: not an argon2id PHC string within bounds")

// encoded is a parsed PHC string; without a salt it is a decoy that nothing
// matches.
type encoded struct {
	Params
	salt, key []byte
}

func (p Params) hash(normal string) string {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // crypto/rand.Read never returns an error: it aborts
	key := argon2.IDKey([]byte(normal), salt, p.Time, p.Memory, p.Threads, keySize)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("%sv=%d$%s$%s$%s", prefix, argon2.Version, p, enc.EncodeToString(salt), enc.EncodeToString(key))
}

// matches does the same work for a decoy as for a hash.
func (e encoded) matches(normal string) bool {
	salt, want := e.salt, e.key
	if salt == nil {
		salt, want = make([]byte, saltSize), make([]byte, keySize)
	}
	got := argon2.IDKey([]byte(normal), salt, e.Time, e.Memory, e.Threads, uint32(len(want))) //nolint:gosec // at most maxPart
	return subtle.ConstantTimeCompare(got, want) == 1 && e.salt != nil
}

// parse reads $argon2id$v=19$m=…,t=…,p=…$salt$key.
func parse(phc string) (encoded, error) {
	rest, ok := strings.CutPrefix(phc, prefix)
	parts := strings.Split(rest, "$")
	if !ok || len(parts) != 4 || parts[0] != "v="+strconv.Itoa(argon2.Version) {
		return encoded{}, errHash
	}
	p, err := parseParams(parts[1])
	if err != nil {
		return encoded{}, err
	}
	salt, saltErr := base64.RawStdEncoding.Strict().DecodeString(parts[2])
	key, keyErr := base64.RawStdEncoding.Strict().DecodeString(parts[3])
	if saltErr != nil || keyErr != nil || len(salt) < 8 || len(salt) > maxPart || len(key) < 16 || len(key) > maxPart {
		return encoded{}, errHash
	}
	return encoded{p, salt, key}, nil
}

func parseParams(text string) (Params, error) {
	costs := map[string]uint64{}
	for part := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(part, "=")
		n, err := strconv.ParseUint(value, 10, 32)
		if _, twice := costs[name]; !ok || err != nil || twice || !strings.Contains("mtp", name) || len(name) != 1 {
			return Params{}, errHash
		}
		costs[name] = n
	}
	m, t, lanes := costs["m"], costs["t"], costs["p"]
	if len(costs) != 3 || m < 8*max(lanes, 1) || m > maxMemory || t < 1 || t > maxTime ||
		lanes < 1 || lanes > min(maxLanes, math.MaxUint8) || m*t > maxWork {
		return Params{}, errHash
	}
	return Params{uint32(m), uint32(t), uint8(lanes)}, nil
}
