// Package sessions owns the table sessions: browsers in which somebody has
// signed in. A browser holds a random secret of 256 bits, the row its SHA-256
// (R64). Sessions end by use of End, by idleness and by age; one function
// judges all three. A browser may hold several, of several users: Bundle is its
// cookie, and each of them ends by itself. Whoever ends a user's rights ends his sessions in the same
// transaction (R66).
package sessions
