package facts_test

import (
	"errors"
	"testing"

	"gatehouse/internal/seal"
	"gatehouse/store"
	"gatehouse/store/facts"
	"gatehouse/store/storetest"
)

func keyring(t *testing.T) *seal.Keyring {
	t.Helper()
	k, err := seal.New(seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestOtherMasterKeyIsRefused_R122(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		first := keyring(t)
		for range 2 {
			if err := facts.CheckMaster(t.Context(), db, first); err != nil {
				t.Fatal(err)
			}
		}
		if err := facts.CheckMaster(t.Context(), db, keyring(t)); !errors.Is(err, facts.ErrMasterKey) {
			t.Error(err)
		}
		if err := facts.CheckMaster(t.Context(), db, first); err != nil {
			t.Error(err)
		}
	})
}

func TestFirstClaimHolds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if got, err := facts.Get(t.Context(), db, "x"); err != nil || got != "" {
			t.Error(got, err)
		}
		for _, value := range []string{"one", "two"} {
			if got, err := facts.Claim(t.Context(), db, "x", value); err != nil || got != "one" {
				t.Error(got, err)
			}
		}
	})
}
