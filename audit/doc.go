// Package audit owns what happened: the tables audit_pending, events and
// audit_head. A deed appends its event in its own transaction (R130); the Log
// afterwards moves committed events, in order and exactly once, into a
// gapless, hash-chained log (R131, R132). The log is the outbox: whoever wants
// to know what happened reads it by number, and nobody is notified.
//
// Who calls it: every room that changes something (Append), the doors that
// show timelines (Timeline), the command line (Verify).
package audit
