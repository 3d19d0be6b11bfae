// Package prompt is what a step of a journey shows and asks: plain data that
// pages and the flow API translate, each in its own way. It holds keys of
// locales and never a text, so that one prompt speaks every language; it never
// holds anything that would tell whether a user exists (R76).
package prompt
