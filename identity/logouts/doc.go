// Package logouts owns the table logout_notices: which applications are to be
// told that a session ended, and what became of it. A notice is written in the
// transaction that ends the session, whatever ends it, so that none is lost; a
// worker on any node calls the applications' servers, several times if need be,
// and the page after signing out shows the pages of those that want the browser
// to tell them. Sessions that end by idleness or age are not told of.
//
// Called by identity/sessions (Ended), by oidc and by the doors that show the
// report.
//
// Standards: OpenID Connect Back-Channel Logout 1.0, Front-Channel Logout 1.0;
// security requirements R45, R100, R140, R141.
package logouts
