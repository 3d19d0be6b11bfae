// Package console serves the pages of administrators and support staff. A page
// asks the rooms below for what it shows and hands it to views/console; a form
// calls one deed and answers with a redirect (303). No rule stands here: every
// deed asks access.Require itself, and every route declares the permission that
// it needs, so that whoever lacks it is told so before anything is read (R6).
//
// The address says everything: /console/t/{tenant}/users?status=locked. The
// answer to a deed travels in a short sealed cookie, since a secret that is
// shown once must not stand in an address.
//
// Administrators are users of the system tenant. They sign in by the same
// journeys as everybody, with a session of their own kind and a cookie that no
// other site can send (R65: SameSite=Strict).
package console
