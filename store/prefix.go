package store

import "strings"

var likeEscapes = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// Prefix is the pattern of texts that begin with s, in lower case, for a LIKE
// with ESCAPE '!'.
func Prefix(s string) string { return likeEscapes.Replace(strings.ToLower(s)) + "%" }
