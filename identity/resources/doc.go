// Package resources owns the table resources: the APIs that applications ask
// tokens for, their scopes and types of authorization details, and who may ask.
//
// A scope belongs to one API of a tenant, so that a user's consent to it is never
// consent to something else of the same name.
//
// Called by the doors, manifest and oidc. Standards: RFC 8707, RFC 6749 §3.3, RFC 9396 §2.
package resources
