package tokens_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/keys"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tokens"
	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
	"gatehouse/store/storetest/fixture"
)

type bench struct {
	t      *testing.T
	now    time.Time
	mint   *tokens.Mint
	keeper *sessions.Keeper
	tenant store.Tenant
	db     *store.DB
	made   fixture.Made
}

func each(t *testing.T, fn func(t *testing.T, b *bench)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		k, err := seal.New(seal.Generate())
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{t: t, now: time.Now().UTC(), tenant: storetest.Tenant(t, db, "acme"), db: db}
		now := func() time.Time { return b.now }
		b.keeper = &sessions.Keeper{Now: now}
		ring := keys.NewRing(keys.Options{DB: db, K: k, Now: now})
		b.mint = tokens.NewMint(tokens.Options{Keys: ring, K: k, Sessions: b.keeper, Now: now})
		b.made = fixture.Make(t, b.tenant)
		fn(t, b)
	})
}

func (b *bench) write(fn func(ctx context.Context, tx *store.Tx) error) {
	b.t.Helper()
	ctx := context.Background()
	if err := b.tenant.Write(ctx, func(tx *store.Tx) error { return fn(ctx, tx) }); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) code() string {
	b.t.Helper()
	text, err := b.mint.NewCode(b.tenant.ID(), models.Code{
		ApplicationID: b.made.ApplicationID, UserID: b.made.UserID, RedirectURI: "https://app.example.com/cb",
		Scope: "openid offline_access", AuthTime: models.At(b.now), AMR: models.AsJSON([]string{"pwd"}),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

// redeem uses a code and begins its family.
func (b *bench) redeem(code string) (*models.Family, string, error) {
	var f *models.Family
	var refresh string
	ctx := context.Background()
	err := b.tenant.Write(ctx, func(tx *store.Tx) error {
		c, err := b.mint.Code(ctx, tx, code)
		if err != nil {
			return err
		}
		f, refresh, err = b.mint.NewFamily(ctx, tx, tokens.NewFamily{Code: c})
		return err
	})
	if store.Taken(err) {
		err = reason.Wrap(reason.OAuthCodeReused, err)
	}
	return f, refresh, err
}

func (b *bench) rotate(token string) (string, error) {
	_, next, err := b.mint.Rotate(context.Background(), b.tenant, token, b.made.ApplicationID)
	return next, err
}

func expect(t *testing.T, what string, err error, code reason.Code) {
	t.Helper()
	if !reason.Has(err, code) {
		t.Errorf("%s: %v, not %s", what, err, code)
	}
}

// R26, L17: of parallel redemptions exactly one wins.
func TestCodeIsUsedOnce_R26(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		code := b.code()
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, _, err := b.redeem(code); err == nil {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d redemptions won", won.Load())
		}
		_, _, err := b.redeem(code)
		expect(t, "the second use", err, reason.OAuthCodeReused)
		_, _, err = b.redeem("gtc_unknown")
		expect(t, "an unknown code", err, reason.OAuthCodeUnknown)
		late := b.code()
		b.now = b.now.Add(tokens.CodeLife)
		_, _, err = b.redeem(late)
		expect(t, "an old code", err, reason.OAuthCodeExpired)
	})
}

// R26: the second use ends what the first one gave, also after the code's end.
func TestReusedCodeEndsItsFamily_R26(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		code := b.code()
		_, refresh, err := b.redeem(code)
		if err != nil {
			t.Fatal(err)
		}
		b.now = b.now.Add(2 * tokens.CodeLife)
		_, _, err = b.redeem(code)
		expect(t, "an old code", err, reason.OAuthCodeReused)
		if err := b.mint.RevokeCode(context.Background(), b.tenant, code); err != nil {
			t.Fatal(err)
		}
		_, err = b.rotate(refresh)
		expect(t, "its refresh token", err, reason.OAuthRefreshRevoked)
	})
}

