// Package console draws the pages of administrators and support staff, each in
// a file of its own. A page is a function of one struct: it draws what it is
// given and can ask for nothing. Every form works without script, every text
// comes from locales.
//
// handlers/console fills the structs; docs/architecture.md says why.
package console
