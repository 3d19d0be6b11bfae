package harness

import (
	"strings"
	"testing"
)

// What the tenant Acme is made of, for scenarios that do not set it up by hand.
const (
	PortalID      = "portal"
	PortalSecret  = "portal-secret-0123456789abcdefghijkl"
	MachineID     = "robot"
	MachineSecret = "robot-secret-0123456789abcdefghijklm"
	AdaPassword   = "violet engine waltz at nine"
)

const acme = `
kind: Tenant
name: acme
spec: {display_name: Acme, default_locale: en, domains: []}
---
kind: Application
tenant: acme
name: portal
spec:
  application_type: web
  client_id: portal
  client_secret: ` + PortalSecret + `
  redirect_uris: ["{rp}/callback"]
  post_logout_redirect_uris: ["{rp}/"]
  grant_types: [authorization_code, refresh_token]
  response_types: [code]
  token_endpoint_auth_method: client_secret_basic
  scope: openid profile email offline_access
  first_party: true
---
kind: Application
tenant: acme
name: robot
spec:
  application_type: service
  client_id: robot
  client_secret: ` + MachineSecret + `
  grant_types: [client_credentials]
  token_endpoint_auth_method: client_secret_basic
  scope: reports
---
kind: ClaimRule
tenant: acme
name: domain
spec:
  claim: domain
  expression: split(user.email, "@")[1]
  targets: [id_token, userinfo]
  scope: email
---
kind: ResourceServer
tenant: acme
name: orders
spec:
  identifier: https://api.acme.example/orders
  display_name: Orders
  scopes:
    - {name: "orders:read", description: see your orders}
  applications: [portal, robot]
  authorization_details_types:
    - type: payment_initiation
      words: {en: Make a payment, de: Eine Zahlung auslösen, ar: إجراء دفعة}
      actions: [initiate, status]
      terms:
        initiate: {en: start it, de: auslösen, ar: بدؤها}
        status: {en: follow it, de: verfolgen, ar: متابعتها}
      fields:
        - name: instructedAmount
          kind: object
          required: true
          words: {en: Amount, de: Betrag, ar: المبلغ}
          fields:
            - {name: amount, kind: number, required: true}
            - {name: currency, kind: text, required: true, values: [EUR, USD]}
        - {name: creditorName, kind: text, words: {en: To, de: An, ar: إلى}}
        - {name: recurring, kind: boolean, words: {en: Every month, de: Jeden Monat, ar: كل شهر}}
---
kind: User
tenant: acme
name: ada
spec:
  email: ada@example.com
  email_verified: true
  given_name: Ada
  family_name: Lovelace
  name: Ada Lovelace
  password: ` + AdaPassword + `
`

// Acme applies the tenant Acme with the user Ada, a machine, and a portal whose
// address is that of the relying party.
func (d *Deployment) Acme(t testing.TB, portal string) {
	t.Helper()
	d.Apply(t, strings.ReplaceAll(acme, "{rp}", portal))
}

// Base is the address of tenant Acme.
func (s *Server) Base() string { return s.URL + "/t/acme" }
