// Package page owns keyset pagination: the request for a page, the page, and
// the cursor between two pages, which is sealed with its tenant and its list
// and carries values only (L63, R4). Lists of the console, the management API
// and SCIM use it.
package page
