// Package users owns a tenant's users and the names under which they are found.
//
// A name that somebody types is brought into one form at one place, Normalise,
// which sign-in, uniqueness and throttling share (security requirement R63).
// Authenticate is the one way in which a password is judged: it counts before
// it looks, takes the same time for names that nobody bears, and asks for the
// user's status last (R62, R80). Every deed that takes something from a user
// ends his sessions and refresh families in its own transaction (R66).
//
// Users come to be by Enter alone: Create vets what staff, programs and files
// give, Vet what somebody gives of himself, who is believed nothing (R93).
package users
