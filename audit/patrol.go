package audit

import (
	"context"
	"time"
)

const (
	// patrolHour is when the whole log is verified, in UTC: at night where most
	// servers are.
	patrolHour = 3
	// patrolRest is how long it rests after each batch, so that a log of ten million
	// events takes some minutes and nobody notices.
	patrolRest = 20 * time.Millisecond
)

// Patrol verifies the whole log once a night on the node that seals, as Verify
// does, and says loudly what is wrong (R134). It is to be called several times an
// hour; at any other time it does nothing.
func (l *Log) Patrol(ctx context.Context) error {
	if !l.onPatrol() {
		return nil
	}
	began := l.now()
	report, err := l.verify(ctx, patrolRest, nil)
	if err != nil {
		l.turn.take()
		l.patrolled = time.Time{} // once more
		l.turn.pass()
		return err
	}
	if !report.OK() {
		l.logger.ErrorContext(ctx, "THE AUDIT LOG IS BROKEN: run gatehouse audit verify",
			"event", report.Bad, "until", report.Until, "fault", report.Fault, "place", report.Place, "checked", report.Checked)
		return nil
	}
	l.logger.InfoContext(ctx, "the audit log was verified", "events", report.Checked, "checkpoints", report.Checkpoints, "took", l.now().Sub(began))
	return nil
}

// onPatrol reports whether it is time and this node's turn.
func (l *Log) onPatrol() bool {
	l.turn.take()
	defer l.turn.pass()
	now := l.now().UTC()
	if l.epoch == 0 || now.Hour() != patrolHour || now.Sub(l.patrolled) < 2*time.Hour {
		return false
	}
	l.patrolled = now
	return true
}
