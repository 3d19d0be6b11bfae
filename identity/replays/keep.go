package replays

import (
	"context"
	"crypto/sha256"
	"time"

	"gatehouse/models"
	"gatehouse/store"
)

// The kinds of proofs. Proofs of two kinds never meet.
const (
	ClientAssertion = "client_assertion"
	Grant           = "grant_assertion"
	DPoP            = "dpop"
	RequestObject   = "request_object"
)

// Keep remembers proofs.
type Keep struct {
	Now func() time.Time
}

// First reports whether a proof is used for the first time, and remembers it
// until its end. The names that make it one of its kind, such as issuer and jti,
// go in behind their lengths.
func (k *Keep) First(ctx context.Context, w store.Writer, kind string, until time.Time, names ...string) (bool, error) {
	row := models.Replay{Kind: kind, Hash: digest(names), ExpiresAt: models.At(until)}
	err := w.Write(ctx, func(tx *store.Tx) error { return insert(ctx, tx, &row) })
	if store.Taken(err) {
		return false, nil
	}
	return err == nil, err
}

func digest(names []string) []byte {
	sum := sha256.New()
	for _, name := range names {
		one := sha256.Sum256([]byte(name)) // of one length, so that no two lists run together
		_, _ = sum.Write(one[:])           // hash.Hash never fails
	}
	return sum.Sum(nil)
}

// Sweep forgets what has expired, a bounded number at a time, and returns how
// many.
func (k *Keep) Sweep(ctx context.Context, db *store.DB) (int64, error) {
	var swept int64
	err := db.System("sweep replays").Write(ctx, func(tx *store.Tx) error {
		var err error
		swept, err = sweep(ctx, tx, models.At(k.Now()))
		return err
	})
	return swept, err
}
