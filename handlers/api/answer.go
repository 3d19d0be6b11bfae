package api

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"gatehouse/internal/caller"
	"gatehouse/internal/page"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/idempotency"
)

// answer writes JSON.
func (c *call) answer(body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.JSONBytes(200, text)
}

// versioned writes JSON with the version as ETag (RFC 9110 §8.8.3).
func (c *call) versioned(version int64, body any) error {
	c.SetHeader("ETag", etag(version))
	return c.answer(body)
}

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// ifMatch is the version that the caller changes (RFC 9110 §13.1.1). It returns
// reason.VersionRequired without one, reason.VersionStale for one that none is.
func (c *call) ifMatch() (int64, error) {
	header := strings.TrimSpace(c.Header("If-Match"))
	if header == "" {
		return 0, reason.New(reason.VersionRequired)
	}
	version, err := strconv.ParseInt(strings.Trim(header, `"`), 10, 64)
	if err != nil || version < 1 {
		return 0, reason.New(reason.VersionStale)
	}
	return version, nil
}

// paging is where a list goes on and how long a page is.
func (c *call) paging() (page.Request, func(name string) string, error) {
	q, err := c.Query()
	if err != nil {
		return page.Request{}, nil, err
	}
	p := page.Request{After: q.Get("after")}
	if text := q.Get("limit"); text != "" {
		if p.Limit, err = strconv.Atoi(text); err != nil || p.Limit < 1 {
			return p, nil, reason.New(reason.InputInvalid).On("limit", reason.InputFormat, "1 – 200")
		}
	}
	return p, q.Get, nil
}

// once runs a deed in one transaction and answers what it made, with 201. Under
// an Idempotency-Key the answer is kept in the same transaction, and given
// again to the same request.
func (c *call) once(body []byte, do func(tx *store.Tx) (any, error)) error {
	return c.onceIn(c.Store, body, func(tx *store.Tx) (any, *store.Tx, error) {
		made, err := do(tx)
		return made, tx, err
	})
}

// onceIn is once for a deed whose transaction is another's: do also says in
// which transaction the answer is kept.
func (c *call) onceIn(w store.Writer, body []byte, do func(tx *store.Tx) (any, *store.Tx, error)) error {
	q := idempotency.Request{
		Principal: caller.From(c.ctx()).Actor.ID, Key: c.Header("Idempotency-Key"),
		Parts: [][]byte{[]byte(c.Method()), []byte(c.Path()), body},
	}
	if len(q.Key) > idempotency.MaxKey {
		return reason.New(reason.InputInvalid).On("Idempotency-Key", reason.InputTooLong, strconv.Itoa(idempotency.MaxKey))
	}
	if kept, err := c.Idempotency.Find(c.ctx(), c.Store, q); err != nil || kept != nil {
		return c.repeat(kept, err)
	}
	var text []byte
	err := w.Write(c.ctx(), func(tx *store.Tx) error {
		made, keep, err := do(tx)
		if err != nil {
			return err
		}
		if text, err = json.Marshal(made); err != nil {
			return err
		}
		return c.Idempotency.Store(c.ctx(), keep, q, idempotency.Answer{Status: 201, Body: text})
	})
	if err != nil {
		return c.overtaken(q, err)
	}
	return c.JSONBytes(201, text)
}

// overtaken looks whether a deed failed because the same request, sent at the
// same time, had done it: then there is an answer by now. A name that is taken
// may be taken by the caller himself.
func (c *call) overtaken(q idempotency.Request, failed error) error {
	kept, err := c.Idempotency.Find(c.ctx(), c.Store, q)
	if kept != nil || err != nil || errors.Is(failed, idempotency.ErrRepeated) {
		return c.repeat(kept, err)
	}
	return failed
}

func (c *call) repeat(kept *idempotency.Answer, err error) error {
	if err != nil {
		return err
	}
	if kept == nil {
		return reason.New(reason.RequestConflict)
	}
	c.SetHeader("Idempotency-Replayed", "true")
	return c.JSONBytes(kept.Status, kept.Body)
}

// done answers that something happened and there is nothing to say.
func (c *call) done(err error) error {
	if err != nil {
		return err
	}
	return c.NoContent(204)
}
