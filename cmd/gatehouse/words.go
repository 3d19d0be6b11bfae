package main

import (
	"errors"
	"strings"

	"gatehouse/manifest"
	"gatehouse/reason"
)

// oneLine keeps an error of a database or the system from breaking lines.
func oneLine(err error) error {
	if err == nil || !strings.ContainsAny(err.Error(), "\r\n") {
		return err
	}
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}

// plain puts a refusal into the words that staff read.
func plain(err error) error {
	var e *reason.Error
	if !errors.As(err, &e) {
		return err
	}
	text := manifest.Explain(e)
	if e.Err != nil && e.Meaning().Kind == reason.Internal {
		text += " " + e.Err.Error()
	}
	return errors.New(text)
}
