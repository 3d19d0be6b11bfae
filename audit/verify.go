package audit

import (
	"bytes"
	"context"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"gatehouse/models"
	"gatehouse/store"
)

// The faults that Verify finds.
const (
	FaultMissing = "missing" // there is no event with this number
	FaultChain   = "chain"   // it does not follow on the one before
	FaultContent = "content" // it was changed after it was sealed
	FaultHead    = "head"    // the log ends elsewhere than it was left

	FaultCheckpoint = "checkpoint" // a checkpoint saw another event here, or among those up to Until
	FaultCut        = "cut"        // a checkpoint saw an event here, and the log has none
	FaultFork       = "fork"       // two checkpoints contradict each other
	FaultUnsigned   = "unsigned"   // a line of the file is no checkpoint of ours
)

// Report is what Verify found.
type Report struct {
	Checked int64  // events found to be right
	Head    int64  // number of the last event by the head's account
	Bad     int64  // number of the first bad event; 0: none
	Until   int64  // with FaultCheckpoint: the first bad event is one of Bad to Until
	Fault   string // what is wrong with it

	Checkpoints int       // that the log was held against and fitted
	Newest      int64     // how many events the newest of them vouches for; 0: there are none
	NewestAt    time.Time // when that was signed
	Torn        int       // lines of the files that a crash cut short
	Place       string    // with FaultFork and FaultUnsigned: the file and the line
}

// OK reports whether nothing is wrong.
func (r Report) OK() bool { return r.Fault == "" }

func (r Report) bad(number int64, fault string) Report {
	r.Bad, r.Fault = number, fault
	return r
}

// verifyBatch is how many events are read at a time.
const verifyBatch = 1000

// Verify reads the whole log in order and checks numbers, chain and content, and
// holds it against every checkpoint of the notary's file and of further ones
// (R134). It stops at the first bad event. Without checkpoints a log that was cut
// short is noticed by the head, unless that was changed too, and one that was
// sealed anew from some event on is not noticed at all.
func (l *Log) Verify(ctx context.Context, files ...string) (Report, error) {
	return l.verify(ctx, 0, files)
}

// verify rests after each batch.
func (l *Log) verify(ctx context.Context, pause time.Duration, files []string) (Report, error) {
	// The files first: what a server vouches for from now on may lie behind the head
	// that is read next.
	s, report, err := l.stack(files)
	if err != nil {
		return report, err
	}
	sys := l.db.System("verify the log")
	goal, err := head(ctx, sys)
	if report.Head = goal.Number; err != nil || !report.OK() {
		return report, err
	}
	w := walk{goal: goal, at: models.AuditHead{Hash: genesis}, until: goal.Number, report: report, pause: pause}
	var tree edge
	w.each = func(e *models.Event) (string, error) {
		tree.add(tlog.Hash(e.Hash))
		return s.check(&tree, &w.report)
	}
	if report, err = w.run(ctx, sys); err != nil || !report.OK() {
		return report, err
	}
	if left, more := s.next(); more { // vouched for, and not there
		report = report.bad(goal.Number+1, FaultCut)
		report.Place = left.place()
	}
	return report, nil
}

// walk reads the log in order.
type walk struct {
	goal   models.AuditHead
	at     models.AuditHead // the event before the next
	until  int64            // the last one to read
	loose  bool             // nobody knows the hash of the one at which it begins
	report Report
	pause  time.Duration // after each batch
	each   func(e *models.Event) (fault string, err error)
}

func (w *walk) run(ctx context.Context, r store.Reader) (Report, error) {
	for w.at.Number < w.until {
		events, err := From(ctx, r, w.at.Number+1, int(min(verifyBatch, w.until-w.at.Number)))
		if err != nil {
			return w.report, err
		}
		if len(events) == 0 {
			return w.report.bad(w.at.Number+1, FaultMissing), nil
		}
		for i := range events {
			if fault, err := w.step(&events[i]); fault != "" || err != nil {
				return w.faulty(w.at.Number, fault), err
			}
		}
		if w.pause > 0 {
			rest(ctx, w.pause)
		}
	}
	return w.report, nil
}

// faulty names the event at fault, unless it was named more closely already.
func (w *walk) faulty(number int64, fault string) Report {
	if w.report.Fault != "" {
		return w.report
	}
	return w.report.bad(number, fault)
}

// step looks at the next event.
func (w *walk) step(e *models.Event) (string, error) {
	if w.loose {
		w.at.Hash, w.loose = e.PrevHash, false
	}
	fault := check(w.at, e)
	w.at.Number, w.at.Hash = w.at.Number+1, e.Hash
	if fault != "" {
		return fault, nil
	}
	if fault, err := w.each(e); fault != "" || err != nil {
		return fault, err
	}
	w.report.Checked++
	if e.Number == w.goal.Number && !bytes.Equal(e.Hash, w.goal.Hash) {
		return FaultHead, nil
	}
	return "", nil
}

// check says what is wrong with the event that follows on at.
func check(at models.AuditHead, e *models.Event) string {
	if e.Number != at.Number+1 {
		return FaultMissing
	}
	if !bytes.Equal(e.PrevHash, at.Hash) {
		return FaultChain
	}
	hash, err := digest(e)
	if err != nil || !bytes.Equal(hash, e.Hash) {
		return FaultContent
	}
	return ""
}
