package store_test

import (
	"testing"

	"gatehouse/models"
	"gatehouse/store/storetest"
)

// BenchmarkKeyedRead measures what a guarded read by key costs.
func BenchmarkKeyedRead(b *testing.B) {
	db := storetest.SQLite(b)
	tenant := storetest.Tenant(b, db, "acme")
	b.ReportAllocs()
	for b.Loop() {
		var row models.Tenant
		if err := tenant.Read(b.Context()).Where("name = ? AND status = ?", "acme", models.TenantActive).Take(&row).Error; err != nil {
			b.Fatal(err)
		}
	}
}
