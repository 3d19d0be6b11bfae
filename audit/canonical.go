package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"gatehouse/models"
)

// schema is the version of the canonical form.
const schema = "gatehouse event 1"

// leaf is the prefix that keeps hashes of events apart from hashes of inner
// nodes (RFC 6962 §2.1).
const leaf = 0x00

// canonical appends an event as bytes to b (R132): each field behind its length in
// four bytes, big endian, in an order that never changes; numbers and times (UTC
// nanoseconds) as eight bytes. Two different events never have the same bytes.
func canonical(b []byte, e *models.Event) ([]byte, error) {
	details, err := json.Marshal(e.Details.V) // sorts keys
	if err != nil {
		return nil, fmt.Errorf("audit: event %s: %w", e.ID, err)
	}
	b = field(b, schema)
	b = field(b, e.PrevHash)
	b = number(b, e.Number)
	b = number(b, e.At.UnixNano())
	for _, text := range []string{
		e.TenantID, e.ID, e.Action, e.Outcome, e.Reason,
		e.ActorType, e.ActorID, e.ActorName, e.Via,
		e.TargetType, e.TargetID, e.TargetName,
		e.UserID, e.ApplicationID, e.SessionID, e.AttemptID,
		e.RequestID, e.IP, e.UserAgent,
	} {
		b = field(b, text)
	}
	return field(b, details), nil
}

func field[T string | []byte](b []byte, value T) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(value))) //nolint:gosec // values are bounded far below 4 GiB
	return append(b, value...)
}

func number(b []byte, n int64) []byte {
	b = binary.BigEndian.AppendUint32(b, 8)
	return binary.BigEndian.AppendUint64(b, uint64(n)) //nolint:gosec // bits, not a quantity
}

// digest is the event's hash: SHA-256(0x00 ‖ canonical bytes), which hold the
// hash before it.
func digest(e *models.Event) ([]byte, error) {
	var room [2048]byte // for most
	b, err := canonical(append(room[:0], leaf), e)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	return sum[:], nil
}

// genesis is the hash before the first event.
var genesis = make([]byte, sha256.Size)

// chain gives pending events their places behind the head.
func chain(end models.AuditHead, pending []models.PendingEvent) ([]models.Event, error) {
	if end.Number == 0 {
		end.Hash = genesis
	}
	sealed := make([]models.Event, len(pending))
	for i := range pending {
		e := models.Event{
			Owned: pending[i].Owned, EventFields: pending[i].EventFields,
			Number: end.Number + 1, PrevHash: end.Hash,
		}
		hash, err := digest(&e)
		if err != nil {
			return nil, err
		}
		e.Hash = hash
		end.Number, end.Hash = e.Number, hash
		sealed[i] = e
	}
	return sealed, nil
}
