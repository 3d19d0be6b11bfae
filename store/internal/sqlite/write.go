package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

// Writer writes to SQLite, which lets one transaction write at a time.
// Those that wait for each other share a commit: each is a savepoint in one
// transaction of the database, and returns once that is on disk. Nobody waits
// for others to come.
type Writer struct {
	pool  *sql.DB
	group *group // belongs to whoever has the turn; nil: none is open

	mu      sync.Mutex
	busy    bool // somebody has the turn
	waiting []chan struct{}
}

// NewWriter returns the one who writes, over a pool of one connection that Open
// returned.
func NewWriter(pool *sql.DB) *Writer { return &Writer{pool: pool} }

// group is a transaction of the database with all who share it.
type group struct {
	conn    *sql.Conn
	members int           // are done, and wait for the commit
	done    chan struct{} // closed when it is over
	err     error         // why nothing was committed
}

// groupMost is how many share a commit: the first of them waits for the last.
const groupMost = 32

// The statements that open a transaction. One that may write has the right to from
// the start: SQLite would refuse it later where another wrote meanwhile.
const (
	BeginReading = "BEGIN"
	BeginWriting = "BEGIN IMMEDIATE"
)

// The statements that hold a group together.
const (
	openMember = "SAVEPOINT member"
	keepMember = "RELEASE member"
	undoMember = "ROLLBACK TO member"
)

// Write runs fn in a transaction and returns once it is committed or taken
// back. The context bounds the wait for the turn. The statements are not
// interrupted by it: SQLite would take back what others did with them.
func (w *Writer) Write(ctx context.Context, fn func(*Member) error) error {
	if err := w.turn(ctx); err != nil {
		return err
	}
	g, err := w.take(ctx, fn)
	if g == nil {
		return err
	}
	// One that failed waits, too: it may have failed for what others of the
	// group did, which nobody else can see before the commit.
	<-g.done
	if err != nil && (g.err == nil || errors.Is(g.err, errTakenBack)) {
		return err
	}
	return g.err
}

// turn waits for the turn.
func (w *Writer) turn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.Lock()
	if !w.busy {
		w.busy = true
		w.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	w.waiting = append(w.waiting, mine)
	w.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
		return w.givenUp(ctx, mine)
	}
}

// givenUp leaves the queue. A turn that came at the same time is kept, since
// somebody may be waiting for a commit.
func (w *Writer) givenUp(ctx context.Context, mine chan struct{}) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.Index(w.waiting, mine)
	if i < 0 {
		return nil
	}
	w.waiting = slices.Delete(w.waiting, i, i+1)
	return ctx.Err()
}

// take uses the turn, and ends it whatever fn does.
func (w *Writer) take(ctx context.Context, fn func(*Member) error) (*group, error) {
	defer w.pass(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	g, err := w.join(ctx)
	if err != nil {
		return nil, err
	}
	pool := &Member{conn: g.conn}
	stays := false
	defer func() {
		pool.over.Store(true)
		if !stays {
			w.takeBack(ctx, g)
		}
	}()
	if err := cmp.Or(fn(pool), ctx.Err()); err != nil {
		return g, err
	}
	if g.members > 0 {
		if err := g.run(ctx, keepMember); err != nil {
			return g, err
		}
	}
	stays = true
	g.members++
	return g, nil
}

// join opens a group or a savepoint in the open one.
func (w *Writer) join(ctx context.Context) (*group, error) {
	if g := w.group; g != nil {
		err := g.run(ctx, openMember)
		if err != nil {
			w.end(ctx, err)
			return nil, err
		}
		return g, nil
	}
	conn, err := w.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	g := &group{conn: conn, done: make(chan struct{})}
	if err := g.run(ctx, BeginWriting); err != nil {
		return nil, cmp.Or(err, conn.Close())
	}
	w.group = g
	return g, nil
}

// takeBack undoes what one did, and what nobody else shares altogether.
func (w *Writer) takeBack(ctx context.Context, g *group) {
	if w.group != g {
		return
	}
	if g.members == 0 {
		w.end(ctx, errTakenBack)
		return
	}
	if err := cmp.Or(g.run(ctx, undoMember), g.run(ctx, keepMember)); err != nil {
		w.end(ctx, err)
	}
}

var errTakenBack = errors.New("store: the transaction was taken back")

// pass gives the turn on: the open group with it while others wait and it has
// room, else after the commit.
func (w *Writer) pass(ctx context.Context) {
	g := w.group
	if g != nil && g.members < groupMost && w.next() {
		return
	}
	if g != nil {
		w.end(ctx, nil)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = w.nextLocked()
}

// next gives the turn to whoever waits longest and reports whether there was
// anybody.
func (w *Writer) next() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.nextLocked()
}

func (w *Writer) nextLocked() bool {
	if len(w.waiting) == 0 {
		return false
	}
	close(w.waiting[0])
	w.waiting = slices.Delete(w.waiting, 0, 1)
	return true
}

// end commits the group, or takes it back for a reason, and lets its members
// go on. A connection that may still be in the transaction is not used again.
func (w *Writer) end(ctx context.Context, why error) {
	g := w.group
	w.group = nil
	g.err = why
	if why == nil {
		g.err = g.run(ctx, "COMMIT")
	}
	if g.err != nil && g.run(ctx, "ROLLBACK") != nil {
		_ = g.conn.Raw(func(any) error { return driver.ErrBadConn })
	}
	_ = g.conn.Close() // gives the connection back
	close(g.done)
}

// run executes one of the group's own statements, whatever becomes of ctx.
func (g *group) run(ctx context.Context, query string) error {
	return g.conn.Raw(func(c any) error {
		conn, ok := c.(*connection)
		if !ok {
			return errOtherDriver
		}
		return conn.run(context.WithoutCancel(ctx), query)
	})
}

// Member is what the statements of one of those that share a commit run on, in the
// form that GORM asks for. Once that one is over it does nothing more.
type Member struct {
	conn *sql.Conn
	over atomic.Bool
}

// PrepareContext implements gorm.ConnPool.
func (p *Member) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if p.over.Load() {
		return nil, sql.ErrTxDone
	}
	return p.conn.PrepareContext(ctx, query)
}

// ExecContext implements gorm.ConnPool.
func (p *Member) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if p.over.Load() {
		return nil, sql.ErrTxDone
	}
	return p.conn.ExecContext(ctx, query, args...)
}

// QueryContext implements gorm.ConnPool.
func (p *Member) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if p.over.Load() {
		return nil, sql.ErrTxDone
	}
	return p.conn.QueryContext(ctx, query, args...)
}

// QueryRowContext implements gorm.ConnPool. A row of a member that is over
// fails when it is scanned, as its connection was given back.
func (p *Member) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if p.over.Load() {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		ctx = ended
	}
	return p.conn.QueryRowContext(ctx, query, args...)
}

// Commit implements gorm.TxCommitter: the writer alone commits.
func (*Member) Commit() error { return sql.ErrTxDone }

// Rollback implements gorm.TxCommitter: the writer alone takes back.
func (*Member) Rollback() error { return sql.ErrTxDone }
