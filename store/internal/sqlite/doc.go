// Package sqlite speaks to SQLite for the store, which alone calls it. It owns the
// connections, which keep their prepared statements (conn.go), and the writer, in
// whose turns transactions that wait for each other share a commit (write.go).
//
// It runs the statements that it is given. That each is held to its tenant is the
// store's to see to before it comes here: this room knows no GORM, no models, no
// scopes and no tenants.
package sqlite
