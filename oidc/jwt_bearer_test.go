package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/identity/applications"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// voucher is an application that vouches for users with a key.
type voucher struct {
	*registered
	h   *house
	key *ecdsa.PrivateKey
}

func (h *house) voucher(name string, first bool) *voucher {
	h.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		h.t.Fatal(err)
	}
	a := h.app(application{
		name: name, kind: models.TypeService, method: models.AuthBasic, scope: "openid reports offline_access", firstParty: first,
		grants: models.GrantClientCredentials,
	})
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Use: "sig", Algorithm: "ES256"}}})
	if err != nil {
		h.t.Fatal(err)
	}
	h.change(a, func(m *applications.Metadata) {
		if err := json.Unmarshal(text, &m.Options.JWKS); err != nil {
			h.t.Fatal(err)
		}
		if first {
			m.GrantTypes = append(m.GrantTypes, models.GrantJWTBearer)
		}
	})
	return &voucher{a, h, key}
}

// vouch sends a good assertion with some claims set otherwise.
func (v *voucher) vouch(id string, set map[string]any) answer {
	v.h.t.Helper()
	text := v.sign(id, map[string]any{"sub": v.h.user.ID}, set)
	return v.h.post("/oauth2/token", v.registered, url.Values{"grant_type": {models.GrantJWTBearer}, "assertion": {text}})
}

// sign makes a JWT for the tenant, of a minute.
func (v *voucher) sign(id string, sets ...map[string]any) string {
	v.h.t.Helper()
	now := v.h.clock.Now()
	claims := map[string]any{
		"iss": v.ClientID, "aud": v.h.issuer, "jti": id, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	for _, set := range sets {
		maps.Copy(claims, set)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: v.key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	if err != nil {
		v.h.t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		v.h.t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		v.h.t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		v.h.t.Fatal(err)
	}
	return text
}

// RFC 7523 §2.1: an application of the operator's own gets a token for the user
// for whom it vouches, and nothing that would tell of a sign-in.
func TestJWTBearerGrant(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		v := h.voucher("robot", true)
		got := v.vouch("1", nil)
		got.expect(t, 200, "")
		claims := payload(t, got.text("access_token"))
		if claims["sub"] != h.user.ID || claims["scope"] != "reports" || claims["auth_time"] != nil || claims["sid"] != nil {
			t.Errorf("claims %v", claims)
		}
		if got.text("id_token")+got.text("refresh_token") != "" {
			t.Errorf("answer %s", got.raw)
		}
		h.expectActive(v.registered, got.text("access_token"), true)
		v.vouch("2", map[string]any{"sub": "ada", "aud": []string{h.issuer}}).expect(t, 200, "")
		v.vouch("1", nil).expect(t, 400, "invalid_grant") // used before
		h.expectAttempt("token", "oauth.assertion")
		h.disableUser()
		h.expectActive(v.registered, got.text("access_token"), false)
		v.vouch("3", nil).expect(t, 400, "invalid_grant")
	})
}

// RFC 7523 §3: what is wrong with an assertion.
func TestJWTBearerRefuses(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	v := h.voucher("robot", true)
	now := h.clock.Now()
	for name, set := range map[string]map[string]any{
		"another issuer":     {"iss": "somebody"},
		"another audience":   {"aud": "https://other.example"},
		"two audiences":      {"aud": []string{h.issuer, "https://other.example"}},
		"the endpoint":       {"aud": h.issuer + "/oauth2/token"},
		"nobody":             {"sub": "nobody"},
		"no subject":         {"sub": ""},
		"no jti":             {"jti": ""},
		"over":               {"exp": now.Add(-time.Second).Unix()},
		"no end":             {"exp": 0},
		"for too long":       {"exp": now.Add(6 * time.Minute).Unix()},
		"from the future":    {"iat": now.Add(2 * time.Minute).Unix()},
		"not before a while": {"nbf": now.Add(2 * time.Minute).Unix()},
	} {
		t.Run(name, func(t *testing.T) {
			h.t = t
			v.vouch("jti of "+name, set).expect(t, 400, "invalid_grant")
		})
	}
	h.t = t
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	(&voucher{v.registered, h, key}).vouch("other key", nil).expect(t, 400, "invalid_grant")
	h.voucher("foreign", false).vouch("foreign", nil).expect(t, 400, "unauthorized_client")
	h.change(v.registered, func(m *applications.Metadata) {
		m.FirstParty = false
		m.GrantTypes = []string{models.GrantClientCredentials}
	})
	v.vouch("no longer", nil).expect(t, 400, "unauthorized_client")
}
