package manifest_test

import (
	"strings"
	"testing"

	"gatehouse/identity/access"
	"gatehouse/manifest"
	"gatehouse/models"
)

// contract is the example of the contract, word for word.
const contract = `
kind: Tenant
name: acme
spec: {display_name: Acme, default_locale: en, domains: []}
---
kind: Application
tenant: acme
name: portal
spec:                       # RFC 7591 client metadata names
  application_type: web     # web | spa | native | service | device
  client_id: portal
  client_secret: ${PORTAL_SECRET}
  redirect_uris: [http://localhost:3000/callback]
  post_logout_redirect_uris: [http://localhost:3000/]
  grant_types: [authorization_code, refresh_token, client_credentials]
  response_types: [code]
  token_endpoint_auth_method: client_secret_basic
  scope: openid profile email offline_access
  first_party: true         # no consent page
---
kind: User
tenant: acme
name: ada                   # the username
spec:                       # OpenID Connect standard claim names
  email: ada@example.com
  email_verified: true
  given_name: Ada
  family_name: Lovelace
  password: ${ADA_PASSWORD} # or password_hash: any format that import knows
`

// full is everything that can be written.
const full = contract + `---
kind: ClaimRule
tenant: acme
name: domain
spec: {claim: domain, expression: 'split(user.email, "@")[1]', targets: [id_token, userinfo], application: portal, scope: email, position: 3}
---
kind: APIClient
tenant: acme
name: ops
spec: {client_secret: "${OPS_SECRET}", tenants: [acme, default], permissions: [users:read], addresses: [127.0.0.0/8], rate_per_minute: 90, expires_at: 2090-01-31T00:00:00Z}
---
kind: Branding
tenant: acme
spec: {tokens: {brand: "#8a1538", radius: 4px}}
---
kind: Application
tenant: acme
name: mobile
spec: {application_type: native, redirect_uris: ["com.acme.app:/callback"], scope: openid, access_token_seconds: 300, status: disabled, contacts: ["ops@acme.example"], default_max_age: 0, backchannel_logout_uri: "https://acme.example/out", jwks: {keys: [{kty: EC, crv: P-256, x: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU, y: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0}]}}
---
kind: User
tenant: acme
name: Grace
spec:
  email: grace@example.com
  phone_number: "+491701234567"
  address: {locality: Arlington, country: US}
  locale: de
  status: locked
---
kind: Tenant
name: globex
spec: {display_name: Globex, domains: [login.globex.example, {host: id.globex.example, verified: true}], settings: {session_idle_seconds: 3600, password_min_length: 20}}
`

// R143: the contract's example is applied, and a second time changes nothing and
// makes no event.
func TestContractExample_R143(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		contains(t, h.apply(contract), "+ Tenant acme", "+ Application acme/portal", "+ User acme/ada", "3 to create, 0 to update, 0 to delete")
		if !h.secretWorks("acme", "portal", "portal-secret-0123456789abcdefghijkl") || !h.passwordWorks("acme", "ada", "violet engine waltz at nine") {
			t.Error("the secret or the password is another")
		}
		a := h.app("acme", "portal")
		if !a.FirstParty || !a.RequirePKCE || a.ClientID != "portal" || a.Type != models.TypeWeb || a.RedirectURIs.V[0] != "http://localhost:3000/callback" {
			t.Errorf("%+v", a)
		}
		before := h.events("")
		if h.events("config.applied") != 1 {
			t.Error("no event of the application (R130)")
		}
		if again := h.apply(contract); again != "no changes\n" || h.events("") != before {
			t.Errorf("the second time:\n%s%d events more", again, h.events("")-before)
		}
	})
}

// R143: a set is applied as a whole or not at all.
func TestAFailureLeavesNothing_R143(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		before := h.events("")
		fault := h.refused(contract + "---\nkind: User\ntenant: acme\nname: bob\nspec: {email: bob@example.com, password: short}\n")
		contains(t, fault, "c.yaml:", "User acme/bob", "password")
		if strings.Contains(fault, "short)") || h.events("") != before {
			t.Errorf("%d events are left, or the password is told: %s", h.events("")-before, fault)
		}
		contains(t, h.export(), "name: default")
		if strings.Contains(h.export(), "acme") {
			t.Error("the tenant is left")
		}
	})
}

// R143: a plan tells what applying does, and does nothing.
func TestPlanChangesNothing_R143(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		before := h.events("")
		planned := h.plan(full)
		if h.events("") != before || strings.Contains(h.export(), "acme") {
			t.Error("the plan changed something")
		}
		if done := h.apply(full); done != planned {
			t.Errorf("planned:\n%s\ndone:\n%s", planned, done)
		}
		changed := strings.ReplaceAll(full, "Lovelace", "King")
		planned, before = h.plan(changed, manifest.Choice{Prune: true}), h.events("")
		if h.user("acme", "ada").Claims.V.FamilyName != "Lovelace" {
			t.Error("the plan changed a user")
		}
		contains(t, planned, "~ User acme/ada", "claims", "1 to update")
		if done := h.apply(changed, manifest.Choice{Prune: true}); done != planned || h.events("") == before {
			t.Errorf("planned:\n%s\ndone:\n%s", planned, done)
		}
	})
}

