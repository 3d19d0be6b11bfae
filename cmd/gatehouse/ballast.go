package main

import "runtime"

// ballastBytes is weighed against the memory that a larger heap takes under load.
const ballastBytes = 8 << 20

// ballast asks for memory and never touches it, so that the system gives none for
// it. The garbage collector counts it all the same: it goes to work when the heap
// has grown by as much again as it holds, which for the few megabytes that a
// server holds would be a dozen times a second. The returned function lets go.
func ballast() (release func()) {
	b := make([]byte, ballastBytes)
	return func() { runtime.KeepAlive(b) }
}
