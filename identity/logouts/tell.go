package logouts

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"sync"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/applications"
	"gatehouse/identity/tokens"
	"gatehouse/internal/outbound"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// How the applications' servers are called.
const (
	every    = 5 * time.Second  // the worker looks, if nobody wakes it
	batch    = 64               // notices are taken at once
	together = 16               // calls go on at once
	lease    = 30 * time.Second // an attempt may take, before another node makes it again
	complete = 15 * time.Second // an attempt takes at most, with what is written of it
)

// pauses are between the attempts; after the last, nobody tries any more. Each
// is a little longer or shorter than that, so that those who failed together do
// not come back together.
var pauses = []time.Duration{
	10 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour,
}

// Run tells the applications of whatever sessions end, until ctx is over.
func (t *Teller) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		full, err := t.Once(ctx)
		if err != nil && ctx.Err() == nil {
			t.Logger.ErrorContext(ctx, "logouts are not told; it is tried again", "error", err)
		}
		if full && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-t.awake:
		}
	}
}

// Once makes the attempts that are due, and reports whether there may be more.
func (t *Teller) Once(ctx context.Context) (more bool, err error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	rows, err := due(ctx, t.DB.System("tell applications of logouts"), models.At(t.Now()), batch)
	if err != nil {
		return false, err
	}
	t.all(ctx, rows)
	return len(rows) == batch, nil
}

// all makes an attempt for each notice, several at once, and waits for them.
func (t *Teller) all(ctx context.Context, rows []models.LogoutNotice) {
	var wg sync.WaitGroup
	free := make(chan struct{}, together)
	for i := range rows {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			t.attempt(ctx, &rows[i])
		})
	}
	wg.Wait()
}

// attempt makes one attempt, to its end even where ctx is over: what was begun
// is written down. A failure to do so is logged; the lease brings the notice
// back.
func (t *Teller) attempt(ctx context.Context, n *models.LogoutNotice) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), complete)
	defer cancel()
	defer func() {
		if p := recover(); p != nil { // R106
			t.Logger.ErrorContext(ctx, "panic", "error", fmt.Errorf("%v\n%s", p, debug.Stack()))
		}
	}()
	tenant := t.DB.Tenant(n.TenantID)
	mine, err := t.claim(ctx, tenant, n)
	if err == nil && mine {
		err = t.settle(ctx, tenant, n, t.call(ctx, tenant, n))
	}
	if err != nil {
		t.Logger.ErrorContext(ctx, "a logout was not told", "notice", n.ID, "error", err)
	}
}

// Tell makes the first attempts for a session at once, without waiting for the
// worker; the channel is closed when all are made.
func (t *Teller) Tell(ctx context.Context, tenant store.Tenant, sessionID string) <-chan struct{} {
	done := make(chan struct{})
	if t == nil {
		close(done)
		return done
	}
	rows, err := ofSession(ctx, tenant, sessionID)
	if err != nil {
		t.Logger.ErrorContext(ctx, "logouts are told later", "error", err)
	}
	var first []models.LogoutNotice
	for _, n := range rows {
		if n.Status == models.LogoutWaiting && n.Attempts == 0 {
			first = append(first, n)
		}
	}
	if len(first) == 0 {
		close(done)
		return done
	}
	go func() {
		defer close(done)
		t.all(context.WithoutCancel(ctx), first)
	}()
	return done
}

// claim takes a notice for one attempt; false: somebody else has it.
func (t *Teller) claim(ctx context.Context, w store.Writer, n *models.LogoutNotice) (bool, error) {
	now := t.Now()
	var mine bool
	err := w.Write(ctx, func(tx *store.Tx) error {
		var err error
		mine, err = move(ctx, tx, n, map[string]any{
			"attempts": n.Attempts + 1, "next_at": models.At(now.Add(lease)), "tried_at": models.At(now),
		})
		return err
	})
	n.Attempts++
	n.TriedAt = models.At(now)
	return mine, err
}

