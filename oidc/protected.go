package oidc

import (
	"encoding/json"
	"strings"

	"gatehouse/identity/access"
	"gatehouse/oidc/dpop"
	"gatehouse/oidc/grants"
)

// protectedPath stands between the host and the path of a resource's identifier
// (RFC 9728 §3).
const protectedPath = "/.well-known/oauth-protected-resource"

// protected is metadata of a protected resource of ours (RFC 9728 §2).
type protected struct {
	Resource         string   `json:"resource"`
	Servers          []string `json:"authorization_servers"`
	Scopes           []string `json:"scopes_supported"`
	Methods          []string `json:"bearer_methods_supported"`
	Name             string   `json:"resource_name"`
	CertificateBound bool     `json:"tls_client_certificate_bound_access_tokens"`
	DPoPAlgs         []string `json:"dpop_signing_alg_values_supported"`
}

// UserResource answers with the metadata of the tenant's default audience,
// behind which userinfo stands.
func (p *Provider) UserResource(t Tenant) Document {
	return p.protected(t, protected{
		Resource: t.Issuer, Name: "Gatehouse userinfo", Scopes: userinfoScopes(), Methods: []string{"header", "body"},
	})
}

// ManagementResource answers with the metadata of the tenant's management API.
func (p *Provider) ManagementResource(t Tenant) Document {
	m := protected{Resource: managementResource(t), Name: "Gatehouse management API", Methods: []string{"header"}}
	for _, permission := range access.Permissions() {
		m.Scopes = append(m.Scopes, string(permission))
	}
	return p.protected(t, m)
}

func (p *Provider) protected(t Tenant, m protected) Document {
	m.Servers, m.DPoPAlgs, m.CertificateBound = []string{t.Issuer}, dpop.Algorithms(), p.Certificates
	body, err := json.Marshal(m)
	if err != nil {
		return p.failure(err)
	}
	return Document{Status: 200, Body: body, CacheSeconds: metadataSeconds}
}

func managementResource(t Tenant) string { return grants.APIResource(t) }

// userinfoScopes are those that userinfo gives claims for.
func userinfoScopes() []string { return []string{"openid", "profile", "email", "phone", "address"} }

// ManagementChallenge asks for a token for the tenant's management API (RFC 6750
// §3, RFC 9728 §5.1).
func ManagementChallenge(t Tenant) string { return "Bearer " + resourceMetadata(managementResource(t)) }

// resourceMetadata tells in a challenge where the metadata of a resource is (RFC
// 9728 §3.1, §5.1).
func resourceMetadata(resource string) string {
	scheme, rest, _ := strings.Cut(resource, "://")
	host, path, _ := strings.Cut(rest, "/")
	if path != "" {
		path = "/" + path
	}
	return `resource_metadata="` + scheme + "://" + host + protectedPath + path + `"`
}
