// Package details reads authorization_details (RFC 9396), holds them against the
// types that APIs registered, compares and shows them. It is pure: who may ask
// whom is found by the caller.
//
// What is read is kept in one form, so that equal details are equal wherever
// they were stored: an array of objects, strings exactly as they were sent
// (§12), numbers without exponent.
//
// Called by packages oidc, authorize and grants.
package details
