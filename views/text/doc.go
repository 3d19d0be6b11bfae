// Package text writes the values of templates. templ's own function for it
// prints each through fmt, at three allocations a text: a fifth of what a page
// cost. scripts/generate puts Join in its place.
package text
