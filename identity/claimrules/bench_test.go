package claimrules_test

import (
	"testing"

	"gatehouse/identity/claimrules"
	"gatehouse/models"
	"gatehouse/store/storetest"
)

// What rules cost a token: nothing to speak of without any.
func BenchmarkClaims(b *testing.B) {
	h := newHouse(b, storetest.SQLite(b))
	b.Run("none", h.bench)
	for name, expression := range map[string]string{
		"domain": `split(user.email, "@")[1]`, "orders": `filter(scopes, # startsWith "orders")`, "staff": `user.email endsWith "@example.com" ? "staff" : "guest"`,
	} {
		h.must(name, claimrules.Facts{Claim: name, Expression: expression})
	}
	b.Run("three", h.bench)
}

func (h *house) bench(b *testing.B) {
	q := claimrules.Query{
		Application: h.app, Target: models.ClaimsOfAccessToken, Scopes: []string{"openid", "orders:read"},
		Environment: func() claimrules.Environment {
			return claimrules.Environment{User: claimrules.User{Email: "ada@example.com"}, Scopes: []string{"openid", "orders:read"}}
		},
	}
	for b.Loop() {
		if _, err := h.book.Claims(b.Context(), h.tenant, q); err != nil {
			b.Fatal(err)
		}
	}
}