// R37: a new secret works beside the former, and drives out the one before.
func TestSecretRotation_R37(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.apply(contract)
		first := "portal-secret-0123456789abcdefghijkl"
		second, third := strings.Replace(first, "0", "A", 1), strings.Replace(first, "0", "B", 1)
		with := func(text string) string {
			return strings.Replace(strings.Replace(contract, "${PORTAL_SECRET}", text, 1), "3000/callback", "4000/"+text[14:15], 1)
		}
		contains(t, h.apply(with(second)), "~ Application acme/portal", "client_secret: (secret) -> (secret)", "note: ")
		if !h.secretWorks("acme", "portal", first) || !h.secretWorks("acme", "portal", second) {
			t.Error("no overlap")
		}
		done := h.apply(with(third))
		if h.secretWorks("acme", "portal", first) || !h.secretWorks("acme", "portal", second) || !h.secretWorks("acme", "portal", third) {
			t.Error("three secrets, or the wrong two")
		}
		if strings.Contains(done, third) || h.apply(with(third)) != "no changes\n" {
			t.Errorf("the plan tells the secret, or is never done:\n%s", done)
		}
		contains(t, h.apply(strings.Replace(contract, "${PORTAL_SECRET}", "short-one", 1)), "shorter than the 32 characters")
	})
}

// R66, R143: another password is set, and nothing of it is shown.
func TestPasswordChange(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.apply(contract)
		changed := strings.Replace(strings.Replace(contract, "${ADA_PASSWORD}", "nine waltzes for an engine", 1), "Lovelace", "King", 1)
		done := h.apply(changed)
		contains(t, done, "~ User acme/ada", "password: (secret) -> (secret)")
		if strings.Contains(done, "waltz") || !h.passwordWorks("acme", "ada", "nine waltzes for an engine") || h.passwordWorks("acme", "ada", "violet engine waltz at nine") {
			t.Error("the password is told, or is another")
		}
		if h.user("acme", "ada").Claims.V.FamilyName != "King" || h.apply(changed) != "no changes\n" {
			t.Error("never done")
		}
	})
}

// A hash of another system is taken once: signing in replaces it.
func TestForeignHash_R61(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		text := "kind: Tenant\nname: acme\n---\nkind: User\ntenant: acme\nname: old\nspec: {email: old@example.com, password_hash: \"" +
			"$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" + "\"}\n"
		h.apply(text)
		if has, err := h.users.Passwords.Has(operator(), h.in("acme"), h.user("acme", "old").ID); err != nil || !has {
			t.Errorf("no password: %v", err)
		}
		if again := h.apply(text); again != "no changes\n" {
			t.Error(again)
		}
	})
}

// Prune removes what the files do not name: of each kind, in the tenants for
// which they name one, and nowhere else.
func TestPrune(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.apply(full)
		h.apply("kind: User\ntenant: default\nname: eve\nspec: {email: eve@example.com}\n---\nkind: User\ntenant: acme\nname: Zoë\nspec: {email: zoe@example.com}\n")
		if out := h.apply(full); out != "no changes\n" {
			t.Errorf("removed unasked:\n%s", out)
		}
		// The API client ops names the tenant default, of which the files say nothing.
		contains(t, h.apply(full, manifest.Choice{Prune: true}), "- User acme/Zoë", "0 to create, 0 to update, 1 to delete")
		if !h.knows("default", "eve") || h.knows("acme", "zoë") {
			t.Error("the wrong user is gone")
		}
		// Names are written as people write them.
		if out := h.apply(strings.Replace(full, "name: Grace", "name: GRACE", 1), manifest.Choice{Prune: true}); out != "no changes\n" {
			t.Errorf("one user, two spellings:\n%s", out)
		}
		apps := "kind: Application\ntenant: acme\nname: portal\nspec: {application_type: web, client_id: portal, redirect_uris: [http://localhost:3000/callback]}\n"
		contains(t, h.apply(apps, manifest.Choice{Prune: true}), "- Application acme/mobile", "- Application acme/ops", "2 to delete")
		if !h.knows("acme", "ada") || !h.knows("acme", "grace") {
			t.Error("files that name no users have removed them")
		}
	})
}

