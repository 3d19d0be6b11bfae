// Package examples runs the samples of examples/ as their readers would, and
// has a real browser use them.
package examples
