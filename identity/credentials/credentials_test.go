package credentials_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/credentials"
	"gatehouse/internal/limit"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var (
	start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	// cheap keeps the tests fast; TestDefaultParams_R61 looks at the real ones.
	cheap = credentials.Params{Memory: 64, Time: 1, Threads: 1}
)

const good = "correct pony 🐎 stapler"

func addUser(t *testing.T, tenant store.Tenant) string {
	t.Helper()
	at := models.At(start)
	u := models.User{ID: store.NewID(), Username: store.NewID(), Kind: models.UserLocal, Status: models.UserActive, Version: 1, CreatedAt: at, UpdatedAt: at}
	err := tenant.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.Rows(t.Context()).Create(&u).Error; err != nil {
			return err
		}
		return audit.Append(t.Context(), tx, start, audit.Event{Action: audit.UserCreated, UserID: u.ID})
	})
	if err != nil {
		t.Fatal(err)
	}
	return u.ID
}

func passwords() *credentials.Passwords {
	return &credentials.Passwords{Params: cheap, Now: func() time.Time { return start }}
}

func set(t *testing.T, p *credentials.Passwords, tenant store.Tenant, user, password string) error {
	t.Helper()
	return tenant.Write(t.Context(), func(tx *store.Tx) error {
		return p.Set(t.Context(), tx, user, password, credentials.Policy{})
	})
}

func TestSetAndCheck_R60_R62(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p, tenant, other := passwords(), storetest.Tenant(t, db, "acme"), storetest.Tenant(t, db, "globex")
		user, bare := addUser(t, tenant), addUser(t, tenant)
		if err := set(t, p, tenant, user, good); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			in       store.Tenant
			user, pw string
			want     reason.Code
		}{
			"right":            {tenant, user, good, ""},
			"wrong":            {tenant, user, good + "x", reason.PasswordWrong},
			"empty":            {tenant, user, "", reason.PasswordWrong},
			"prefix":           {tenant, user, good[:5], reason.PasswordWrong},
			"huge":             {tenant, user, strings.Repeat("x", 1<<20), reason.PasswordWrong},
			"unknown user":     {tenant, "", good, reason.PasswordWrong},
			"without password": {tenant, bare, good, reason.PasswordNone},
			"other tenant":     {other, user, good, reason.PasswordNone}, // R4
		} {
			err := p.Check(t.Context(), c.in, c.user, c.pw)
			if c.want == "" && err != nil || c.want != "" && !reason.Has(err, c.want) {
				t.Error(name, err)
			}
		}
		if has, err := p.Has(t.Context(), tenant, user); !has || err != nil {
			t.Error(has, err)
		}
		if err := set(t, p, tenant, user, good+" two"); err != nil {
			t.Error(err)
		}
		if err := p.Check(t.Context(), tenant, user, good); !reason.Has(err, reason.PasswordWrong) {
			t.Error("the old password", err)
		}
		remove := func() error {
			return tenant.Write(t.Context(), func(tx *store.Tx) error { return p.Remove(t.Context(), tx, user, "") })
		}
		if err := remove(); err != nil {
			t.Error(err)
		}
		if err := remove(); !reason.Has(err, reason.PasswordNone) {
			t.Error(err)
		}
	})
}

// TestCheckAsked_R62: a password that was asked for together with whose it is
// counts for nobody else, should the name have changed hands in between.
func TestCheckAsked_R62(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p, tenant, other := passwords(), storetest.Tenant(t, db, "acme"), storetest.Tenant(t, db, "globex")
		ada, bob, bare := addUser(t, tenant), addUser(t, tenant), addUser(t, tenant)
		for user, password := range map[string]string{ada: good, bob: good + " of bob"} {
			if err := set(t, p, tenant, user, password); err != nil {
				t.Fatal(err)
			}
		}
		held := credentials.Held(store.By[models.User]("id").Only("id"))
		for name, c := range map[string]struct {
			in              store.Tenant
			asked, user, pw string
			want            reason.Code
		}{
			"right":              {tenant, ada, ada, good, ""},
			"wrong":              {tenant, ada, ada, good + "x", reason.PasswordWrong},
			"another's row":      {tenant, bob, ada, good, ""},
			"another's password": {tenant, bob, ada, good + " of bob", reason.PasswordWrong},
			"nobody any more":    {tenant, bob, "", good + " of bob", reason.PasswordWrong},
			"nobody":             {tenant, "", "", good, reason.PasswordWrong},
			"without password":   {tenant, bare, bare, good, reason.PasswordNone},
			"other tenant":       {other, ada, ada, good, reason.PasswordNone}, // R4
		} {
			asked := credentials.Ask(held, c.asked)
			store.Ask(t.Context(), c.in, asked.Question)
			_, err := p.CheckAsked(t.Context(), c.in, asked, c.user, c.pw)
			if c.want == "" && err != nil || c.want != "" && !reason.Has(err, c.want) {
				t.Error(name, err)
			}
		}
	})
}

// TestSpellings_R60: one password typed on two keyboards is one password.
func TestSpellings_R60(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p, tenant := passwords(), storetest.Tenant(t, db, "acme")
		user := addUser(t, tenant)
		if err := set(t, p, tenant, user, "schöne gelbe Blümchen"); err != nil {
			t.Fatal(err)
		}
		if err := p.Check(t.Context(), tenant, user, "scho\u0308ne gelbe Blu\u0308mchen"); err != nil {
			t.Error(err)
		}
	})
}

