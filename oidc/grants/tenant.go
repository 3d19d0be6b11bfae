package grants

import (
	"gatehouse/models"
	"gatehouse/store"
)

// Tenant is the tenant that a request was made to: its row, its store and its
// issuer, which is also its base URL, without a trailing slash.
type Tenant struct {
	Row    *models.Tenant
	Store  store.Tenant
	Issuer string
}
