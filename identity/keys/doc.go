// Package keys owns the keys with which a tenant signs its tokens.
//
// A tenant has one active key for each algorithm. Its successor is published a
// day before it begins to sign, and a key that was replaced stays published
// until the last token that it signed is over, so that no client ever meets a
// key that it could not know (security requirement R123). The first key of an
// algorithm is made when it is first needed.
package keys