// R8, R12: an API client has what its document says.
func TestAPIClient_R12(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.apply(full)
		acme := h.in("acme")
		c, err := h.desk.ClientByID(operator(), acme, h.app("acme", "ops").ID)
		must(t, err)
		if c.Permissions.V[0] != string(access.UsersRead) || c.RatePerMinute != 90 || c.ExpiresAt.Year() != 2090 || c.Addresses.V[0] != "127.0.0.0/8" || len(c.Tenants.V) != 2 {
			t.Errorf("%+v", c)
		}
		grants, _, err := h.desk.ClientGrants(operator(), acme, c.ApplicationID, "127.0.0.1")
		must(t, err)
		if !grants.Allows(acme.ID(), string(access.UsersRead)) || grants.Allows(acme.ID(), string(access.UsersWrite)) || !h.secretWorks("acme", "ops", "ops-secret-0123456789abcdefghijklmnop") {
			t.Error("other rights, or another secret")
		}
		contains(t, h.apply(strings.Replace(full, "[users:read]", "[users:read, events:read]", 1)), "~ APIClient acme/ops", "permissions", "1 to update")
		contains(t, h.refused(strings.Replace(full, "[users:read]", "[users:everything]", 1)), "c.yaml:", "APIClient acme/ops")
		contains(t, h.refused(strings.Replace(full, "tenants: [acme, default]", "tenants: [nowhere]", 1)), "nowhere")
	})
}

// What can be said only when the stored state is known names its document.
func TestRefusalsNameTheirDocument(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.apply(contract)
		for name, c := range map[string]struct{ document, want string }{
			"no such tenant":        {"kind: User\ntenant: nowhere\nname: x\nspec: {}\n", "no tenant \"nowhere\""},
			"a wildcard (R21)":      {"kind: Application\ntenant: acme\nname: x\nspec: {redirect_uris: [\"https://*.example.com/\"]}\n", "redirect_uris"},
			"another client_id":     {strings.Replace(contract, "client_id: portal", "client_id: other", 1), "client_id"},
			"another type":          {strings.Replace(contract, "application_type: web", "application_type: spa", 1), "application_type"},
			"an unknown status":     {"kind: User\ntenant: acme\nname: ada\nspec: {email: ada@example.com, status: gone}\n", "status"},
			"an unknown type":       {"kind: Application\ntenant: acme\nname: x\nspec: {application_type: toaster}\n", "c.yaml:1"},
			"a token of no design":  {"kind: Branding\ntenant: acme\nspec: {tokens: {brand: \"url(x)\"}}\n", "brand"},
			"somebody else's email": {"kind: User\ntenant: acme\nname: x\nspec: {email: ada@example.com, email_verified: true}\n", "email"},
			"a tenant's bad name":   {"kind: Tenant\nname: \"../x\"\n", "c.yaml:1"},
			"an unknown locale":     {"kind: Tenant\nname: x\nspec: {default_locale: \"no such\"}\n", "default_locale"},
		} {
			before := h.events("")
			contains(t, h.refused(c.document), "c.yaml:", c.want)
			if h.events("") != before {
				t.Errorf("%s: events of what was not done", name)
			}
		}
	})
}

// A claim rule follows the files: changed, refused with its place, and removed
// where the files name others.
func TestClaimRules(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		rule := func(name, expression string) string {
			return "kind: ClaimRule\ntenant: acme\nname: " + name + "\nspec: {claim: team, expression: '" + expression + "', targets: [userinfo]}\n---\n"
		}
		contains(t, h.apply(rule("one", "user.sub")+rule("two", "1")+contract), "+ ClaimRule acme/one", "+ ClaimRule acme/two")
		contains(t, h.apply(rule("one", "user.email")+contract, manifest.Choice{Prune: true}), "~ ClaimRule acme/one", "expression: user.sub -> user.email", "- ClaimRule acme/two")
		contains(t, h.refused(rule("one", "user.emial")+contract), "ClaimRule acme/one", "expression", "1:6")
	})
}

// RFC 9396: what an API understands is described in its file, and an export
// describes it again.
func TestAuthorizationDetailTypes_R143(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		files := contract + `---
kind: ResourceServer
tenant: acme
name: payments
spec:
  identifier: https://api.acme.example/payments
  everybody: true
  authorization_details_types:
    - type: payment_initiation
      words: {en: Make a payment, de: Eine Zahlung auslösen}
      actions: [initiate]
      ask_always: true
      fields:
        - {name: instructedAmount, kind: object, required: true, fields: [{name: amount, kind: number, required: true}]}
`
		h.apply(files)
		if again := h.apply(files); again != "no changes\n" {
			t.Errorf("the second time:\n%s", again)
		}
		contains(t, h.export(), "type: payment_initiation", "de: Eine Zahlung auslösen", "ask_always: true", "kind: object")
		contains(t, h.apply(strings.Replace(files, "[initiate]", "[initiate, status]", 1)), "~ ResourceServer acme/payments", "authorization_details_types")
		contains(t, h.refused(strings.Replace(files, "kind: number", "kind: money", 1)), "authorization_details_types")
	})
}
