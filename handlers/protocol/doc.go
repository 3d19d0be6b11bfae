// Package protocol is the door for machines that speak OAuth 2 and OpenID
// Connect. It reads requests strictly, hands them to package oidc, and writes
// its answers; it decides nothing.
//
//	GET        /.well-known/openid-configuration, /.well-known/oauth-authorization-server
//	GET        /.well-known/oauth-protected-resource, and of the management API
//	GET        /oauth2/jwks
//	GET        /launch                   a sign-in that somebody else begins
//	GET, POST  /oauth2/authorize
//	GET        /oauth2/auth/callback     back from the sign-in or consent page
//	POST       /oauth2/token, /oauth2/introspect, /oauth2/revoke
//	POST       /oauth2/device_authorization, /oauth2/bc-authorize
//	POST       /oauth2/par
//	POST       /oauth2/register
//	GET, PUT, DELETE /oauth2/register/{client_id}
//	GET, POST  /oauth2/userinfo
//	GET, POST  /oauth2/logout
//	GET        /oauth2/logout/callback   back from the sign-out page
package protocol
