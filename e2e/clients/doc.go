// Package clients has client libraries from npm, unmodified, complete their
// flows: on servers that a person visits (express-openid-connect,
// passport-openidconnect, Node-RED), on the command line (oauth4webapi), and in
// a page of its own origin in a real browser (oidc-client-ts).
package clients
