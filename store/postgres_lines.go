package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// pgLines answer the short questions of many requests over few connections: those
// that come while a line is busy travel together, in one message each way. What
// a message costs, both sides and the system between them, is more than most of
// our questions. Nobody waits for others to come.
type pgLines struct {
	open func(context.Context) (*pgx.Conn, error)

	mu      sync.Mutex
	closed  bool
	free    []*pgWire
	busy    int // lines in use
	waiting []*pgAsked
	patient bool // the timer runs
	timer   *time.Timer
}

// pgAsked are the questions of one request.
type pgAsked struct {
	statements []pgStatement
	answers    []answer
	err        error
	leads      bool         // was woken to use a line for all who wait; belongs to the lines' lock
	turn       chan *pgLead // gives nil once the answers are there
}

// pgLead is a line, and whose questions it is to answer.
type pgLead struct {
	line *pgWire
	all  []*pgAsked
}

const (
	mostLines = 4
	// crowd is how many wait before another line is taken.
	crowd = 16
	// patience is how long a line that is slow to answer keeps others waiting.
	patience = 20 * time.Millisecond
	// lineTime bounds the wait for an answer.
	lineTime = 10 * time.Second
)

// errNoLine says that a question was not answered and may be asked otherwise.
var errNoLine = errors.New("store: no line to PostgreSQL")

func newPgLines(open func(context.Context) (*pgx.Conn, error)) *pgLines {
	l := &pgLines{open: open}
	l.timer = time.AfterFunc(patience, l.late)
	return l
}

// ask answers statements that read, all or none. It returns errNoLine where
// there is no connection.
func (l *pgLines) ask(ctx context.Context, statements []pgStatement) ([]answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(statements, pgStatement.faulty) {
		return l.answered(ctx, statements)
	}
	return nil, errNoLine // its fault would be that of all who travel with it
}

func (l *pgLines) answered(ctx context.Context, statements []pgStatement) ([]answer, error) {
	a := &pgAsked{statements: statements, turn: make(chan *pgLead, 1)}
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
func (l *pgLines) join(a *pgAsked) *pgLead {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		a.err = errNoLine
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

// late gives those who still wait another line.
func (l *pgLines) late() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.patient = len(l.waiting) > 0 && l.busy == mostLines
	if l.patient {
		l.timer.Reset(patience)
	} else if len(l.waiting) > 0 && l.busy > 0 {
		l.promote()
	}
}

// promote has the first who waits lead the others.
func (l *pgLines) promote() {
	first := l.waiting[0]
	first.leads = true
	first.turn <- l.next()
}

// next takes a line for all who wait.
func (l *pgLines) next() *pgLead {
	lead := &pgLead{all: l.waiting}
	if n := len(l.free); n > 0 {
		lead.line, l.free = l.free[n-1], l.free[:n-1]
	} else {
		fresh := newPgWire(nil)
		lead.line = &fresh
	}
	l.waiting = nil
	l.busy++
	return lead
}

// wait returns once the question is answered or leads. One whose context ends
// leaves, unless it is its turn: others wait for it.
func (l *pgLines) wait(ctx context.Context, a *pgAsked) (*pgLead, error) {
	select {
	case lead := <-a.turn:
		return lead, nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	l.waiting = slices.DeleteFunc(l.waiting, func(w *pgAsked) bool { return w == a })
	leads := a.leads
	l.mu.Unlock()
	if leads {
		return <-a.turn, nil
	}
	return nil, ctx.Err()
}

// run answers all whom the line was taken for, and gives it on.
func (l *pgLines) run(ctx context.Context, lead *pgLead) {
	for _, a := range lead.all {
		a.err = errNoLine
	}
	defer l.done(ctx, lead)
	ctx, cancel := context.WithTimeout(ctx, lineTime)
	defer cancel()
	if lead.line.conn == nil {
		conn, err := l.open(ctx)
		if err != nil {
			return // each asks otherwise, and is told there what is wrong
		}
		lead.line.conn = conn
	}
	if err := lead.line.answer(ctx, lead.all); err != nil {
		_ = lead.line.conn.Close(ctx) // the next one begins anew
		*lead.line = newPgWire(nil)
	}
}

// done gives the line back, or on to the first who waits, and wakes the others.
func (l *pgLines) done(ctx context.Context, lead *pgLead) {
	l.mu.Lock()
	l.busy--
	if l.closed {
		lead.line.close(ctx)
	} else {
		l.free = append(l.free, lead.line)
	}
	if len(l.waiting) > 0 {
		l.promote()
	}
	l.mu.Unlock()
	for _, a := range lead.all {
		if !a.leads {
			a.turn <- nil
		}
	}
}

// close ends all lines, for which it waits as long as for a rollback. Questions are
// answered otherwise from then on.
func (l *pgLines) close(ctx context.Context) {
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
func (w *pgWire) answer(ctx context.Context, all []*pgAsked) error {
	joints := joined(all)
	statements := make([]pgStatement, len(joints))
	for i, j := range joints {
		statements[i] = j.pgStatement
	}
	for _, a := range all {
		a.answers = make([]answer, len(a.statements))
	}
	err := w.send(ctx, statements, func(i int, p *pgPrepared, r *pgconn.ResultReader) error {
		var found answer
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
