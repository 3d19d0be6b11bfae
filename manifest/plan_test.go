package manifest_test

import "testing"

// A plan names what changes field by field, and each thing once.
func TestPlanNamesEachField(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.apply("kind: Tenant\nname: acme\n---\nkind: Branding\ntenant: acme\nspec: {tokens: {brand: \"#8a1538\"}}\n")
		plan := h.plan("kind: Tenant\nname: acme\nspec: {domains: [login.acme.example], settings: {access_token_seconds: 600}}\n" +
			"---\nkind: Branding\ntenant: acme\nspec: {tokens: {brand: \"#8a1538\", radius: 4px}}\n")
		const want = "~ Tenant acme\n" +
			"    settings.access_token_seconds: (none) -> 600\n" +
			"    domains: (none) -> login.acme.example\n" +
			"~ Branding acme\n" +
			"    tokens.radius: (none) -> 4px\n" +
			"0 to create, 2 to update, 0 to delete\n"
		if plan != want {
			t.Errorf("%s\nwant\n%s", plan, want)
		}
	})
}

// What an application keeps for good is named, with what it is.
func TestFixedFieldsAreNamed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		const portal = "kind: Application\ntenant: default\nname: portal\nspec: {redirect_uris: [\"https://portal.example/cb\"], "
		h.apply(portal + "application_type: web}\n")
		contains(t, h.refused(portal+"application_type: web, client_id: other}\n"), `client_id is "portal" and cannot change`)
		contains(t, h.refused(portal+"application_type: spa}\n"), `application_type is "web" and cannot change`)
	})
}

// Whatever is wrong with a field is said once.
func TestRefusalsSpeakOfTheField(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		got := h.refused("kind: User\ntenant: default\nname: bob\nspec: {password: short}\n")
		const want = "c.yaml:1: User default/bob: password: The new password has fewer characters than the tenant asks for. (15)"
		if got != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
	})
}
