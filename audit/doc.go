// Package audit owns what happened: the tables audit_pending, events and
// audit_head. A deed appends its event in its own transaction (R130); the Log
// afterwards moves committed events, in order and exactly once, into a
// gapless, hash-chained log (R131, R132). Events of no change, which the Gatherer
// commits several at a time, the node that seals puts there at once. The log is
// the outbox: whoever wants to know what happened reads it by number, and nobody
// is notified.
//
// Whoever holds the database can make the chain anew from some event on. So the
// sealer signs checkpoints of a Merkle tree over the events' hashes into a file
// outside of it (R133, Notary). A checkpoint carries the right edge of the tree, a
// kilobyte at most, from which the next one goes on: neither a table of hashes nor
// reading the log is needed, and nothing of it is on the way of a request.
//
// Standards: RFC 6962 §2.1, C2SP signed-note and tlog-checkpoint.
//
// Who calls it: every room that changes something (Append), the doors that
// show timelines (Timeline), the command line (Verify).
package audit
