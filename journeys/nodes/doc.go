// Package nodes holds the types of step that journeys are made of: one file
// each. accounts offers those that the browser is signed in to; identifier asks
// who somebody is; password and identifier_password ask for a proof; success
// begins the session; failure ends without one.
//
// Every refused proof is recorded as an attempt of its own; a success is
// recorded together with its session, in one transaction (R130).
package nodes
