// Package throttle owns the table counters: how often something was tried in a
// window of time (R80–R86). Attempts are counted before they are verified, by
// one atomic statement, so that a thousand at once are a thousand. Keys are
// internal ids, address prefixes and keyed hashes, never what was typed.
//
// Three budgets guard a sign-in: its source, its account and its tenant. A
// browser that has signed in before has a counter of its own (R81): whoever
// exhausts an account's counter from elsewhere does not lock its owner out.
package throttle