// TestForeignHash_R61: a hash of another system with other parameters is taken
// over, and hashed anew at the first sign-in.
func TestForeignHash_R61(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p, tenant := passwords(), storetest.Tenant(t, db, "acme")
		old := &credentials.Passwords{Params: credentials.Params{Memory: 128, Time: 2, Threads: 2}, Now: p.Now}
		user := addUser(t, tenant)
		if err := set(t, old, tenant, user, good); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := p.Check(t.Context(), tenant, user, good); err != nil {
				t.Fatal(err)
			}
		}
		events, err := audit.Timeline(t.Context(), tenant, audit.Filter{UserID: user, Action: audit.UserPasswordRehashed}, page.Request{})
		if err != nil || len(events.Items) != 1 || events.Items[0].Details.V["from"] != "m=128,t=2,p=2" {
			t.Errorf("%+v %v", events, err)
		}
	})
}

func TestForeignHashesWithinBounds_R61(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p, tenant := passwords(), storetest.Tenant(t, db, "acme")
		user := addUser(t, tenant)
		take := func(phc string) error {
			return tenant.Write(t.Context(), func(tx *store.Tx) error { return p.SetHash(t.Context(), tx, user, phc, "") })
		}
		const tail = "$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		if err := take("$argon2id$v=19$m=65536,t=3,p=4" + tail); err != nil {
			t.Error(err)
		}
		for name, phc := range map[string]string{
			"empty": "", "bcrypt": "$2b$12$abcdefghijklmnopqrstuv", "argon2i": "$argon2i$v=19$m=65536,t=3,p=4" + tail,
			"version": "$argon2id$v=16$m=65536,t=3,p=4" + tail, "memory": "$argon2id$v=19$m=4194304,t=1,p=1" + tail,
			"time": "$argon2id$v=19$m=65536,t=100,p=1" + tail, "lanes": "$argon2id$v=19$m=65536,t=1,p=200" + tail,
			"zero": "$argon2id$v=19$m=0,t=0,p=0" + tail, "twice": "$argon2id$v=19$m=65536,m=65536,p=1" + tail,
			"salt": "$argon2id$v=19$m=65536,t=1,p=1$AA$AAAAAAAAAAAAAAAAAAAAAA", "key": "$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$",
		} {
			if err := take(phc); !reason.Has(err, reason.InputInvalid) {
				t.Error(name, err)
			}
		}
	})
}

func TestDefaultParams_R61(t *testing.T) {
	if d := credentials.Default; d.Memory < 19*1024 || d.Time < 2 || d.Threads < 1 {
		t.Errorf("%+v", d)
	}
}

// TestHashesAreBounded_R61: when too many hashes go on, the rest is turned away
// with a time to come again.
func TestHashesAreBounded_R61(t *testing.T) {
	db := storetest.SQLite(t)
	tenant := storetest.Tenant(t, db, "acme")
	gate := limit.NewGate(limit.GateOptions{Capacity: 1, Queue: 0, Wait: time.Second})
	p := passwords()
	p.Limit = gate
	leave, err := gate.Enter(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Check(t.Context(), tenant, "", good)
	if busy := reason.From(err); busy.Code != reason.ServerBusy || busy.RetryAfter < time.Second {
		t.Errorf("%+v", busy)
	}
	leave()
	var wg sync.WaitGroup
	if err := p.Check(context.WithoutCancel(t.Context()), tenant, "", good); !reason.Has(err, reason.PasswordWrong) {
		t.Error(err)
	}
	wg.Wait()
}

func TestPolicy_R60(t *testing.T) {
	policy := credentials.Policy{Context: []string{"ada.lovelace@example.com", "Ada Lovelace", "Acme Corporation"}}
	short := credentials.Policy{MinLength: 8}
	for _, c := range []struct {
		policy   credentials.Policy
		password string
		want     reason.Code
	}{
		{policy, "correct pony stapler", ""},
		{policy, "ein kurzer Satz über Enten", ""},
		{policy, "密碼是很長很長的一個句子不容易猜", ""},
		{policy, strings.Repeat("ab1 xk7 ", 32), ""},
		{policy, "nine chars", reason.PasswordTooShort},
		{policy, strings.Repeat("ä1b", 86), reason.PasswordTooLong},
		{policy, "passwordpassword", reason.PasswordCommon},
		{policy, "P@ssw0rdP@ssw0rd", reason.PasswordCommon},
		{policy, "qwertyuiopasdfghjkl", reason.PasswordCommon},
		{policy, "aaaaaaaaaaaaaaaaaa", reason.PasswordCommon},
		{policy, "123456789123456789", reason.PasswordCommon},
		{policy, "correcthorsebatterystaple", reason.PasswordCommon},
		{policy, "correct horse battery staple", reason.PasswordCommon},
		{policy, "abcabcabcabcabcabc", reason.PasswordCommon},
		{policy, "AdaLovelaceAdaLovelace", reason.PasswordContext},
		{policy, "acme corporation 1", reason.PasswordContext},
		{policy, "ada.lovelace@example.com", reason.PasswordContext},
		{short, "password1!", reason.PasswordCommon},
		{short, "Sommer2026", reason.PasswordCommon},
		{short, "iloveyou", reason.PasswordCommon},
		{short, "x7Kp2mQz", ""},
	} {
		_, err := c.policy.Check(c.password)
		var got reason.Code
		if err != nil {
			got = reason.From(err).Fields[0].Code
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.password, got, c.want)
		}
	}
}
