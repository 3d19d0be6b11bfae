package audit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Notary signs checkpoints and keeps them in a file outside of the database, one
// to a line, oldest first. Lines are added and never changed, so that the file
// can be one that allows nothing else.
type Notary struct {
	file string
	s    *signer
}

// NewNotary returns the notary of a file; without one it signs nothing, and only
// knows what it signed. The seed of its key is 32 bytes that nobody learns from
// the database.
func NewNotary(file string, seed []byte) (*Notary, error) {
	s, err := newSigner(seed)
	if err != nil {
		return nil, err
	}
	return &Notary{file, s}, nil
}

// Verifier is the public key, with which others can check checkpoints, as
// golang.org/x/mod/sumdb/note and the tools of C2SP take it.
func (n *Notary) Verifier() string { return n.s.text }

// signs reports whether there is a notary with a file.
func (n *Notary) signs() bool { return n != nil && n.file != "" }

// record is a line of the file.
type record struct {
	Checkpoint string `json:"checkpoint"` // the signed note
}

const (
	// maxLine bounds a line: a checkpoint of 2^62 events is no longer.
	maxLine = 8 << 10
	// tailBytes is how much of the file's end holds the newest checkpoint, and
	// what may have come to harm behind it.
	tailBytes = 16 * maxLine
)

// Prepare makes the file where it is not there, and finds out whether it can be
// added to.
func (n *Notary) Prepare() error {
	f, err := n.open()
	if err != nil {
		return err
	}
	return f.Close()
}

func (n *Notary) open() (*os.File, error) {
	_, err := os.Stat(n.file)
	f, opened := os.OpenFile(n.file, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if opened != nil || err == nil {
		return f, opened
	}
	return f, syncDir(filepath.Dir(n.file)) // it is new, and must not be lost with its name
}

func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the operator names it
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// append adds a checkpoint, and returns when it is on the disk. A line that a
// crash cut short is ended first.
func (n *Notary) append(c Checkpoint) error {
	text, err := n.s.write(c)
	if err != nil {
		return err
	}
	line, err := json.Marshal(record{text})
	if err != nil {
		return err
	}
	f, err := n.open()
	if err != nil {
		return err
	}
	whole, err := endsWhole(f)
	if err == nil {
		if !whole {
			line = append([]byte("\n"), line...)
		}
		_, err = f.Write(append(line, '\n'))
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func endsWhole(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return true, err
	}
	last := make([]byte, 1)
	_, err = f.ReadAt(last, info.Size()-1)
	return last[0] == '\n', err
}

// newest is the checkpoint over the most events at the end of the file; nil:
// there is none yet. A file that holds something else at its end is an error.
func (n *Notary) newest() (*Checkpoint, error) {
	f, err := os.Open(n.file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil //nolint:nilnil // nothing was written yet
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	from := max(0, info.Size()-tailBytes)
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return nil, err
	}
	var newest *Checkpoint
	damaged := from > 0 // the first line is probably no whole one
	err = n.lines(f, func(_ int, c Checkpoint, err error) error {
		if err == nil && (newest == nil || c.Size > newest.Size) {
			newest = &c
		}
		damaged = damaged || err != nil
		return nil
	})
	if err == nil && newest == nil && (damaged || from > 0) {
		err = fmt.Errorf("%s: %w at its end", n.file, errCheckpoint)
	}
	return newest, err
}

// lines gives what each line holds, empty ones left out: a checkpoint, or why it
// holds none.
func (n *Notary) lines(r io.Reader, each func(line int, c Checkpoint, err error) error) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, maxLine), maxLine)
	for line := 1; in.Scan(); line++ {
		if len(in.Bytes()) == 0 {
			continue
		}
		var kept record
		c, err := Checkpoint{}, json.Unmarshal(in.Bytes(), &kept)
		if err == nil {
			c, err = n.s.read(kept.Checkpoint)
		}
		if err := each(line, c, err); err != nil {
			return err
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("%w: %w", errCheckpoint, err)
	}
	return nil
}
