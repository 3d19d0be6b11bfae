package audit

import (
	"bytes"
	"context"

	"gatehouse/models"
)

// The faults that Verify finds.
const (
	FaultMissing = "missing" // there is no event with this number
	FaultChain   = "chain"   // it does not follow on the one before
	FaultContent = "content" // it was changed after it was sealed
	FaultHead    = "head"    // the log ends elsewhere than it was left
)

// Report is what Verify found.
type Report struct {
	Checked int64  // events found to be right
	Head    int64  // number of the last event by the head's account
	Bad     int64  // number of the first bad event; 0: none
	Fault   string // what is wrong with it
}

// OK reports whether nothing is wrong.
func (r Report) OK() bool { return r.Fault == "" }

// Verify reads the whole log in order and checks numbers, chain and content
// (R134). It stops at the first bad event. A log that was cut short is
// noticed by the head, unless that was changed too.
func (l *Log) Verify(ctx context.Context) (Report, error) {
	sys := l.db.System("verify the log")
	goal, err := head(ctx, sys)
	if err != nil {
		return Report{}, err
	}
	at := models.AuditHead{Hash: genesis}
	report := Report{Head: goal.Number}
	for at.Number < goal.Number {
		events, err := From(ctx, sys, at.Number+1, 1000)
		if err != nil {
			return report, err
		}
		if len(events) == 0 {
			return report.bad(at.Number+1, FaultMissing), nil
		}
		for i := range events {
			if fault := check(at, &events[i]); fault != "" {
				return report.bad(at.Number+1, fault), nil
			}
			at.Number, at.Hash = events[i].Number, events[i].Hash
			report.Checked++
			if at.Number == goal.Number && !bytes.Equal(at.Hash, goal.Hash) {
				return report.bad(at.Number, FaultHead), nil
			}
		}
	}
	return report, nil
}

func (r Report) bad(number int64, fault string) Report {
	r.Bad, r.Fault = number, fault
	return r
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