// R35: rotation, the same successor for a lost answer, and reuse.
func TestRefreshTokensRotate_R35(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		_, first, err := b.redeem(b.code())
		if err != nil {
			t.Fatal(err)
		}
		second, err := b.rotate(first)
		if err != nil || second == first {
			t.Fatal(err)
		}
		b.now = b.now.Add(tokens.Grace)
		if again, err := b.rotate(first); err != nil || again != second {
			t.Errorf("a lost answer gets another successor: %v", err)
		}
		b.now = b.now.Add(time.Second)
		_, err = b.rotate(first)
		expect(t, "after the grace", err, reason.OAuthRefreshReused)
		if err := b.mint.RevokeReused(context.Background(), b.tenant, first); err != nil {
			t.Fatal(err)
		}
		_, err = b.rotate(second)
		expect(t, "the successor after reuse", err, reason.OAuthRefreshRevoked)
	})
}

// R35: parallel refreshes of one token give one successor.
func TestParallelRefreshesGiveOneSuccessor_R35(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		_, first, err := b.redeem(b.code())
		if err != nil {
			t.Fatal(err)
		}
		got := make([]string, 8)
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() { got[i], _ = b.rotate(first) })
		}
		wg.Wait()
		for _, next := range got {
			if next == "" || next != got[0] {
				t.Errorf("several successors: %v", got)
			}
		}
	})
}

// L27, R4: what this server did not make for this tenant and application says
// nothing, and ends nothing.
func TestForgedRefreshTokensEndNothing_R4(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		_, refresh, err := b.redeem(b.code())
		if err != nil {
			t.Fatal(err)
		}
		for _, forged := range []string{
			"", "gtr_", refresh[:len(refresh)-1], refresh + "A", strings.Replace(refresh, "gtr_", "gtc_", 1),
			refresh[:len(refresh)-2] + "AA", "gtr_" + strings.Repeat("A", 70),
		} {
			_, err := b.rotate(forged)
			expect(t, "forged "+forged, err, reason.OAuthRefreshUnknown)
			if err := b.mint.RevokeReused(context.Background(), b.tenant, forged); err != nil {
				t.Error(err)
			}
		}
		other := storetest.Tenant(t, b.db, "other")
		_, _, err = b.mint.Rotate(context.Background(), other, refresh, b.made.ApplicationID)
		expect(t, "in another tenant", err, reason.OAuthRefreshUnknown)
		_, _, err = b.mint.Rotate(context.Background(), b.tenant, refresh, "another application")
		expect(t, "by another application", err, reason.OAuthRefreshClient)
		if _, err := b.rotate(refresh); err != nil {
			t.Errorf("the real token: %v", err)
		}
	})
}

// R35: idle and absolute ends.
func TestRefreshTokensEnd_R35(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		_, refresh, err := b.redeem(b.code())
		if err != nil {
			t.Fatal(err)
		}
		b.now = b.now.Add(models.DefaultRefreshIdle)
		_, err = b.rotate(refresh)
		expect(t, "unused", err, reason.OAuthRefreshExpired)
	})
}

// R42, R66: a revoked family's access tokens are over at once.
func TestRevocationIsSeenAtOnce_R66(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		f, _, err := b.redeem(b.code())
		if err != nil {
			t.Fatal(err)
		}
		const issuer = "https://id.example.com"
		token, err := b.mint.AccessToken(t.Context(), b.tenant, tokens.Access{
			Issuer: issuer, Subject: f.UserID, ClientID: "portal", Audience: []string{issuer}, FamilyID: f.ID, Lifetime: time.Minute,
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.mint.ParseAccess(t.Context(), b.tenant, issuer, token); err != nil {
			t.Fatal(err)
		}
		_, err = b.mint.ParseAccess(t.Context(), b.tenant, "https://evil.example", token)
		expect(t, "another issuer", err, reason.OAuthTokenInvalid)
		b.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := b.mint.RevokeFamiliesOfUser(ctx, tx, f.UserID, "test")
			return err
		})
		_, err = b.mint.ParseAccess(t.Context(), b.tenant, issuer, token)
		expect(t, "after the revocation", err, reason.OAuthTokenInvalid)
	})
}

