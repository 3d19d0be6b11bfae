package dpop

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// nonceStep is how long a nonce is the current one; the one before it is still
// taken (RFC 9449 §8.2).
const nonceStep = 3 * time.Minute

// Nonce is what clients of a tenant put into their proofs now. Nothing is kept:
// every node makes the same one.
func (j *Judge) Nonce(tenantID string) string { return j.nonce(tenantID, j.step()) }

func (j *Judge) step() int64 { return j.Now().Unix() / int64(nonceStep/time.Second) }

func (j *Judge) nonce(tenantID string, step int64) string {
	count := binary.BigEndian.AppendUint64(nil, uint64(step)) //nolint:gosec // bits, not a quantity
	return base64.RawURLEncoding.EncodeToString(j.K.MAC("dpop nonce", []byte(tenantID), count))
}

// known reports whether a nonce is the current one or the one before.
func (j *Judge) known(tenantID, nonce string) bool {
	now := j.step()
	return hmac.Equal([]byte(nonce), []byte(j.nonce(tenantID, now))) || hmac.Equal([]byte(nonce), []byte(j.nonce(tenantID, now-1)))
}
