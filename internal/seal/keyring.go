package seal

import (
	"compress/flate"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"sync"
)

// keyVersion is the generation of the master key that new ciphertexts name.
const keyVersion byte = 1

// Reasons why something sealed does not open.
var (
	// ErrInvalid covers everything forged, damaged, foreign or malformed; it
	// never says which.
	ErrInvalid = errors.New("seal: invalid")
	// ErrExpired is given for a genuine token whose time is over.
	ErrExpired = errors.New("seal: expired")
)

// Keyring makes keys from the master key, one for each purpose (R121). It is
// safe for use by several goroutines and has no other state than keys that were made
// before, and spare compressors and decompressors.
type Keyring struct {
	root      []byte
	deflaters sync.Pool
	inflaters sync.Pool
	macs      sync.Map // pools of keyed hashes by purpose: purposes are constants of our code
	sealers   sync.Map // by purpose
}

// New reads the master key with ParseMaster and gives its keyring.
func New(master []byte) (*Keyring, error) {
	key, err := ParseMaster(master)
	if err != nil {
		return nil, err
	}
	root, err := hkdf.Extract(sha256.New, key, []byte("gatehouse master key"))
	if err != nil {
		return nil, fmt.Errorf("seal: extract: %w", err)
	}
	k := &Keyring{root: root}
	k.deflaters.New = func() any {
		w, _ := flate.NewWriter(io.Discard, flate.BestSpeed) // fails for an unknown level only
		return w
	}
	k.inflaters.New = func() any { return flate.NewReader(strings.NewReader("")) }
	return k, nil
}

// Derive gives the 32 byte key for one purpose, such as "cookies" or
// "refresh-tokens". The same purpose gives the same key on every node; keys of
// two purposes say nothing about each other.
func (k *Keyring) Derive(purpose string) []byte { return k.derive("key", purpose) }

// MAC is the HMAC-SHA256 of the fields under the key for purpose, 32 bytes.
// Each field goes in behind its length, so that no two lists of fields share
// a code (L74). Compare codes with hmac.Equal.
func (k *Keyring) MAC(purpose string, fields ...[]byte) []byte {
	spare := k.macsOf(purpose)
	mac, _ := spare.Get().(hash.Hash) // the pool makes them
	defer spare.Put(mac)
	mac.Reset()
	for _, field := range fields {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(field)))
		_, _ = mac.Write(length[:]) // hash.Hash never fails
		_, _ = mac.Write(field)
	}
	return mac.Sum(nil)
}

// macsOf are the keyed hashes of a purpose that nobody uses just now: to key
// one costs as much as to hash a short text.
func (k *Keyring) macsOf(purpose string) *sync.Pool {
	if spare, ok := k.macs.Load(purpose); ok {
		return spare.(*sync.Pool) //nolint:forcetypeassert // only pools are stored
	}
	key := k.derive("mac", purpose)
	spare, _ := k.macs.LoadOrStore(strings.Clone(purpose), &sync.Pool{New: func() any { return hmac.New(sha256.New, key) }})
	return spare.(*sync.Pool) //nolint:forcetypeassert // only pools are stored
}

// CheckValue names the master key without telling anything about it. It is
// stored with the data, so that a start with another key is noticed (R122).
func (k *Keyring) CheckValue() string {
	return base64.RawURLEncoding.EncodeToString(k.MAC("key check value")[:16])
}

// Matches tells whether a stored check value was made with this master key.
func (k *Keyring) Matches(stored string) bool {
	return subtle.ConstantTimeCompare([]byte(stored), []byte(k.CheckValue())) == 1
}

// String hides the keys from every printer.
func (k *Keyring) String() string { return "[redacted]" }

// GoString hides the keys from %#v.
func (k *Keyring) GoString() string { return "[redacted]" }

// derive expands the root for a kind of use and its names.
func (k *Keyring) derive(kind string, names ...string) []byte {
	info := frame(append([]string{"gatehouse v1", kind}, names...)...)
	key, err := hkdf.Expand(sha256.New, k.root, string(info), sha256.Size)
	if err != nil {
		panic(err) // the length is constant and allowed
	}
	return key
}

// frame writes each field behind its length: one list of fields, one result.
func frame(fields ...string) []byte {
	size := 8 * len(fields)
	for _, field := range fields {
		size += len(field)
	}
	b := make([]byte, 0, size+1) // one more for a version behind it
	for _, field := range fields {
		b = binary.BigEndian.AppendUint64(b, uint64(len(field)))
		b = append(b, field...)
	}
	return b
}
