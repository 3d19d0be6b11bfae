// Package themes turns a tenant's design tokens into the stylesheet of its
// hosted pages, and measures whether people can read them.
//
// A token is a name with a value of a narrow kind: a colour, a length in a
// range, a font of a list. Nothing else can be expressed, so that no tenant's
// branding can carry a rule, an address or a script (security requirement
// R117). Functions here are pure.
package themes
