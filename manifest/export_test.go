package manifest_test

import (
	"regexp"
	"strings"
	"testing"

	"gatehouse/manifest"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var exportEnv = []string{
	"ACME_PORTAL_SECRET=portal-secret-0123456789abcdefghijkl", "ACME_OPS_SECRET=ops-secret-0123456789abcdefghijklmnop",
	"ACME_ADA_PASSWORD=violet engine waltz at nine",
}

// R144: an export holds no secret and no hash; applied again it changes nothing,
// and applied elsewhere it makes the same.
func TestExport_R144(t *testing.T) {
	var first string
	each(t, func(t *testing.T, h *house) {
		h.apply(full)
		text := h.export()
		for _, s := range []string{"portal-secret", "ops-secret", "violet", "$argon2", "hash", "system"} {
			if strings.Contains(text, s) {
				t.Errorf("the export holds %q:\n%s", s, text)
			}
		}
		contains(t, text, "${ACME_PORTAL_SECRET}", "${ACME_OPS_SECRET}", "${ACME_ADA_PASSWORD}", "id.globex.example", "radius: 4px", "session_idle_seconds: 3600", "password_min_length: 20", "status: locked", "status: disabled")
		h.env = exportEnv
		if out := h.apply(text, manifest.Choice{Prune: true}); out != "no changes\n" {
			t.Errorf("%s\n%s", out, text)
		}
		elsewhere := build(t, storetest.SQLite(t))
		elsewhere.env = exportEnv
		elsewhere.apply(text)
		if again := elsewhere.export(); again != text {
			t.Errorf("here:\n%s\nthere:\n%s", text, again)
		}
		if first == "" {
			first = text
		} else if text != first {
			t.Errorf("the databases differ:\n%s\n%s", first, text)
		}
		if some := h.export("globex"); strings.Contains(some, "acme") || !strings.Contains(some, "globex") {
			t.Errorf("more than asked:\n%s", some)
		}
	})
}

// R143, R144: a profile in the shape of a placeholder is not filled with a
// secret by whoever applies the export.
func TestProfilesAreNoPlaceholders_R143(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := build(t, db)
		h.env = append(h.env, "EVIL=${PORTAL_SECRET} ${X:-y} $${Z} ${", "EVIL2=: ${PORTAL_SECRET} #")
		h.apply(contract + "---\nkind: User\ntenant: acme\nname: eve\nspec: {nickname: \"${EVIL}\", given_name: \"${EVIL2}\"}\n")
		text := h.export()
		h.env = append(exportEnv, "PORTAL_SECRET=stolen", "X=stolen", "Z=stolen")
		if out := h.apply(text); out != "no changes\n" {
			t.Errorf("%s\n%s", out, text)
		}
		if got := h.user("acme", "eve").Claims.V; got.Nickname != "${PORTAL_SECRET} ${X:-y} $${Z} ${" || got.GivenName != ": ${PORTAL_SECRET} #" {
			t.Errorf("%+v", got)
		}
	})
}

// Every secret has a placeholder of its own, by a name that can be one.
func TestPlaceholdersDiffer(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	documents := "kind: Tenant\nname: 4you\n"
	for _, name := range []string{"a.b", "a-b", "доктор", "врач"} {
		documents += "---\nkind: User\ntenant: 4you\nname: " + name + "\nspec: {password: a long password of " + name + "}\n"
	}
	h.apply(documents)
	text := h.export("4you")
	seen := map[string]bool{}
	for _, found := range regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`).FindAllString(text, -1) {
		seen[found] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d placeholders:\n%s", len(seen), text)
	}
}