// R66: a revocation ends the token that it names, and a cutoff those that were
// issued until its second, whether a family stands behind them or not.
func TestRevocationsEndTokens_R66(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		f, _, err := b.redeem(b.code())
		if err != nil {
			t.Fatal(err)
		}
		const issuer = "https://id.example.com"
		issued := b.now.Truncate(time.Second)
		for name, c := range map[string]struct {
			jti    string
			before time.Time // zero: the one token
			ends   bool
		}{
			"it":                     {"%", time.Time{}, true},
			"another":                {"% another", time.Time{}, false},
			"its client":             {"client:portal", b.now.Add(time.Minute), true},
			"its client, its second": {"client:portal", issued, true},
			"its client, later on":   {"client:portal", issued.Add(time.Second - time.Microsecond), true},
			"its client, before":     {"client:portal", issued.Add(-time.Microsecond), false},
			"another client":         {"client:other", b.now.Add(time.Minute), false},
			"everything":             {"*", issued, true},
			"everything before":      {"*", issued.Add(-time.Microsecond), false},
		} {
			for _, family := range []string{f.ID, ""} {
				token, err := b.mint.AccessToken(t.Context(), b.tenant, tokens.Access{
					Issuer: issuer, Subject: f.UserID, ClientID: "portal", Audience: []string{issuer}, FamilyID: family, JTI: name + family, Lifetime: time.Minute,
				})
				if err != nil {
					t.Fatal(err)
				}
				parse := func(in store.Tenant) error {
					_, err := b.mint.ParseAccess(t.Context(), in, issuer, token)
					return err
				}
				if err := parse(b.tenant); err != nil {
					t.Fatalf("%s: before the revocation: %v", name, err)
				}
				row := models.RevokedToken{
					JTI: strings.ReplaceAll(c.jti, "%", name+family), IssuedBefore: models.At(c.before), ExpiresAt: models.At(b.now.Add(time.Hour)),
				}
				if c.before.IsZero() {
					row.IssuedBefore = models.Time{}
				}
				change := func(do func(tx *store.Tx) error) {
					b.write(func(ctx context.Context, tx *store.Tx) error {
						if err := do(tx); err != nil {
							return err
						}
						return audit.Append(ctx, tx, b.now, audit.Event{Action: audit.TokenRevoked})
					})
				}
				change(func(tx *store.Tx) error { return tx.Rows(t.Context()).Create(&row).Error })
				if err := parse(b.tenant); c.ends != reason.Has(err, reason.OAuthTokenInvalid) || !c.ends && err != nil {
					t.Errorf("%s, with a family %v: %v", name, family != "", err)
				}
				change(func(tx *store.Tx) error { return tx.Rows(t.Context()).Where("jti = ?", row.JTI).Delete(&row).Error })
			}
		}
	})
}

// R39: kept for a while after the browser could bring it, for whoever is
// signing in with it; answered once; then forgotten.
func TestPushedRequests_R39(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx, app := context.Background(), &models.Application{ID: b.made.ApplicationID}
		var uri string
		b.write(func(ctx context.Context, tx *store.Tx) error {
			var err error
			uri, err = b.mint.Push(ctx, tx, app, map[string]string{"state": "st"})
			return err
		})
		row, err := b.mint.Pushed(ctx, b.tenant, app, uri)
		if err != nil || row.Payload.V["state"] != "st" || !tokens.IsPushed(uri) {
			t.Fatal(row, err)
		}
		_, err = b.mint.Pushed(ctx, b.tenant, &models.Application{ID: store.NewID()}, uri)
		expect(t, "another application", err, reason.OAuthPushedUnknown)
		_, err = b.mint.Pushed(ctx, storetest.Tenant(t, b.db, "globex"), app, uri)
		expect(t, "another tenant", err, reason.OAuthPushedUnknown)
		b.now = b.now.Add(tokens.PushedLife)
		_, err = b.mint.Pushed(ctx, b.tenant, app, uri)
		expect(t, "too late", err, reason.OAuthPushedUnknown)
		use := func() error {
			return b.tenant.Write(ctx, func(tx *store.Tx) error { return b.mint.UsePushed(ctx, tx, row.Hash) })
		}
		if err := use(); err != nil {
			t.Error(err)
		}
		expect(t, "used twice", use(), reason.OAuthPushedUsed)
		if n, err := b.mint.Sweep(ctx, b.db); err != nil || n != 0 {
			t.Errorf("swept %d: %v", n, err)
		}
		b.now = b.now.Add(2 * time.Hour)
		if n, err := b.mint.Sweep(ctx, b.db); err != nil || n != 1 {
			t.Errorf("swept %d: %v", n, err)
		}
	})
}
