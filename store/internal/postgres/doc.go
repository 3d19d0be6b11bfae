// Package postgres speaks to PostgreSQL for the store, which alone calls it. It
// owns
//
//   - the pool's connections, which spare round trips in transactions (conn.go);
//   - the wire, on which statements are prepared once and values have the few
//     forms of our columns (wire.go);
//   - the lines, over which the short questions of many requests travel together
//     (lines.go), and the joints, which make one statement of the same question of
//     several (joint.go).
//
// It runs the statements that it is given. That each is held to its tenant is the
// store's to see to before it comes here: this room knows no GORM, no models and no
// scopes, and of tenants only that questions of two are never one statement (Many).
// The protocol is that of PostgreSQL's manual, §55, spoken by pgx.
package postgres
