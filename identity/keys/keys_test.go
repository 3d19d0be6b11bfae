package keys_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/identity/access"
	"gatehouse/identity/keys"
	"gatehouse/internal/caller"
	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

type bench struct {
	ring   *keys.Ring
	now    time.Time
	tenant store.Tenant
	db     *store.DB
}

func each(t *testing.T, fn func(t *testing.T, b *bench)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		k, err := seal.New(seal.Generate())
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{now: time.Now().UTC(), tenant: storetest.Tenant(t, db, "acme"), db: db}
		b.ring = keys.NewRing(keys.Options{DB: db, K: k, Now: func() time.Time { return b.now }})
		fn(t, b)
	})
}

func operator() context.Context {
	return caller.With(context.Background(), caller.Info{Grants: access.Operator(), Actor: caller.Actor{Type: caller.ActorOperator}})
}

func (b *bench) sign(t *testing.T, alg string) (token, kid string) {
	t.Helper()
	s, err := b.ring.Signer(t.Context(), b.tenant, alg)
	if err != nil {
		t.Fatal(err)
	}
	token, err = s.Sign([]byte(`{"sub":"ada"}`), "at+jwt")
	if err != nil {
		t.Fatal(err)
	}
	return token, s.KID
}

func (b *bench) published(t *testing.T) []string {
	t.Helper()
	set, err := b.ring.Public(t.Context(), b.tenant)
	if err != nil {
		t.Fatal(err)
	}
	var kids []string
	for _, k := range set.Keys {
		if !k.IsPublic() {
			t.Error("a private part is published (R123)")
		}
		if k.Algorithm == keys.ES256 { // RS256 has a first key beside it
			kids = append(kids, k.KeyID)
		}
	}
	if len(kids) == len(set.Keys) {
		t.Error("no RS256 key is published")
	}
	return kids
}

func TestFirstKeyIsMadeOnce(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		var wg sync.WaitGroup
		kids := make([]string, 8)
		for i := range kids {
			wg.Go(func() {
				if s, err := b.ring.Signer(context.Background(), b.tenant, keys.ES256); err == nil {
					kids[i] = s.KID
				}
			})
		}
		wg.Wait()
		for _, kid := range kids {
			if kid == "" || kid != kids[0] {
				t.Errorf("several first keys: %v", kids)
			}
		}
	})
}

// R123: a successor is published before it signs, and the former key until
// nothing that it signed can be alive.
func TestKeysOverlap_R123(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		old, first := b.sign(t, keys.ES256)
		next, err := b.ring.Rotate(operator(), b.tenant, keys.ES256)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := b.ring.Rotate(operator(), b.tenant, keys.ES256); err != nil || again.ID != next.ID {
			t.Errorf("a second successor: %v", err)
		}
		if kids := b.published(t); len(kids) != 2 {
			t.Errorf("published: %v", kids)
		}
		if _, kid := b.sign(t, keys.ES256); kid != first {
			t.Error("the successor signs before anybody can know it")
		}
		b.advance(t, keys.Notice+time.Second)
		if _, kid := b.sign(t, keys.ES256); kid != next.ID {
			t.Error("the successor does not sign after its notice")
		}
		if _, _, err := b.ring.Verify(t.Context(), b.tenant, old, "at+jwt"); err != nil {
			t.Errorf("what the former key signed does not hold: %v", err)
		}
		b.advance(t, keys.Overlap+time.Second)
		if kids := b.published(t); len(kids) != 1 || kids[0] != next.ID {
			t.Errorf("published after the overlap: %v", kids)
		}
		if _, _, err := b.ring.Verify(t.Context(), b.tenant, old, "at+jwt"); !errors.Is(err, keys.ErrToken) {
			t.Errorf("the former key holds for ever: %v", err)
		}
	})
}

func (b *bench) advance(t *testing.T, d time.Duration) {
	t.Helper()
	b.now = b.now.Add(d)
	if _, err := b.ring.Advance(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// R120: a private key opens in its own row alone; R5: another tenant's keys
// verify nothing here.
func TestKeysBelongToTheirTenant_R4(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		token, _ := b.sign(t, keys.ES256)
		other := storetest.Tenant(t, b.db, "other")
		if _, _, err := b.ring.Verify(t.Context(), other, token, "at+jwt"); !errors.Is(err, keys.ErrToken) {
			t.Errorf("another tenant's token: %v", err)
		}
		rows, err := b.ring.List(operator(), b.tenant)
		if err != nil || len(rows) != 1 || rows[0].State != models.KeyActive || len(rows[0].Private) != 0 {
			t.Errorf("%+v %v", rows, err)
		}
	})
}

