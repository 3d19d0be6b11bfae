// Package api is the management API: what the console does, as JSON, for
// programs. It calls the same deeds with the same rights.
//
// It answers under each tenant's base at /api/v1, about that tenant. Tenants
// themselves are managed under the bases of the tenants default and system. A
// caller is an API client: by HTTP Basic, or by a bearer token for this API
// (security requirements R11, R12). What people read of it is openapi.yaml,
// against which tests hold every answer.
package api
