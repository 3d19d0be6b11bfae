package audit

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"gatehouse/models"
)

// When a checkpoint is due (R133).
const (
	vouchEvery = time.Minute // as long as there is something new
	vouchMost  = 1000        // events
)

const (
	// catchUp is how many events a turn reads at most to come up to the head of
	// the log, so that sealing goes on meanwhile.
	catchUp = 20_000
	// vouchAgain is how long after a failure it is tried again, and remindEvery how
	// often the log of a server says that it no longer vouches.
	vouchAgain  = 10 * time.Second
	remindEvery = 10 * time.Minute
	// reviewed is how many events before the newest checkpoint a start looks at, and
	// reviewedAfter how many behind it.
	reviewed      = 1000
	reviewedAfter = 10_000
)

// voucher is what a sealer knows of the tree whose checkpoints it signs.
type voucher struct {
	on      bool // by Run alone: what a command seals, the server vouches for
	epoch   int64
	tree    edge
	last    tlog.Hash // of the last event in the tree
	owes    bool      // the server has not led yet, and there may be events of before it to vouch for
	behind  bool      // there are sealed events that the tree does not hold
	vouched int64     // size of the newest checkpoint
	at      time.Time // when that was
	not     time.Time // nothing is tried before
	refused bool      // the log contradicts its checkpoints
	logged  time.Time // when that was said last
}

// grown takes note of events that were sealed just now.
func (v *voucher) grown(sealed []models.Event) {
	if v.behind || sealed[0].Number != v.tree.size+1 {
		v.behind = true
		return
	}
	for i := range sealed {
		v.add(sealed[i].Hash)
	}
}

// full reports whether there are enough events for a checkpoint before its time.
func (v *voucher) full() bool { return v.on && !v.behind && v.tree.size-v.vouched >= vouchMost }

func (v *voucher) add(hash []byte) {
	v.last = tlog.Hash(hash)
	v.tree.add(v.last)
}

// owed takes the lease once after a start, even where nothing is to be sealed:
// what a command sealed, or a server that died, nobody has vouched for.
func (l *Log) owed(ctx context.Context) error {
	if !l.v.owes {
		return nil
	}
	leads, err := l.campaign(ctx)
	if err == nil && leads {
		l.v.owes = false
	}
	return err
}

// vouch signs a checkpoint when one is due. Whoever seals does it; of a lease
// that has passed on it signs what was sealed, which stays so. A failure keeps
// nothing from being sealed.
func (l *Log) vouch(ctx context.Context, atOnce bool) {
	if !l.notary.signs() || !l.v.on || l.epoch == 0 || l.now().Before(l.v.not) {
		return
	}
	if err := l.tryVouch(ctx, atOnce); err != nil {
		l.v.not = l.now().Add(vouchAgain)
		l.logger.ErrorContext(ctx, "no checkpoint of the audit log was written; it is tried again", "file", l.notary.file, "error", err)
	}
}

func (l *Log) tryVouch(ctx context.Context, atOnce bool) error {
	if l.v.epoch != l.epoch {
		if err := l.resume(ctx); err != nil {
			return err
		}
	}
	if l.v.refused {
		l.remind(ctx)
		return nil
	}
	if l.v.behind {
		if err := l.follow(ctx); err != nil {
			return err
		}
	}
	fresh := l.v.tree.size - l.v.vouched
	if fresh == 0 || fresh < vouchMost && !atOnce && l.now().Sub(l.v.at) < vouchEvery {
		return nil
	}
	c := Checkpoint{Size: l.v.tree.size, Root: l.v.tree.root(), Last: l.v.last, At: l.now(), edge: l.v.tree.copied()}
	if err := l.notary.append(c); err != nil {
		return err
	}
	l.v.vouched, l.v.at = c.Size, c.At
	return nil
}