// What we sign, another implementation verifies with the published keys: each
// algorithm and type, whatever the payload, and signatures of one length (RFC 7515
// §7.1, RFC 7518 §3).
func TestOthersVerifyWhatIsSigned(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		for alg, length := range map[string]int{keys.ES256: 64, keys.RS256: 256, keys.PS256: 256} {
			s, err := b.ring.Signer(t.Context(), b.tenant, alg)
			if err != nil {
				t.Fatal(err)
			}
			set, err := b.ring.Public(t.Context(), b.tenant)
			if err != nil || len(set.Key(s.KID)) != 1 {
				t.Fatalf("%s: %v %v", alg, set.Key(s.KID), err)
			}
			for i, typ := range []string{"at+jwt", "JWT", "logout+jwt", "token-introspection+jwt", "oauth-authz-resp+jwt"} {
				payload := []byte(`{"sub":"` + strings.Repeat("ü", i) + `"}`)
				token, err := s.Sign(payload, typ)
				if err != nil {
					t.Fatal(err)
				}
				head, _ := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
				if want := `{"alg":"` + alg + `","kid":"` + s.KID + `","typ":"` + typ + `"}`; string(head) != want {
					t.Errorf("header %s, want %s", head, want)
				}
				signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
				if err != nil {
					t.Fatal(err)
				}
				if got, err := signed.Verify(set.Key(s.KID)[0]); err != nil || string(got) != string(payload) {
					t.Errorf("%s %s: %s %v", alg, typ, got, err)
				}
				if n := len(signed.Signatures[0].Signature); n != length {
					t.Errorf("%s: a signature of %d bytes", alg, n)
				}
			}
			if _, err := s.Sign([]byte(`{}`), "dpop+jwt"); err == nil {
				t.Error("a type that is not ours was signed")
			}
		}
	})
}

// Numbers that begin with zeros keep their length: of 2,000 signatures some do.
func TestSignaturesKeepTheirLength(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		for range 2000 {
			token, _ := b.sign(t, keys.ES256)
			if raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[2]); err != nil || len(raw) != 64 {
				t.Fatalf("%d bytes, %v", len(raw), err)
			}
		}
	})
}

// L66: the algorithm is the key's, the type is asked for, and a token cannot
// bring its own key.
func TestTokensCannotChooseTheirKey(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		token, kid := b.sign(t, keys.ES256)
		parts := strings.Split(token, ".")
		forged := func(header string) string {
			return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + parts[1] + "." + parts[2]
		}
		for name, bad := range map[string]string{
			"none":          forged(`{"alg":"none","typ":"at+jwt","kid":"` + kid + `"}`),
			"HMAC":          forged(`{"alg":"HS256","typ":"at+jwt","kid":"` + kid + `"}`),
			"jku":           forged(`{"alg":"ES256","typ":"at+jwt","kid":"` + kid + `","jku":"https://evil.example"}`),
			"crit":          forged(`{"alg":"ES256","typ":"at+jwt","kid":"` + kid + `","crit":["x"],"x":1}`),
			"unknown key":   forged(`{"alg":"ES256","typ":"at+jwt","kid":"x"}`),
			"cut":           token[:len(token)-4],
			"two parts":     parts[0] + "." + parts[1],
			"too long":      token + strings.Repeat("A", 20<<10),
			"no token":      "",
			"changed claim": parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"eve"}`)) + "." + parts[2],
		} {
			if _, _, err := b.ring.Verify(t.Context(), b.tenant, bad, "at+jwt"); !errors.Is(err, keys.ErrToken) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, err := b.ring.Verify(t.Context(), b.tenant, token, "JWT"); !errors.Is(err, keys.ErrToken) {
			t.Errorf("an access token as an ID token (R33): %v", err)
		}
	})
}

func TestRevokedKeyIsReplaced(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		token, kid := b.sign(t, keys.RS256)
		if err := b.ring.Revoke(operator(), b.tenant, kid, "leaked"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.ring.Verify(t.Context(), b.tenant, token, "at+jwt"); !errors.Is(err, keys.ErrToken) {
			t.Errorf("what a revoked key signed holds: %v", err)
		}
		if _, next := b.sign(t, keys.RS256); next == kid {
			t.Error("the revoked key signs")
		}
	})
}
