package seal

import (
	"bytes"
	"compress/flate"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"io"
	"strings"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	// MaxToken is the most that a sealed token is long, in characters: it has
	// to fit into a URL.
	MaxToken = 8 << 10
	// MaxPayload is the most that a token carries, in bytes before compression.
	MaxPayload = 32 << 10

	// Below this size compression costs more than all the rest of a request:
	// 20 µs for a fifth of the length.
	deflateFrom = 2048

	tokenVersion byte = 1
	plain        byte = 0
	deflated     byte = 1
	headerSize        = 1 + 8 // how it is packed, when it ends
)

// spelling is base64url without padding, in which every token has one spelling.
var spelling = base64.RawURLEncoding.Strict()

// Token seals payload into a URL-safe string that opens for the same purpose
// and tenant until expires (microsecond precision). Two tokens of one payload
// differ. It gives "" when the payload does not fit into MaxPayload and
// MaxToken: the caller refuses the request that was too large.
func (k *Keyring) Token(purpose, tenant string, payload []byte, expires time.Time) string {
	if len(payload) > MaxPayload {
		return ""
	}
	aead, err := k.sealer(purpose)
	if err != nil {
		return "" // the key's length is constant and right
	}
	how, packed := k.pack(payload)
	body := make([]byte, 0, headerSize+len(packed))
	body = append(body, how)
	body = binary.BigEndian.AppendUint64(body, uint64(expires.UnixMicro()))
	body = append(body, packed...)

	out := make([]byte, 1+aead.NonceSize(), 1+aead.NonceSize()+len(body)+aead.Overhead())
	out[0] = tokenVersion
	nonce := out[1:]
	_, _ = rand.Read(nonce)                                      // crypto/rand.Read never returns an error: it aborts
	out = aead.Seal(out, nonce, body, tokenAAD(purpose, tenant)) //nolint:gosec // the nonce was just filled at random
	if base64.RawURLEncoding.EncodedLen(len(out)) > MaxToken {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(out)
}

// OpenToken gives the payload of a token that Token made for the same purpose
// and tenant. It returns ErrInvalid for anything else and ErrExpired from the
// token's end on.
func (k *Keyring) OpenToken(purpose, tenant, token string, now time.Time) ([]byte, error) {
	// A token has one spelling, so that its hash can name it; encoding/base64
	// would skip line ends.
	if len(token) > MaxToken || strings.IndexByte(token, '\r') >= 0 || strings.IndexByte(token, '\n') >= 0 {
		return nil, ErrInvalid
	}
	raw, err := spelling.DecodeString(token)
	if err != nil || len(raw) < 1+chacha20poly1305.NonceSizeX || raw[0] != tokenVersion {
		return nil, ErrInvalid
	}
	aead, err := k.sealer(purpose)
	if err != nil {
		return nil, err
	}
	nonce, sealed := raw[1:1+aead.NonceSize()], raw[1+aead.NonceSize():]
	body, err := aead.Open(sealed[:0], nonce, sealed, tokenAAD(purpose, tenant)) // in its own place
	if err != nil || len(body) < headerSize {
		return nil, ErrInvalid
	}
	micros := int64(binary.BigEndian.Uint64(body[1:headerSize])) //nolint:gosec // Token wrote an int64 there
	expires := time.UnixMicro(micros)
	if !now.Before(expires) {
		return nil, ErrExpired
	}
	return k.unpack(body[0], body[headerSize:])
}

// sealer is the cipher of a purpose.
func (k *Keyring) sealer(purpose string) (cipher.AEAD, error) {
	if aead, ok := k.sealers.Load(purpose); ok {
		return aead.(cipher.AEAD), nil //nolint:forcetypeassert // only ciphers are stored
	}
	aead, err := chacha20poly1305.NewX(k.derive("token", purpose))
	if err == nil {
		k.sealers.Store(strings.Clone(purpose), aead)
	}
	return aead, err
}

func tokenAAD(purpose, tenant string) []byte {
	return append(frame("token", purpose, tenant), tokenVersion)
}

// pack deflates the payload where that makes it smaller.
func (k *Keyring) pack(payload []byte) (byte, []byte) {
	if len(payload) < deflateFrom {
		return plain, payload
	}
	w, ok := k.deflaters.Get().(*flate.Writer)
	if !ok {
		return plain, payload
	}
	defer k.deflaters.Put(w)
	var out bytes.Buffer
	w.Reset(&out)
	_, werr := w.Write(payload)
	if cerr := w.Close(); werr != nil || cerr != nil || out.Len() >= len(payload) {
		return plain, payload
	}
	return deflated, out.Bytes()
}

func (k *Keyring) unpack(how byte, packed []byte) ([]byte, error) {
	switch how {
	case plain:
		return packed, nil
	case deflated:
		return k.inflate(packed)
	default:
		return nil, ErrInvalid
	}
}

// inflate stops at MaxPayload, whatever the input promises.
func (k *Keyring) inflate(packed []byte) ([]byte, error) {
	r, ok := k.inflaters.Get().(io.Reader)
	if !ok {
		return nil, ErrInvalid
	}
	defer k.inflaters.Put(r)
	if resetter, ok := r.(flate.Resetter); !ok || resetter.Reset(bytes.NewReader(packed), nil) != nil {
		return nil, ErrInvalid
	}
	payload, err := io.ReadAll(io.LimitReader(r, MaxPayload+1))
	if err != nil || len(payload) > MaxPayload {
		return nil, ErrInvalid
	}
	return payload, nil
}
