// Package store is the only door to the database. It hands out values that are
// bound to a tenant: a Tenant reads, its Write opens a transaction, a *Tx
// writes. Five rules hold for every statement (security requirements R1, R2,
// R130):
//
//   - no tenant, no statement: the guard adds tenant_id to each one and refuses
//     raw SQL;
//   - no transaction, no write;
//   - no event, no commit: a change of a recorded row commits only together
//     with an audit event;
//   - no row of another tenant can be made;
//   - in a transaction no second connection can be taken, since a *Tx joins.
//
// On PostgreSQL, row-level security holds transactions to their tenant a
// second time, and reads outside transactions go through a read-only pool, those
// of one row over a few connections that many share (postgres.Lines).
// SQLite has one connection that writes and a few that read.
//
// What speaks to the databases stands in internal: postgres, sqlite, and cell for
// the values of both. These run what they are given; whatever holds a statement to
// the rules is here.
//
// Statements are GORM's; the questions of every sign-in are Lookups, which hold
// to the same rules.
//
// System scope, over all tenants, is for the few that serve all of them; each
// use names its purpose.
package store
