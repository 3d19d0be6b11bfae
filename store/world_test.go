package store_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// marker stands in every row of the other tenant; nobody else may see it.
const marker = "belongs-to-globex"

// world is a database with two tenants and a user in each.
type world struct {
	db           *store.DB
	mine, theirs store.Tenant
	my, their    models.User
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{db: db, mine: storetest.Tenant(t, db, "acme"), theirs: storetest.Tenant(t, db, "globex")}
	w.my, w.their = addUser(t, w.mine, "ada"), addUser(t, w.theirs, marker)
	return w
}

func user(name string) models.User {
	at := models.At(time.Now())
	return models.User{
		ID: store.NewID(), Username: name, Kind: models.UserLocal, Status: models.UserActive,
		Email: name + "@example.com", Version: 1, CreatedAt: at, UpdatedAt: at,
	}
}

func addUser(t *testing.T, tenant store.Tenant, name string) models.User {
	t.Helper()
	u := user(name)
	err := tenant.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.Rows(t.Context()).Create(&u).Error; err != nil {
			return err
		}
		return record(t.Context(), tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// record makes an event, as a deed does through package audit.
func record(ctx context.Context, tx *store.Tx) error {
	return tx.Rows(ctx).Create(&models.PendingEvent{EventFields: models.EventFields{
		ID: store.NewID(), At: models.At(time.Now()), Action: "user.created", Outcome: "success",
	}}).Error
}

// theirState is all that the other tenant owns, as text.
func (w *world) theirState(t *testing.T) string {
	t.Helper()
	var users []models.User
	var tenants []models.Tenant
	sys := w.db.System("test")
	if err := sys.Read(t.Context()).Where("tenant_id = ?", w.theirs.ID()).Find(&users).Error; err != nil {
		t.Fatal(err)
	}
	if err := sys.Read(t.Context()).Where("tenant_id = ?", w.theirs.ID()).Find(&tenants).Error; err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal([]any{users, tenants})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// foreign has the table of users but not its marks.
type foreign struct{ ID, Username, TenantID string }

func (foreign) TableName() string { return "users" }

// view is a struct that a result may be scanned into.
type view struct{ ID, Username, TenantID string }
