// Package secret owns the one type that carries passwords, tokens, codes and
// keys through the program: it prints, logs, marshals and formats as
// [redacted] (R125) and compares in constant time (R126). Every room that
// holds a secret for longer than a line uses it.
package secret
