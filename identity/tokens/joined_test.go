package tokens_test

import (
	"context"
	"slices"
	"testing"

	"gatehouse/identity/sessions"
	"gatehouse/identity/tokens"
	"gatehouse/models"
	"gatehouse/store"
)

// Which applications a session signed in to is known from its tokens, and where
// none end with it, from what was remembered.
func TestApplicationsOfASession(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		var begun []models.Session
		b.write(func(ctx context.Context, tx *store.Tx) error {
			for range 4 {
				s, _, err := b.keeper.Begin(ctx, tx, sessions.New{UserID: b.made.UserID, Kind: models.SessionUser})
				if err != nil {
					return err
				}
				begun = append(begun, s)
			}
			return nil
		})
		join := func(session, scope string) {
			b.write(func(ctx context.Context, tx *store.Tx) error {
				_, _, err := b.mint.NewFamily(ctx, tx, tokens.NewFamily{Code: &models.Code{
					ApplicationID: b.made.ApplicationID, UserID: b.made.UserID, SessionID: session, Scope: scope, Hash: []byte(session + scope),
					AuthTime: models.At(b.now), AMR: models.AsJSON([]string{"pwd"}),
				}})
				return err
			})
		}
		join(begun[0].ID, "openid")
		join(begun[0].ID, "openid offline_access")
		join(begun[1].ID, "openid offline_access")
		join(begun[1].ID, "openid offline_access profile")
		b.write(func(ctx context.Context, tx *store.Tx) error {
			if err := b.mint.Joined(ctx, tx, "", b.made.ApplicationID); err != nil {
				return err
			}
			if err := b.mint.Joined(ctx, tx, begun[2].ID, b.made.ApplicationID); err != nil {
				return err
			}
			_, err := b.mint.RevokeFamiliesOfSession(ctx, tx, begun[0].ID, sessions.WhySignOut)
			return err
		})
		found, err := b.mint.ApplicationsOf(t.Context(), b.tenant, []string{begun[0].ID, begun[1].ID, begun[2].ID, begun[3].ID})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range [][]string{{b.made.ApplicationID}, {b.made.ApplicationID}, {b.made.ApplicationID}, nil} {
			if !slices.Equal(found[begun[i].ID], want) {
				t.Errorf("session %d signed in to %v, want %v", i, found[begun[i].ID], want)
			}
		}
	})
}
