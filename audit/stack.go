package audit

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// stack is every checkpoint of some files, those over fewer events first. Of each
// it keeps what it takes to hold the log against it; the rest is read again where
// they do not fit.
type stack struct {
	notary *Notary
	all    []vouched
	done   int   // how many were held against the log
	good   int64 // size of the last one that fitted
}

// vouched is a checkpoint and where it stands.
type vouched struct {
	size int64
	root tlog.Hash
	file string
	line int
}

func (v vouched) place() string { return fmt.Sprintf("%s:%d", v.file, v.line) }

// errNotary says that checkpoints cannot be read without a key.
var errNotary = errors.New("audit: checkpoints need the deployment's key")

// stack reads the files. What is wrong with them by themselves is in the report.
func (l *Log) stack(files []string) (*stack, Report, error) {
	s, report := &stack{notary: l.notary}, Report{}
	if l.notary == nil {
		if len(files) > 0 {
			return s, report, errNotary
		}
		return s, report, nil
	}
	if l.notary.signs() {
		files = append([]string{l.notary.file}, files...)
	}
	for _, file := range files {
		if err := s.read(file, &report); err != nil || !report.OK() {
			return s, report, err
		}
	}
	s.sort(&report)
	return s, report, nil
}

func (s *stack) read(file string, report *Report) error {
	f, err := os.Open(file) //nolint:gosec // the operator names it
	if err != nil {
		return err
	}
	defer f.Close()
	return s.notary.lines(f, func(line int, c Checkpoint, err error) error {
		var torn *json.SyntaxError
		switch {
		case errors.As(err, &torn):
			report.Torn++ // a crash cuts lines short; whoever forges one makes it whole
		case err != nil && report.OK():
			report.Fault, report.Place = FaultUnsigned, vouched{file: file, line: line}.place()
		case err == nil:
			s.all = append(s.all, vouched{c.Size, c.Root, file, line})
			if c.Size >= report.Newest {
				report.Newest, report.NewestAt = c.Size, c.At
			}
		}
		return nil
	})
}

// sort brings them in order, each once. Two over as many events with another root
// are a fork.
func (s *stack) sort(report *Report) {
	slices.SortStableFunc(s.all, func(a, b vouched) int { return cmp.Compare(a.size, b.size) })
	for i := 1; i < len(s.all); i++ {
		if a, b := s.all[i-1], s.all[i]; a.size == b.size && a.root != b.root {
			*report = report.bad(a.size, FaultFork)
			report.Place = a.place() + " " + b.place()
			return
		}
	}
	s.all = slices.CompactFunc(s.all, func(a, b vouched) bool { return a.size == b.size })
}

// next is the first that was not held against the log yet.
func (s *stack) next() (vouched, bool) {
	if s.done == len(s.all) {
		return vouched{}, false
	}
	return s.all[s.done], true
}

// check holds the log up to here against the checkpoint over as many events, if
// there is one. Where they do not fit, it names the events of the first part of
// the tree that is another.
func (s *stack) check(tree *edge, report *Report) (string, error) {
	v, more := s.next()
	if !more || v.size != tree.size {
		return "", nil
	}
	if v.root == tree.root() {
		s.done++
		s.good, report.Checkpoints = v.size, report.Checkpoints+1
		return "", nil
	}
	c, err := s.again(v)
	if err != nil {
		return "", err
	}
	first, last := c.edge.differs(tree)
	*report = report.bad(max(first, s.good+1), FaultCheckpoint)
	report.Until, report.Place = last, v.place()
	return FaultCheckpoint, nil
}

// again reads a checkpoint once more.
func (s *stack) again(v vouched) (Checkpoint, error) {
	f, err := os.Open(v.file)
	if err != nil {
		return Checkpoint{}, err
	}
	defer f.Close()
	var found Checkpoint
	err = s.notary.lines(f, func(line int, c Checkpoint, err error) error {
		if line == v.line {
			found = c
			return err
		}
		return nil
	})
	if err == nil && found.Size != v.size {
		err = fmt.Errorf("%s: %w", v.place(), errCheckpoint)
	}
	return found, err
}