// resume goes on from the newest checkpoint of the file, whoever wrote it: this
// log before, or another node. It is part of the file's evidence, so nothing is
// signed that contradicts it (R134).
func (l *Log) resume(ctx context.Context) error {
	c, err := l.notary.newest()
	if err != nil {
		return err
	}
	next := voucher{on: true, epoch: l.epoch, behind: true, at: l.v.at}
	if c != nil {
		report, err := l.review(ctx, *c)
		if err != nil {
			return err
		}
		next.tree, next.last, next.vouched = c.edge.copied(), c.Last, c.Size
		if next.refused = !report.OK(); next.refused {
			next.logged = l.now()
			l.loud(ctx, report)
		}
	}
	l.v = next
	return nil
}

// follow reads sealed events that the tree does not hold yet, a bounded number.
func (l *Log) follow(ctx context.Context) error {
	sys := l.db.System("vouch for the log")
	for range catchUp / verifyBatch {
		leaves, err := leavesFrom(ctx, sys, l.v.tree.size+1, verifyBatch)
		if err != nil {
			return err
		}
		for i := range leaves {
			if leaves[i].Number != l.v.tree.size+1 || len(leaves[i].Hash) != tlog.HashSize {
				return fmt.Errorf("audit: event %d is missing", l.v.tree.size+1)
			}
			l.v.add(leaves[i].Hash)
		}
		if len(leaves) < verifyBatch {
			l.v.behind = false
			return nil
		}
	}
	return nil
}

// Review holds the end of the log against the newest checkpoint, as a start does:
// whatever is wrong is logged loudly, and no checkpoint is signed any more. Without
// a notary it does nothing.
func (l *Log) Review(ctx context.Context) (Report, error) {
	if !l.notary.signs() {
		return Report{}, nil
	}
	c, err := l.notary.newest()
	if err != nil {
		return Report{}, err
	}
	if c == nil {
		l.logger.WarnContext(ctx, "the audit log has no checkpoint yet: what was done to it before cannot be found out by them", "file", l.notary.file)
		return Report{}, nil
	}
	report, err := l.review(ctx, *c)
	if err == nil && !report.OK() {
		l.loud(ctx, report)
	}
	return report, err
}

func (l *Log) loud(ctx context.Context, r Report) {
	l.logger.ErrorContext(ctx, "THE AUDIT LOG DOES NOT FIT ITS CHECKPOINTS: it was changed, or the database was restored. No checkpoint is signed until this is looked into: "+
		"run gatehouse audit verify, keep the file, and begin another one to acknowledge the break",
		"file", l.notary.file, "event", r.Bad, "fault", r.Fault, "checkpoint", r.Newest)
}

func (l *Log) remind(ctx context.Context) {
	if l.now().Sub(l.v.logged) < remindEvery {
		return
	}
	l.v.logged = l.now()
	l.logger.ErrorContext(ctx, "the audit log does not fit its checkpoints, so none is signed: run gatehouse audit verify", "file", l.notary.file)
}

// review holds the end of the log against a checkpoint: the log reaches it, the
// event at its place is the one that it names, and the events around it are whole.
func (l *Log) review(ctx context.Context, c Checkpoint) (Report, error) {
	sys := l.db.System("review the log")
	end, err := head(ctx, sys)
	if err != nil {
		return Report{}, err
	}
	report := Report{Head: end.Number, Newest: c.Size}
	if end.Number < c.Size {
		return report.bad(end.Number+1, FaultCut), nil
	}
	w := walk{goal: end, at: models.AuditHead{Number: max(0, c.Size-reviewed), Hash: genesis}, report: report, until: min(end.Number, c.Size+reviewedAfter)}
	w.loose = w.at.Number > 0
	w.each = func(e *models.Event) (string, error) {
		if e.Number == c.Size && tlog.Hash(e.Hash) != c.Last {
			return FaultCheckpoint, nil
		}
		return "", nil
	}
	return w.run(ctx, sys)
}
