// Package hosted serves the pages of a tenant's users: signing in, consent,
// signing out, the account, and what those pages load of the tenant's branding.
// It turns forms into submissions and outcomes into cookies and redirects; what
// is asked, and what it means, is decided by journeys and oidc.
//
// Every form answers with a redirect (303), so that Back and refresh are safe,
// and the whole transaction stands in the address, so that tabs do not mix.
//
//	GET, POST  /sign-in            a journey's step, whichever it is
//	GET        /sign-in/back       the step before
//	POST       /sign-in/leave      sign out of one of the accounts to choose from
//	GET, POST  /sign-up            the same for whoever makes an account
//	GET, POST  /consent            may the application? (R31)
//	GET, POST  /device             the code that a device shows (R43)
//	GET, POST  /device/confirm     may it?
//	GET        /device/done
//	GET, POST  /sign-out           really sign out? (R45)
//	GET        /signed-out
//	GET        /account            who is signed in, and where
//	GET        /account/switch     another account of this browser
//	GET        /account/approvals  what applications ask on other devices
//	GET, POST  /account/approvals/{id}
//	POST       /account/sign-out
//	POST       /account/sessions/{id}/end, /account/sessions/others/end
//	GET        /oauth2/check-session     for frames of applications
//	GET        /.well-known/change-password
//	GET        /branding.css, /branding/images/{id}
package hosted
