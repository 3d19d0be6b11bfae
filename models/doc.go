// Package models holds one row type for every table, with the rules that
// concern one row alone. Each file names the room that owns its tables: that
// room's query.go is the only place that reads or writes them.
//
// Identifiers are UUIDv7 text, times are UTC microseconds, lists and maps are
// JSON. Nothing here knows GORM beyond its struct tags.
package models
