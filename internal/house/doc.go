// Package house holds no code, only tests that read the source of the whole
// project and hold it against the rules of docs/architecture.md.
package house