// result is how an attempt ended.
type result struct {
	address string
	answer  int
	failure *reason.Error // nil: the application was told
}

// call posts the logout token to the application as it is registered now
// (Back-Channel Logout 1.0 §2.5).
func (t *Teller) call(ctx context.Context, tenant store.Tenant, n *models.LogoutNotice) result {
	app, err := t.Applications.ByID(ctx, tenant, n.ApplicationID)
	if err != nil {
		return result{failure: reason.From(err)}
	}
	to := result{address: app.Options.V.BackchannelLogoutURI}
	if to.address == "" {
		to.failure = reason.New(reason.LogoutNowhere)
		return to
	}
	token, err := t.token(ctx, tenant, app, n)
	if err != nil {
		to.failure = reason.From(err)
		return to
	}
	answer, err := t.Call.Do(ctx, outbound.Request{
		Method: http.MethodPost, URL: to.address,
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Cache-Control": {"no-store"}},
		Body:   []byte(url.Values{"logout_token": {token}}.Encode()),
	})
	switch {
	case errors.Is(err, outbound.ErrRefused):
		to.failure = reason.Wrap(reason.LogoutAddress, err)
	case err != nil:
		to.failure = reason.Wrap(reason.LogoutUnreachable, err)
	default:
		to.answer = answer.Status
		if answer.Status/100 != 2 {
			to.failure = reason.New(reason.LogoutAnswer)
		}
	}
	return to
}

// token is signed as the application's ID tokens are, and encrypted as they are
// (§2.6).
func (t *Teller) token(ctx context.Context, tenant store.Tenant, app *models.Application, n *models.LogoutNotice) (string, error) {
	token, err := t.Tokens.LogoutToken(ctx, tenant, tokens.Logout{
		Issuer: n.Issuer, Subject: t.Applications.SubjectOf(app, n.UserID), ClientID: app.ClientID, Alg: app.IDTokenAlg, SessionID: n.SessionID,
	})
	if err != nil {
		return "", err
	}
	o := app.Options.V
	return t.Applications.Encrypt(ctx, app, applications.Encryption{Alg: o.IDTokenEncryptedAlg, Enc: o.IDTokenEncryptedEnc}, token)
}

// settle writes down how an attempt ended.
func (t *Teller) settle(ctx context.Context, w store.Writer, n *models.LogoutNotice, r result) error {
	set := map[string]any{"address": r.address, "answer": r.answer, "reason": "", "next_at": nil, "status": models.LogoutTold}
	event := audit.Event{Action: audit.LogoutTold}
	if r.failure != nil {
		set["reason"], set["status"] = string(r.failure.Code), models.LogoutFailed
		event = audit.Event{Action: audit.LogoutFailed, Reason: r.failure.Code}
		if pause, again := next(n.Attempts); again {
			set["status"], set["next_at"], event.Action = models.LogoutWaiting, models.At(t.Now().Add(pause)), ""
		}
		if r.failure.Meaning().Kind == reason.Internal {
			t.Logger.ErrorContext(ctx, "a logout was not told", "notice", n.ID, "error", r.failure)
		}
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		mine, err := move(ctx, tx, n, set)
		if err != nil || !mine || event.Action == "" {
			return err
		}
		event.UserID, event.ApplicationID, event.SessionID = n.UserID, n.ApplicationID, n.SessionID
		event.Target = audit.Target{Type: "session", ID: n.SessionID}
		event.Details = map[string]any{"channel": string(n.Channel), "answer": r.answer, "attempts": n.Attempts}
		return audit.Append(ctx, tx, t.Now(), event)
	})
}

// next is how long to wait after so many attempts; false: for ever.
func next(attempts int64) (time.Duration, bool) {
	if attempts > int64(len(pauses)) {
		return 0, false
	}
	var dice [1]byte
	_, _ = rand.Read(dice[:]) // never fails (R127)
	pause := pauses[max(attempts, 1)-1]
	return pause*3/4 + pause/2*time.Duration(dice[0])/256, true
}
