// Package limit owns what keeps the server's own memory and time bounded: a
// Gate that lets only so much costly work run at once (R61), and Buckets that
// slow down whoever asks too often (R85). Both live in one process; budgets
// that decide about sign-ins are kept in the database by identity/throttle.
package limit
