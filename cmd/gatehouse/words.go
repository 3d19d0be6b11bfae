package main

import (
	"errors"
	"strings"

	"gatehouse/locales"
	"gatehouse/reason"
)

// plain puts a refusal into the words that staff read.
func plain(err error) error {
	var e *reason.Error
	if !errors.As(err, &e) {
		return err
	}
	say := locales.For("en")
	text := say.Staff(string(e.Code))
	for _, f := range e.Fields {
		text += " " + strings.TrimPrefix(f.Pointer, "/") + ": " + say.Staff(string(f.Code))
		if f.Detail != "" {
			text += " (" + f.Detail + ")"
		}
	}
	if e.Err != nil && e.Meaning().Kind == reason.Internal {
		text += " " + e.Err.Error()
	}
	return errors.New(text)
}
