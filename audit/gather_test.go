package audit_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/page"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// R130: an event that belongs to no change is committed before its deed is
// answered, in its own tenant, however many come at once.
func TestGatherer_R130(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		g := audit.NewGatherer(audit.NewLog(audit.Options{DB: db, Now: time.Now}))
		all := []store.Tenant{storetest.Tenant(t, db, "one"), storetest.Tenant(t, db, "two")}
		const each = 100
		var wg sync.WaitGroup
		for i := range 2 * each {
			wg.Go(func() {
				if err := g.Append(ctx, all[i%2].ID(), audit.Event{Action: audit.TokenIssued}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, tenant := range all {
			found, err := audit.Timeline(ctx, tenant, audit.Filter{Action: audit.TokenIssued}, page.Request{Limit: 200})
			if err != nil || len(found.Items) != each {
				t.Errorf("%d events, %v", len(found.Items), err)
			}
		}
		if err := g.Append(ctx, all[0].ID(), audit.Event{Action: "made.up"}); err == nil {
			t.Error("an unknown action was recorded (R137)")
		}
	})
}

func TestGathererTellsFailures_R130(t *testing.T) {
	db, err := store.Open(context.Background(), "sqlite://"+t.TempDir()+"/gatehouse.db")
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := audit.NewGatherer(audit.NewLog(audit.Options{DB: db, Now: time.Now})).Append(t.Context(), "a", audit.Event{Action: audit.TokenIssued}); err == nil {
		t.Error("nothing was recorded, and nobody learned it")
	}
}
