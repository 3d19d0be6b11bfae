package postgres

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"gatehouse/store/internal/cell"
)

// Lines answer the short questions of many requests over few connections: those
// that come while a line is busy travel together, in one message each way. What
// a message costs, both sides and the system between them, is more than most of
// our questions. Nobody waits for others to come.
type Lines struct {
	open func(context.Context) (*pgx.Conn, error)

	mu      sync.Mutex
	closed  bool
	free    []*wire
	busy    int // lines in use
	still   int // how often the timer ran out since a line was taken or came back
	waiting []*request
	patient bool // the timer runs
	timer   *time.Timer
}

// request are the questions of one request.
type request struct {
	statements []Statement
	answers    []cell.Answer
	err        error
	leads      bool         // was woken to use a line for all who wait; belongs to the lines' lock
	turn       chan *leader // gives nil once the answers are there
}

// leader is a line, and whose questions it is to answer.
type leader struct {
	line *wire
	all  []*request
}

const (
	mostLines = 4
	// crowd is how many wait before another line is taken. Unless all lines are
	// busy, no more wait than that.
	crowd = 16
	// mostTogether bounds how many travel together: thousands wait after a
	// standstill, and what they cost together grows faster than they do (R85).
	mostTogether = 128
	// patience is how long a line that is slow to answer keeps others waiting.
	patience = 20 * time.Millisecond
	// standstill is how often patience ends while all lines are busy and none comes
	// back before those who wait ask otherwise: some slow questions must not shut
	// all others out (L81).
	standstill = 12
	// lineTime bounds the wait for an answer.
	lineTime = 10 * time.Second
)

// ErrNoLine says that a question was not answered and may be asked otherwise.
var ErrNoLine = errors.New("store: no line to PostgreSQL")

func newLines(open func(context.Context) (*pgx.Conn, error)) *Lines {
	l := &Lines{open: open}
	l.timer = time.AfterFunc(patience, l.late)
	return l
}

// Ask answers statements that read, all or none. It returns ErrNoLine where
// there is no connection.
func (l *Lines) Ask(ctx context.Context, statements []Statement) ([]cell.Answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(statements, Statement.faulty) {
		return l.answered(ctx, statements)
	}
	return nil, ErrNoLine // its fault would be that of all who travel with it
}

func (l *Lines) answered(ctx context.Context, statements []Statement) ([]cell.Answer, error) {
	a := &request{statements: statements, turn: make(chan *leader, 1)}
	lead := l.join(a)
	if lead == nil {
		var err error
		if lead, err = l.wait(ctx, a); err != nil {
			return nil, err
		}
	}
	if lead != nil {
		l.run(context.WithoutCancel(ctx), lead)
	}
	return a.answers, a.err
}

// join has the question wait, or lead all who do.
func (l *Lines) join(a *request) *leader {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		a.err = ErrNoLine
		a.turn <- nil
		return nil
	}
	l.waiting = append(l.waiting, a)
	if l.busy == 0 || len(l.waiting) >= crowd && l.busy < mostLines {
		return l.next()
	}
	if !l.patient {
		l.patient = true
		l.timer.Reset(patience)
	}
	return nil
}

// late gives those who still wait another line, or has them ask otherwise where
// none is to be expected.
func (l *Lines) late() {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case len(l.waiting) == 0:
	case l.busy < mostLines:
		l.promote()
	case l.still >= standstill:
		l.release()
	default:
		l.still++
	}
	l.patient = len(l.waiting) > 0
	if l.patient {
		l.timer.Reset(patience)
	}
}

// release has all who wait ask otherwise.
func (l *Lines) release() {
	for _, a := range l.waiting {
		a.err = ErrNoLine
		a.turn <- nil
	}
	l.waiting = nil
}

// promote has the first who waits lead the others.
func (l *Lines) promote() {
	first := l.waiting[0]
	first.leads = true
	first.turn <- l.next()
}

// next takes a line for the first who wait.
func (l *Lines) next() *leader {
	n := min(len(l.waiting), mostTogether)
	lead := &leader{all: l.waiting[:n:n]}
	if n := len(l.free); n > 0 {
		lead.line, l.free = l.free[n-1], l.free[:n-1]
	} else {
		fresh := newWire(nil)
		lead.line = &fresh
	}
	l.waiting = l.waiting[n:]
	l.busy++
	l.still = 0
	return lead
}

// wait returns once the question is answered or leads. One whose context ends
// leaves, unless it is its turn: others wait for it.
func (l *Lines) wait(ctx context.Context, a *request) (*leader, error) {
	select {
	case lead := <-a.turn:
		return lead, nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	l.waiting = slices.DeleteFunc(l.waiting, func(w *request) bool { return w == a })
	leads := a.leads
	l.mu.Unlock()
	if leads {
		return <-a.turn, nil
	}
	return nil, ctx.Err()
}

// run answers all whom the line was taken for, and gives it on, also where it
// panics (R106): each of them asks otherwise then, and whoever leads fails.
func (l *Lines) run(ctx context.Context, lead *leader) {
	for _, a := range lead.all {
		a.err = ErrNoLine
	}
	defer l.done(ctx, lead)
	ctx, cancel := context.WithTimeout(ctx, lineTime)
	defer cancel()
	answered := false
	defer func() {
		if !answered { // the next one begins anew
			lead.line.close(ctx)
			*lead.line = newWire(nil)
		}
	}()
	if lead.line.conn == nil {
		conn, err := l.open(ctx)
		if err != nil {
			return // each asks otherwise, and is told there what is wrong
		}
		lead.line.conn = conn
	}
	answered = lead.line.answer(ctx, lead.all) == nil
}

// done gives the line back, or on to the first who waits, and wakes the others.
func (l *Lines) done(ctx context.Context, lead *leader) {
	l.mu.Lock()
	l.busy--
	l.still = 0
	if l.closed {
		lead.line.close(ctx)
	} else {
		l.free = append(l.free, lead.line)
	}
	for n := 0; len(l.waiting) > 0 && (n == 0 || len(l.waiting) >= crowd && l.busy < mostLines); n++ {
		l.promote()
	}
	l.mu.Unlock()
	for _, a := range lead.all {
		if !a.leads {
			a.turn <- nil
		}
	}
}

// Close ends all lines, for which it waits as long as for a rollback. Questions are
// answered otherwise from then on.
func (l *Lines) Close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, rollbackTime)
	defer cancel()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.timer.Stop()
	for _, line := range l.free {
		line.close(ctx)
	}
	l.free = nil
}

// answer answers the questions of several requests, all or none.
func (w *wire) answer(ctx context.Context, all []*request) error {
	joints := joined(all)
	statements := make([]Statement, len(joints))
	for i, j := range joints {
		statements[i] = j.Statement
	}
	for _, a := range all {
		a.answers = make([]cell.Answer, len(a.statements))
	}
	err := w.send(ctx, statements, func(i int, p *prepared, r *pgconn.ResultReader) error {
		var found cell.Answer
		err := take(&found, p, r)
		if err == nil {
			joints[i].deliver(found)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, a := range all {
		a.err = nil
	}
	return nil
}
