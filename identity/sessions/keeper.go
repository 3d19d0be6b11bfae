package sessions

import (
	"context"
	"crypto/sha256"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/caller"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// How long sessions of the console live (R64); users' sessions follow their
// tenant's settings.
const (
	ConsoleIdle     = 30 * time.Minute
	ConsoleLifetime = 12 * time.Hour
)

// StepUp is how recently somebody must have proved who he is for what weighs
// most (R67).
const StepUp = 5 * time.Minute

// touchEvery is how much of a session's use goes unnoticed, to spare a write
// with every request: of a session that soon ends without use, a tenth of that.
const touchEvery = time.Minute

// Keeper keeps sessions.
type Keeper struct {
	Now func() time.Time
	// Ended is told of sessions that ended and why, in the transaction that ends
	// them; nil: nobody is.
	Ended func(ctx context.Context, tx *store.Tx, ended []models.Session, why string) error
}

// New is what a session begins with.
type New struct {
	UserID   string
	UserName string // for the event
	Kind     models.SessionKind
	AMR      []string  // RFC 8176
	ACR      string    // empty: none
	AuthTime time.Time // zero: now
	Idle     time.Duration
	Lifetime time.Duration // zero Idle and Lifetime: the default of the kind
	Stays    bool          // its browser keeps it when it is closed
	// Line is that of the session whose place it takes in its browser, which lives
	// on for the applications that were signed in by it; empty: there is none.
	Line string
}

// Begin starts a session and returns its secret, which goes into the browser's
// cookie and is kept nowhere else. Every sign-in begins a new one (R64).
func (k *Keeper) Begin(ctx context.Context, tx *store.Tx, n New) (models.Session, string, error) {
	s, text, err := k.BeginWithin(ctx, tx, n)
	if err != nil {
		return models.Session{}, "", err
	}
	err = audit.Append(ctx, tx, k.Now(), audit.Event{
		Action: audit.SessionStarted, UserID: n.UserID, SessionID: s.ID,
		Target:  audit.Target{Type: "session", ID: s.ID, Name: n.UserName},
		Details: map[string]any{"kind": n.Kind, "amr": s.AMR.V, "acr": n.ACR, "stays": n.Stays},
	})
	return s, text, err
}

// BeginWithin starts a session as Begin does, where an event that the caller
// appends in the same transaction tells of it: a sign-in is one event, not two.
func (k *Keeper) BeginWithin(ctx context.Context, tx *store.Tx, n New) (models.Session, string, error) {
	text := secret.Random("", 32).Reveal()
	s := k.session(caller.From(ctx), n, text)
	return s, text, insert(ctx, tx, &s)
}

func (k *Keeper) session(by caller.Info, n New, text string) models.Session {
	now := k.Now()
	if n.AuthTime.IsZero() {
		n.AuthTime = now
	}
	if n.AMR == nil {
		n.AMR = []string{}
	}
	idle, lifetime := n.lives()
	id := store.NewID()
	if n.Line == "" {
		n.Line = id
	}
	return models.Session{
		ID: id, Line: n.Line, UserID: n.UserID, Kind: n.Kind, SecretHash: hash(text),
		AuthTime: models.At(n.AuthTime), AMR: models.AsJSON(n.AMR), ACR: n.ACR,
		IP: audit.Plain(by.IP), UserAgent: audit.Plain(by.UserAgent), Issuer: by.Base, IdleSeconds: int(idle / time.Second), Passing: !n.Stays,
		CreatedAt: models.At(now), LastSeenAt: models.At(now), ExpiresAt: models.At(now.Add(lifetime)),
	}
}

func (n New) lives() (idle, lifetime time.Duration) {
	idle, lifetime = models.DefaultSessionIdle, models.DefaultSessionLifetime
	if n.Kind == models.SessionConsole {
		idle, lifetime = ConsoleIdle, ConsoleLifetime
	}
	if n.Idle > 0 {
		idle = n.Idle
	}
	if n.Lifetime > 0 {
		lifetime = n.Lifetime
	}
	return idle, lifetime
}

func hash(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// Find finds the live session of a secret: SessionNone when there is none of
// this kind in this tenant (R4), else what Valid says. Whoever brings a session
// that has just expired ends it, so that the log tells when and why, once.
func (k *Keeper) Find(ctx context.Context, w store.Writer, text string, kind models.SessionKind) (*models.Session, error) {
	if text == "" {
		return nil, reason.New(reason.SessionNone)
	}
	a := AskSecret(text, kind)
	store.Ask(ctx, w, a.Question)
	return k.Found(ctx, w, a)
}

// Found is the answer to AskSecret, as Find's.
func (k *Keeper) Found(ctx context.Context, w store.Writer, a *Asked) (*models.Session, error) {
	if s := &a.row; a.Err() == nil && s.EndedAt.IsZero() {
		if why, expired := expiries[reason.From(k.Valid(s)).Code]; expired {
			if err := k.End(ctx, w, s.ID, why); err != nil {
				return nil, err
			}
		}
	}
	return k.Live(a)
}

// expiries are the ends that sessions come to by themselves.
var expiries = map[reason.Code]string{reason.SessionIdle: WhyIdle, reason.SessionAbsolute: WhyLifetime}

// ByID finds a live session by its id, the sid claim; errors as Find's.
func (k *Keeper) ByID(ctx context.Context, r store.Reader, id string) (*models.Session, error) {
	return k.live(findByID(ctx, r, id))
}

// Asked is a session that is looked up together with other things.
type Asked struct {
	*store.Question
	row models.Session
}

// AskHeld asks for the session with this id, for store.Ask in a transaction, and
// keeps others from ending it before that is over: who ends it waits, and then sees
// what was written for it.
func AskHeld(id string) *Asked {
	a := &Asked{}
	a.Question = holding(&a.row, id)
	return a
}

// Ask asks for the session with this id, for store.Ask.
func Ask(id string) *Asked {
	a := &Asked{}
	a.Question = byID.About(&a.row, id)
	return a
}

// AskSecret asks for the session of a secret, for store.Ask.
func AskSecret(text string, kind models.SessionKind) *Asked {
	a := &Asked{}
	a.Question = bySecret.About(&a.row, hash(text), kind)
	return a
}

// Live is the answer, as ByID's.
func (k *Keeper) Live(a *Asked) (*models.Session, error) { return k.live(&a.row, a.Err()) }

func (k *Keeper) live(s *models.Session, err error) (*models.Session, error) {
	if store.NotFound(err) {
		return nil, reason.New(reason.SessionNone)
	}
	if err != nil {
		return nil, err
	}
	if err := k.Valid(s); err != nil {
		return nil, err
	}
	return s, nil
}

// Valid says whether a session still holds: SessionEnded, SessionAbsolute and
// SessionIdle say why not.
func (k *Keeper) Valid(s *models.Session) error {
	now := k.Now()
	switch {
	case s.EndReason == WhyIdle:
		return reason.New(reason.SessionIdle)
	case s.EndReason == WhyLifetime:
		return reason.New(reason.SessionAbsolute)
	case !s.EndedAt.IsZero():
		return reason.New(reason.SessionEnded)
	case !now.Before(s.ExpiresAt.Time):
		return reason.New(reason.SessionAbsolute)
	case !now.Before(s.LastSeenAt.Add(time.Duration(s.IdleSeconds) * time.Second)):
		return reason.New(reason.SessionIdle)
	}
	return nil
}

// Suffices says whether a session that holds is enough for an application, which
// may want one that is younger or was used more recently than the tenant does:
// SessionAbsolute or SessionIdle where it is not.
func (k *Keeper) Suffices(s *models.Session, o models.ClientOptions) error {
	now := k.Now()
	switch {
	case o.SessionLifetime > 0 && !now.Before(s.CreatedAt.Add(time.Duration(o.SessionLifetime)*time.Second)):
		return reason.New(reason.SessionAbsolute)
	case o.SessionIdle > 0 && !now.Before(s.LastSeenAt.Add(time.Duration(o.SessionIdle)*time.Second)):
		return reason.New(reason.SessionIdle)
	}
	return nil
}

// Fresh says whether the proof that a session began with is recent enough for
// what weighs most: SessionStepUp when it is older than StepUp.
func (k *Keeper) Fresh(s *models.Session) error {
	if k.Now().Sub(s.AuthTime.Time) > StepUp {
		return reason.New(reason.SessionStepUp)
	}
	return nil
}

// Choose makes a session the one that answers applications, as its user said:
// among the several that his browser holds.
func (k *Keeper) Choose(ctx context.Context, tx *store.Tx, s *models.Session, userName string) error {
	if err := choose(ctx, tx, s.ID, models.At(k.Now())); err != nil {
		return err
	}
	return audit.Append(ctx, tx, k.Now(), audit.Event{
		Action: audit.SessionChosen, UserID: s.UserID, SessionID: s.ID,
		Target:  audit.Target{Type: "session", ID: s.ID, Name: userName},
		Details: map[string]any{"kind": s.Kind},
	})
}

// Touch notes that the session was used, at most once a minute or ten times in
// its idle limit, whichever is more often.
func (k *Keeper) Touch(ctx context.Context, w store.Writer, s *models.Session) error {
	now := models.At(k.Now())
	if now.Sub(s.LastSeenAt.Time) < min(touchEvery, time.Duration(s.IdleSeconds)*time.Second/10) {
		return nil
	}
	if err := w.Write(ctx, func(tx *store.Tx) error { return seen(ctx, tx, s.ID, now) }); err != nil {
		return err
	}
	s.LastSeenAt = now
	return nil
}
