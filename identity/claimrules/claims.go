package claimrules

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/expr-lang/expr/vm"

	"gatehouse/internal/recent"
	"gatehouse/models"
	"gatehouse/store"
)

// Query is what the rules are asked: the claims of one token, or of one answer
// of userinfo.
type Query struct {
	Application *models.Application
	Target      string   // one of models.ClaimTargets
	Scopes      []string // that the token holds
	// Environment is asked for where a rule speaks, and only then.
	Environment func() Environment
	// Trial is a preview; nil: this is no preview.
	Trial *Trial
}

// Trial tries a rule that is not stored yet, and keeps what became of each.
type Trial struct {
	Draft    *models.ClaimRule // replaces the stored one of the same id; nil: none
	Outcomes []Outcome
}

// Outcome is what became of one rule at one target.
type Outcome struct {
	Rule   *models.ClaimRule
	Target string
	// Value is nil where the rule gave nothing.
	Value any
	Fault *Fault // nil: it did not fail
	// Without is the scope that the token lacks; empty: none.
	Without string
}

// mostTime is what all rules of a token may take together. A rule takes
// microseconds; one that was made to take long takes some hundredths of a second,
// and a hundred of those would take a tenant's neighbours their processor (L69).
const mostTime = 250 * time.Millisecond

// errLate is the fault of a rule whose turn comes too late.
var errLate = errors.New("the rules before it took too long")

// Claims are what the tenant's rules write. A rule that fails is left out and
// logged, as are those for which no time is left; of several that write the same claim the last one decides. Its error
// is the store's. Tenants without rules cost a look at the cache.
func (b *Book) Claims(ctx context.Context, r store.Reader, q Query) (map[string]any, error) {
	rows, err := b.ruled(ctx, r, q.Trial)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var env *Environment
	var out map[string]any
	enough := b.Now().Add(mostTime)
	for i := range rows {
		row := &rows[i]
		if !speaks(row, q) {
			continue
		}
		if row.Scope != "" && !slices.Contains(q.Scopes, row.Scope) {
			q.note(Outcome{Rule: row, Target: q.Target, Without: row.Scope})
			continue
		}
		if env == nil {
			made := q.Environment()
			env = &made
		}
		if v := b.value(ctx, row, *env, q, enough); v != nil {
			if out == nil {
				out = map[string]any{}
			}
			out[row.Claim] = v
		}
	}
	return out, nil
}

// Names are the claims, in order, that rules write to ID tokens and userinfo of
// every application. What a rule tells one application alone is that one's
// business, and not listed. Its error is the store's.
func (b *Book) Names(ctx context.Context, r store.Reader) ([]string, error) {
	rows, err := b.ruled(ctx, r, nil)
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range rows {
		row := &rows[i]
		told := slices.Contains(row.Targets.V, models.ClaimsOfIDToken) || slices.Contains(row.Targets.V, models.ClaimsOfUserInfo)
		if told && !row.Disabled && row.ApplicationID == nil && !isReserved(row.Claim, row.Targets.V) {
			names = append(names, row.Claim)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// speaks reports whether the rule is about what is asked. A claim that was
// reserved after the rule was stored is not written either (R11).
func speaks(row *models.ClaimRule, q Query) bool {
	return !row.Disabled && row.For(q.Application.ID) && slices.Contains(row.Targets.V, q.Target) && !isReserved(row.Claim, row.Targets.V)
}

func (q Query) note(o Outcome) {
	if q.Trial != nil {
		q.Trial.Outcomes = append(q.Trial.Outcomes, o)
	}
}

// ruled are the tenant's rules, with the draft among them.
func (b *Book) ruled(ctx context.Context, r store.Reader, t *Trial) ([]models.ClaimRule, error) {
	rows, err := b.rules.Get(ctx, recent.Key{Tenant: r.ID()}, func(ctx context.Context) ([]models.ClaimRule, error) {
		return all(ctx, r)
	})
	if err != nil || t == nil || t.Draft == nil {
		return rows, err
	}
	rows = slices.DeleteFunc(slices.Clone(rows), func(row models.ClaimRule) bool { return row.ID == t.Draft.ID })
	at := slices.IndexFunc(rows, func(row models.ClaimRule) bool { return row.Position > t.Draft.Position })
	if at < 0 {
		at = len(rows)
	}
	return slices.Insert(rows, at, *t.Draft), nil
}

// value is what one rule gives before it is enough; nil: nothing.
func (b *Book) value(ctx context.Context, row *models.ClaimRule, env Environment, q Query, enough time.Time) any {
	p := b.program(row, q.Trial)
	o := Outcome{Rule: row, Target: q.Target, Fault: p.fault}
	switch {
	case p.fault != nil:
	case b.Now().After(enough):
		o.Fault = faultOf(errLate)
	default:
		var err error
		if o.Value, err = run(p.code, env); err != nil {
			o.Fault = faultOf(err)
		}
	}
	q.note(o)
	if o.Fault != nil && q.Trial == nil {
		b.failed(ctx, row, p, o.Fault)
	}
	return o.Value
}

// edition names what a program was made of.
type edition struct {
	tenant, rule string
	version      int64
}

// program is a rule's code, or why there is none.
type program struct {
	code     *vm.Program
	fault    *Fault
	failures atomic.Int64
	logged   atomic.Int64 // seconds since the epoch
}

// program gives a rule's program; that of a draft is made anew.
func (b *Book) program(row *models.ClaimRule, t *Trial) *program {
	key := edition{row.TenantID, row.ID, row.Version}
	draft := t != nil && t.Draft != nil && t.Draft.ID == row.ID
	if p, ok := b.programs.GetIfPresent(key); ok && !draft {
		return p
	}
	p := &program{}
	code, err := compile(row.Expression)
	if p.code = code; err != nil {
		p.fault = faultOf(err)
	}
	if !draft {
		b.programs.Set(key, p)
	}
	return p
}

// quiet is how long a rule's next failures are counted before they are logged.
const quiet = time.Minute

// failed counts and logs, but never what the expression read: the fault's words
// may tell of a user.
func (b *Book) failed(ctx context.Context, row *models.ClaimRule, p *program, f *Fault) {
	n, now, last := p.failures.Add(1), b.Now().Unix(), p.logged.Load()
	if now-last < int64(quiet/time.Second) || !p.logged.CompareAndSwap(last, now) {
		return
	}
	b.Logger.WarnContext(ctx, "claim rule failed and was left out",
		"tenant_id", row.TenantID, "rule", row.Name, "rule_id", row.ID, "line", f.Line, "column", f.Column, "times", n)
}
