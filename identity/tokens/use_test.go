package tokens_test

import (
	"context"
	"testing"
	"time"

	"gatehouse/identity/access"
	"gatehouse/identity/tokens"
	"gatehouse/internal/caller"
	"gatehouse/models"
	"gatehouse/store"
)

// What an application holds for an API is counted as long as it is in force, and
// never for an API whose identifier is longer.
func TestUseOfAnAPI(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		const orders = "https://api.example/orders"
		ctx := caller.With(context.Background(), caller.Info{Grants: access.Operator()})
		var last *models.Family
		for _, resource := range []string{orders, "urn:x " + orders, orders + "/more", ""} {
			b.write(func(ctx context.Context, tx *store.Tx) error {
				var err error
				last, _, err = b.mint.NewFamily(ctx, tx, tokens.NewFamily{Code: &models.Code{
					ApplicationID: b.made.ApplicationID, UserID: b.made.UserID, Scope: "offline_access", Resource: resource,
					AuthTime: models.At(b.now), AMR: models.AsJSON([]string{}),
				}})
				return err
			})
		}
		uses, more, err := b.mint.UseOf(ctx, b.tenant, orders)
		if err != nil || more || len(uses) != 1 || uses[0].ApplicationID != b.made.ApplicationID || uses[0].Families != 2 || uses[0].Users != 1 || !uses[0].Last.Equal(last.RotatedAt.Time) {
			t.Errorf("%+v %v %v", uses, more, err)
		}
		b.now = b.now.Add(400 * 24 * time.Hour)
		if uses, _, err := b.mint.UseOf(ctx, b.tenant, orders); err != nil || len(uses) != 0 {
			t.Errorf("over: %+v %v", uses, err)
		}
		if _, _, err := b.mint.UseOf(context.Background(), b.tenant, orders); err == nil {
			t.Error("told without the right")
		}
	})
}
