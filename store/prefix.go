package store

import "strings"

var likeEscapes = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// Prefix is the pattern of texts that begin with s, in lower case, for a LIKE
// with ESCAPE '!'.
func Prefix(s string) string { return likeEscapes.Replace(strings.ToLower(s)) + "%" }

// Holding is the pattern of texts that hold s somewhere, for a LIKE with ESCAPE
// '!'. SQLite takes letters of another case for the same.
func Holding(s string) string { return "%" + likeEscapes.Replace(s) + "%" }
