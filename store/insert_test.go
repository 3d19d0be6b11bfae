package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

func session(of models.User, secret []byte, passing bool) models.Session {
	return models.Session{
		ID: store.NewID(), UserID: of.ID, Kind: models.SessionUser, SecretHash: secret, AuthTime: of.CreatedAt,
		AMR: models.AsJSON([]string{"pwd", `"ü"`}), IdleSeconds: -7, Passing: passing,
		CreatedAt: of.CreatedAt, LastSeenAt: of.CreatedAt, ExpiresAt: of.CreatedAt,
	}
}

// TestInsertsOfOneText: rows that are written by a text which another row brought
// about are as they were given, one or several, in each tenant, with each kind of
// column empty and not.
func TestInsertsOfOneText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for i := range 3 {
			tenant := storetest.Tenant(t, db, fmt.Sprint("tenant", i))
			users := []models.User{user("one"), user("two"), user("three")}
			users[0].Email, users[1].EmailVerified, users[2].Version = "", true, int64(-1)<<40
			users[1].Claims.V.GivenName = "Ünë \x01 \"'?$1"
			sessions := []models.Session{session(users[0], []byte{0, 1, 255}, true), session(users[0], []byte("text"), false)}
			err := tenant.Write(t.Context(), func(tx *store.Tx) error {
				pair := users[1:]
				return errors.Join(tx.Rows(t.Context()).Create(&users[0]).Error, tx.Later(t.Context()).Create(&pair).Error,
					tx.Later(t.Context()).Create(&sessions).Error, record(t.Context(), tx))
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []models.User
			var kept []models.Session
			err = errors.Join(tenant.Read(t.Context()).Order("id").Find(&got).Error, tenant.Read(t.Context()).Order("id").Find(&kept).Error)
			if d := cmp.Diff(users, got) + cmp.Diff(sessions, kept); err != nil || d != "" {
				t.Error(err, d)
			}
		}
	})
}

// TestColumnsThatDoNotFit: what a database has and a model cannot hold is an error.
func TestColumnsThatDoNotFit(t *testing.T) {
	db, beside := postgres(t)
	w := newWorld(t, db)
	var u models.User
	if _, err := beside.ExecContext(t.Context(), "alter table users alter column version type text using 'many'"); err != nil {
		t.Fatal(err)
	}
	if err := byName.Take(t.Context(), w.mine, &u, "ada"); err == nil || store.NotFound(err) {
		t.Errorf("%+v, %v", u, err)
	}
}
