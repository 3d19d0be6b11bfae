// Package tenants owns tenants, their domains, their branding and their images.
//
// A tenant is looked up by name, id or verified host at each request, so those
// questions are answered from a cache that lives a second. Each deed checks the
// right, changes and records in one transaction. Suspending a tenant ends its
// sessions and refresh families with it (security requirement R66).
package tenants
