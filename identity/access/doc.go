// Package access owns who may do what: the tables role_assignments,
// api_clients and setup_links. A door resolves an actor's grants once for a
// request and puts them into the context; every deed begins with Require,
// which is the one policy function of all surfaces (R6) and denies whatever it
// does not know (R7).
//
// Administrators are users of the system tenant; their roles live there, out
// of reach of every other tenant's interfaces (R9).
package access
