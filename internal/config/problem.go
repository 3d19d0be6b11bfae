package config

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// Problem is one setting that cannot be used.
type Problem struct {
	// Setting is the variable, or the key and its file.
	Setting string
	// Value is what it was set to, quoted; empty for secrets and where the
	// value is not to blame.
	Value string
	// Detail says what would be right.
	Detail string
}

// Error is every problem of a start that was refused.
type Error struct {
	Problems []Problem
}

// Error gives all problems in one line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "; ")
}

// String gives the problem as a sentence without its full stop.
func (p Problem) String() string {
	if p.Value == "" {
		return p.Setting + " " + p.Detail
	}
	return p.Setting + " is " + p.Value + ", but " + p.Detail
}

func problem(s setting, name, text, detail string) Problem {
	if s.Secret {
		return Problem{Setting: name, Detail: detail}
	}
	const most = 120
	if len(text) > most {
		text = text[:most] + "…"
	}
	return Problem{Setting: name, Value: strconv.Quote(text), Detail: detail}
}

// readable says in words why a file cannot be read.
func readable(path string) error {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("the file may not be read by this user")
	case err != nil:
		return errors.New("the file cannot be opened")
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return errors.New("must be a file")
	}
	return nil
}
