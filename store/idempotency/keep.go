package idempotency

import (
	"context"
	"crypto/hmac"
	"errors"
	"time"

	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Life is how long an answer is kept.
const Life = 24 * time.Hour

// MaxKey is the most characters of a key.
const MaxKey = 255

// Sealer seals answers and makes keyed hashes; *seal.Keyring is one.
type Sealer interface {
	MAC(purpose string, fields ...[]byte) []byte
	Token(purpose, tenant string, payload []byte, expires time.Time) string
	OpenToken(purpose, tenant, token string, now time.Time) ([]byte, error)
}

// Keep keeps answers.
type Keep struct {
	K   Sealer
	Now func() time.Time
}

// Request names a request: who asked under which key for what. Two requests
// under one key must be the same.
type Request struct {
	Principal string
	Key       string // empty: the request is not idempotent
	Parts     [][]byte
}

// Answer is what the request was answered.
type Answer struct {
	Status int
	Body   []byte
}

// ErrRepeated says that another node is answering the request right now; the
// caller may ask again.
var ErrRepeated = errors.New("idempotency: the request is being answered")

// Find finds the answer that was given to this request: nil when there is none
// yet. The same key with another request is RequestConflict.
func (k *Keep) Find(ctx context.Context, r store.Reader, q Request) (*Answer, error) {
	if q.Key == "" {
		return nil, nil //nolint:nilnil // no key, no answer: not a fault
	}
	row, err := find(ctx, r, q)
	if store.NotFound(err) || err == nil && row.CreatedAt.Add(Life).Before(k.Now()) {
		return nil, nil //nolint:nilnil // nothing was answered yet
	}
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(row.RequestHash, k.hash(r.ID(), q)) {
		return nil, reason.New(reason.RequestConflict)
	}
	body, err := k.K.OpenToken(purpose, r.ID(), string(row.Answer), k.Now())
	if err != nil {
		return nil, err
	}
	return &Answer{Status: row.Status, Body: body}, nil
}

const purpose = "idempotent answer"

// Store keeps the answer in the transaction that made it true. ErrRepeated says
// that the same request was answered at the same time: the transaction must
// fail, and Find tells the answer. An answer too large to keep is an error.
func (k *Keep) Store(ctx context.Context, tx *store.Tx, q Request, a Answer) error {
	if q.Key == "" {
		return nil
	}
	if len(q.Key) > MaxKey {
		return reason.New(reason.InputInvalid).On("Idempotency-Key", reason.InputTooLong, "")
	}
	now := k.Now()
	sealed := k.K.Token(purpose, tx.ID(), a.Body, now.Add(Life))
	if sealed == "" {
		return errors.New("idempotency: the answer is too large to keep")
	}
	err := replace(ctx, tx, models.At(now.Add(-Life)), &models.Idempotency{
		Principal: q.Principal, Key: q.Key, RequestHash: k.hash(tx.ID(), q),
		Status: a.Status, Answer: []byte(sealed), CreatedAt: models.At(now),
	})
	if store.Taken(err) {
		return ErrRepeated
	}
	return err
}

// hash covers all that the request asks. It is keyed: a body may hold a
// password, which a plain hash would let whoever reads the table guess (R61).
func (k *Keep) hash(tenant string, q Request) []byte {
	return k.K.MAC("idempotent request", append([][]byte{[]byte(tenant)}, q.Parts...)...)
}

// Sweep deletes answers that are too old, some at a time, and returns how many.
func (k *Keep) Sweep(ctx context.Context, db *store.DB) (int64, error) {
	var n int64
	err := db.System("sweep idempotency keys").Write(ctx, func(tx *store.Tx) error {
		var err error
		n, err = sweep(ctx, tx, models.At(k.Now().Add(-Life)), 1000)
		return err
	})
	return n, err
}
