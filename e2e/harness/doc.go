// Package harness starts the built binary as a new user would, on a database of
// its own, and drives it from outside. It imports nothing of the product, so
// that what the scenarios beside it prove holds for the world.
package harness
