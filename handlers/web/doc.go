// Package web is the one place below the rooms of handlers that knows Fiber. It
// makes of each connection's bytes a Request that is safe to act on: the tenant
// of a verified host or path (security requirement R3), who asks and from
// where, a deadline, strict readers of forms, queries and JSON (R102, R103),
// cookies (R65), tokens against forgery (R113), and it writes the answers with
// the headers that every answer bears (R110).
//
// A room registers its routes through a Router, which says how each is guarded.
// A route of the console or the management API that names no permission stops
// the start (R6).
package web
