package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"gatehouse/store/internal/postgres"
	"gatehouse/store/internal/sqlite"
)

// The rules that a statement can break. They are faults of our own code.
var (
	ErrUnscoped   = errors.New("store: statement without a tenant")
	ErrReadOnly   = errors.New("store: write outside a transaction")
	ErrUnrecorded = errors.New("store: change without an audit event")
	ErrForeign    = errors.New("store: row of another tenant")
)

// everyTenant is what ID answers in system scope.
const everyTenant = "*"

// Reader is what a question asks for: where to look. A Tenant and a *Tx are
// Readers; from within a *Tx its own changes are seen.
type Reader interface {
	// ID is the tenant's id.
	ID() string
	// Read starts a statement that sees this tenant alone.
	Read(ctx context.Context) *gorm.DB

	place() place
}

// Writer is what a deed asks for: a Tenant opens a transaction, a *Tx joins
// its own.
type Writer interface {
	Reader
	// Write runs fn in one transaction and commits if fn and all rules agree.
	Write(ctx context.Context, fn func(tx *Tx) error) error
}

var (
	_ Writer = Tenant{}
	_ Writer = System{}
	_ Writer = (*Tx)(nil)
)

// Tenant reads and writes the rows of one tenant.
type Tenant struct {
	id string
	db *DB
}

// Tenant returns the handle of the tenant with this id. It does not look
// whether there is one.
func (d *DB) Tenant(id string) Tenant { return Tenant{id, d} }

// ID is the tenant's id.
func (t Tenant) ID() string { return t.id }

// Read starts a statement outside a transaction, which sees this tenant alone.
func (t Tenant) Read(ctx context.Context) *gorm.DB {
	return start(t.db.reads, context.WithValue(ctx, scopeKey{}, &scope{tenant: t.id}))
}

func (t Tenant) place() place { return place{t.db.reads, &scope{tenant: t.id}} }

// Write runs fn in one transaction.
func (t Tenant) Write(ctx context.Context, fn func(tx *Tx) error) error {
	return t.db.transact(ctx, &scope{tenant: t.id}, t.id, fn)
}

// System reads and writes across tenants.
type System struct {
	purpose string
	db      *DB
}

// System returns the handle over all tenants. The purpose says in a word who
// needs it and why; it must not be empty.
func (d *DB) System(purpose string) System { return System{purpose, d} }

// ID is "*": no tenant bears it.
func (s System) ID() string { return everyTenant }

// Read starts a statement that sees every tenant.
func (s System) Read(ctx context.Context) *gorm.DB {
	return start(s.db.reads, context.WithValue(ctx, scopeKey{}, &scope{system: s.purpose}))
}

func (s System) place() place { return place{s.db.reads, &scope{system: s.purpose}} }

// Write runs fn in one transaction that reaches every tenant. Rows that are
// made in it must name their tenant.
func (s System) Write(ctx context.Context, fn func(tx *Tx) error) error {
	return s.db.transact(ctx, &scope{system: s.purpose}, everyTenant, fn)
}

// Tx is a running transaction of one tenant.
type Tx struct {
	id string
	g  *gorm.DB
	sc *scope
}

// scope is what the guard knows of a statement.
type scope struct {
	tenant string
	system string
	st     *state // nil outside a transaction
}

// state is what a transaction has done so far.
type state struct {
	shared   bool // the database's transaction is shared with others
	changed  []string
	recorded bool
	failed   error
	parts    int // how many that joined are under way
	after    []func()
}

type scopeKey struct{}

// ID is the tenant's id.
func (x *Tx) ID() string { return x.id }

// Read starts a statement inside the transaction.
func (x *Tx) Read(ctx context.Context) *gorm.DB { return x.Rows(ctx) }

// Rows starts a statement inside the transaction.
func (x *Tx) Rows(ctx context.Context) *gorm.DB {
	scoped := context.WithValue(ctx, scopeKey{}, x.sc)
	if x.sc.st.shared { // what ends one's context must not interrupt others
		scoped = context.WithoutCancel(scoped)
	}
	db := start(x.g, scoped)
	if err := ctx.Err(); err != nil {
		_ = db.AddError(err)
	}
	return db
}

