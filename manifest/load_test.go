package manifest_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/manifest"
	"gatehouse/store/storetest"
)

// R143: every mistake of every file is reported at once, with its place.
func TestMistakes_R143(t *testing.T) {
	_, err := load(t, []string{"SET=x"}, `# a comment before all
---
kind: Tenent
name: acme
---
kind: Tenant
name: acme
spec:
  display_nam: Acme
---
kind: User
name: ada
---
kind: Application
tenant: acme
name: a
spec:
  client_secret: ${NOT_THERE}
  client_uri: https://${SET}.example/${NOR_THERE}
---
kind: Application
tenant: acme
name: b
spec:
  first_party: perhaps
---
kind: User
tenant: acme
name: twice
---
kind: User
tenant: acme
name: TWICE
---
kind: Application
tenant: acme
name: c
---
kind: APIClient
tenant: acme
name: c
---
kind: User
tenant: acme
nam: d
---
- a list
---
kind: Tenant
tenant: acme
name: inner
---
kind: Application
tenant: acme
spec: {}
`)
	if err == nil {
		t.Fatal("loaded")
	}
	contains(t, err.Error(), `c.yaml:3: the kind "Tenent" is unknown`, "Application, Branding", "c.yaml:9:3: ", "display_nam",
		"c.yaml:11: User needs the tenant", "c.yaml:18: ${NOT_THERE}", "c.yaml:19: ${NOR_THERE}", "c.yaml:25:16: ",
		"c.yaml:31: User acme/TWICE is there twice; the first is User at c.yaml:27", "c.yaml:39: APIClient acme/c is there twice",
		"c.yaml:45:1: ", "c.yaml:47:", "c.yaml:49: a Tenant belongs to no tenant", "c.yaml:53: Application needs a name")
}

// Files that are no YAML, and files made to choke on.
func TestBrokenFiles_R143(t *testing.T) {
	for name, text := range map[string]string{
		"a key twice":      "kind: Tenant\nkind: User\nname: x\n",
		"a tab":            "kind: Tenant\n\tname: x\n",
		"an open bracket":  "kind: Tenant\nname: [x\n",
		"a text alone":     "hello\n",
		"a number alone":   "42\n",
		"a list of lists":  "kind: Tenant\nname: x\nspec: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "\n",
		"nested maps":      "kind: Tenant\nname: x\nspec: " + strings.Repeat("{a: ", 5000) + strings.Repeat("}", 5000) + "\n",
		"a list in a list": "kind: Application\ntenant: acme\nname: x\nspec: {redirect_uris: [&a [x], [*a, *a]]}\n",
		"a loop of itself": "kind: Tenant\nname: x\nspec: &a {display_name: *a}\n",
		"a secret":         "kind: User\ntenant: acme\nname: x\nspec: {password: [hunter2hunter2]}\n",
	} {
		_, err := load(t, nil, text)
		if err == nil || !regexp.MustCompile(`^c\.yaml:\d+:`).MatchString(err.Error()) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error tells a secret: %v", err)
		}
	}
	if _, err := load(t, nil, strings.Repeat("# long\n", 800_000)); err == nil || !strings.Contains(err.Error(), "4 MiB") {
		t.Errorf("a large file: %v", err)
	}
}

// Values are text: they never become YAML, nor are they filled themselves.
func TestPlaceholders(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	h.env = []string{"A=x: {y: [z]} # \" ' ${B}", "B=never", "EMPTY=", "PEM=one\ntwo"}
	h.apply(`
kind: Tenant
name: acme
---
kind: User
tenant: acme
name: u
spec:
  nickname: "${A}"
  given_name: <${EMPTY}>
  family_name: "${NONE:-fall back}"
  middle_name: "${NONE:-}"
  name: ${B} and ${B}
  profile: |-
    https://example.com/${B}
`)
	got := h.user("acme", "u").Claims.V
	if got.Nickname != `x: {y: [z]} # " ' ${B}` || got.GivenName != "<>" || got.FamilyName != "fall back" || got.MiddleName != "" || got.Name != "never and never" || got.Profile != "https://example.com/never" {
		t.Errorf("%+v", got)
	}
}

// Files and folders; what is hidden is left alone.
func TestSources(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "b", "two.yml"), "kind: Tenant\nname: two\nspec: {display_name: \"${NAME}\"}\n")
	write(t, filepath.Join(dir, "a.yaml"), "# nothing\n")
	write(t, filepath.Join(dir, "note.txt"), "kind: Nonsense\n")
	write(t, filepath.Join(dir, ".github", "ci.yml"), "on: push\n")
	write(t, filepath.Join(dir, ".hidden.yaml"), "on: push\n")
	write(t, filepath.Join(dir, "values.env"), "# comment\n\nexport NAME='Two # = \"2\"'\nOTHER = x\n")
	set, err := manifest.Load(manifest.Sources{Paths: []string{dir}, EnvFile: filepath.Join(dir, "values.env"), Environ: []string{"NAME=no"}})
	must(t, err)
	h := build(t, storetest.SQLite(t))
	plan, err := h.manifest.Apply(operator(), set, manifest.Choice{})
	must(t, err)
	contains(t, plan.String(), "+ Tenant two", `display_name: Two # = "2"`, "1 to create")
	write(t, filepath.Join(dir, "bad.env"), "A=1\nnonsense\n")
	for name, s := range map[string]manifest.Sources{
		"no such file":  {Paths: []string{filepath.Join(dir, "none.yaml")}},
		"empty folder":  {Paths: []string{t.TempDir()}},
		"no such env":   {Paths: []string{dir}, EnvFile: filepath.Join(dir, "none.env")},
		"a broken line": {Paths: []string{dir}, EnvFile: filepath.Join(dir, "bad.env")},
	} {
		if _, err := manifest.Load(s); err == nil {
			t.Errorf("%s: loaded", name)
		} else if name == "a broken line" && !strings.Contains(err.Error(), "bad.env:2") {
			t.Error(err)
		}
	}
}
