// Package hosted draws the pages of a tenant's users: signing in, consent,
// signing out, the account and errors. It draws what it is given and asks for
// nothing; every page is complete without script and stays below 14 KB.
//
// Called by handlers/hosted. Styled by static/src/hosted.css and the tenant's
// branding tokens, never by the tenant's own CSS (R117).
package hosted