func (x *Tx) place() place { return place{x.g, x.sc} }

// start begins a statement that has nothing of others.
func start(db *gorm.DB, ctx context.Context) *gorm.DB { //nolint:revive // the context is the statement's
	return db.Session(&gorm.Session{NewDB: true, Context: ctx})
}

// Later starts a change whose outcome nobody awaits: how many rows it met stays
// unknown, and an error of its own is that of whatever comes next, at the
// latest of the commit. On PostgreSQL it spares a round trip.
func (x *Tx) Later(ctx context.Context) *gorm.DB { return x.Rows(postgres.Later(ctx)) }

// Last starts the transaction's last statement, a change of what needs no event:
// on PostgreSQL the commit goes with it and spares a round trip. It is committed
// even if fn fails afterwards. In a part that joined it is a statement as others.
func (x *Tx) Last(ctx context.Context) *gorm.DB {
	if x.sc.st.parts > 0 {
		return x.Rows(ctx)
	}
	return x.Rows(postgres.Last(ctx))
}

// Write joins the transaction: a part that fails fails the whole, even where
// the caller swallows the error.
func (x *Tx) Write(_ context.Context, fn func(tx *Tx) error) error {
	x.sc.st.parts++
	err := fn(x)
	x.sc.st.parts--
	if err != nil && x.sc.st.failed == nil {
		x.sc.st.failed = err
	}
	return err
}

// After runs fn once the transaction has committed, and not otherwise: for
// clearing caches and waking whoever waits. Nothing durable may hang on it.
func (x *Tx) After(fn func()) { x.sc.st.after = append(x.sc.st.after, fn) }

func (d *DB) transact(ctx context.Context, sc *scope, id string, fn func(tx *Tx) error) error {
	if sc.tenant == "" && sc.system == "" {
		return ErrUnscoped
	}
	sc.st = &state{shared: d.writer != nil}
	scoped := context.WithValue(ctx, scopeKey{}, sc)
	run := func(g *gorm.DB) error {
		if err := d.enter(scoped, g, id); err != nil {
			return err
		}
		if err := fn(&Tx{id, g, sc}); err != nil {
			return err
		}
		return sc.st.verdict()
	}
	if err := d.begin(scoped, run); err != nil {
		return err
	}
	for _, after := range sc.st.after {
		after()
	}
	if sc.st.recorded {
		d.onRecord.call()
	}
	return nil
}

// begin runs fn in a transaction of the database.
func (d *DB) begin(ctx context.Context, fn func(*gorm.DB) error) error {
	if d.writer == nil {
		return d.writes.WithContext(ctx).Transaction(fn)
	}
	return d.writer.Write(ctx, func(pool *sqlite.Member) error {
		g := start(d.writes, context.WithoutCancel(ctx))
		g.Statement.ConnPool = pool
		return fn(g)
	})
}

// verdict says whether the transaction may commit.
func (s *state) verdict() error {
	if s.failed != nil {
		return s.failed
	}
	if len(s.changed) > 0 && !s.recorded {
		return fmt.Errorf("%w: %v", ErrUnrecorded, s.changed)
	}
	return nil
}

// enter binds a PostgreSQL transaction to its tenant for row-level security.
func (d *DB) enter(ctx context.Context, g *gorm.DB, id string) error {
	if d.kind != Postgres {
		return nil
	}
	_, err := g.Statement.ConnPool.ExecContext(postgres.Later(ctx), "select set_config('app.tenant', $1, true)", id)
	return err
}

// For narrows a system transaction to one tenant: the same transaction, with
// everything that it has done so far, whose statements see and make that
// tenant's rows alone. Of any other transaction nothing comes that could reach
// a row.
func (x *Tx) For(tenantID string) *Tx {
	sc := &scope{st: x.sc.st}
	if x.sc.system != "" && tenantID != everyTenant {
		sc.tenant = tenantID
	}
	return &Tx{tenantID, x.g, sc}
}
