// Package idempotency owns the table idempotency_keys: the answers that were
// given under an Idempotency-Key. Who repeats a request, because its answer was
// lost, gets the same answer, and nothing happens twice. The answer is sealed,
// since it may hold a secret that is shown once.
package idempotency
