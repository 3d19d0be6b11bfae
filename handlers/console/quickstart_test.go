package console_test

import (
	"encoding/json"
	"go/format"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gatehouse/identity/access"
	"gatehouse/store/storetest"
)

// What the quick start shows in Go compiles as it stands there.
func TestQuickStartCompiles(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	h.acme()
	p := h.signed(access.Owner, "")
	for kind, framework := range map[string]string{"web": "go", "native": "go", "service": "go", "device": "device-go"} {
		form := url.Values{"display_name": {"Try " + kind}, "name": {"try-" + kind}}
		if kind == "web" || kind == "native" {
			form.Set("redirect_uris", "https://portal.example.com/callback")
		}
		page := p.submit(p.get("/console/t/acme/applications/new?type="+kind), "main form", form)
		at, err := url.Parse(page.at)
		if err != nil {
			t.Fatal(err)
		}
		compiles(t, kind, p.get(at.Path+"?framework="+framework).Find("#snippet").Text())
	}
	page := p.submit(p.get("/console/t/acme/apis/new"), "main form", url.Values{"name": {"orders"}, "identifier": {"https://api.example/orders"}, "display_name": {"Orders"}})
	compiles(t, "api", page.Find("#check-signature").Text())
}

// compiles vets the text as a package of this module, which lies elsewhere.
func compiles(t *testing.T, name, text string) {
	t.Helper()
	if neat, err := format.Source([]byte(text)); err != nil || string(neat) != text+"\n" {
		t.Errorf("%s is not formatted: %v\n%s", name, err, text)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	at, source, overlay := filepath.Join(here, "quickstart", name, "shown.go"), filepath.Join(t.TempDir(), "shown.go"), filepath.Join(t.TempDir(), "overlay.json")
	replaced, err := json.Marshal(map[string]any{"Replace": map[string]string{at: source}})
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string][]byte{source: []byte(text), overlay: replaced} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "./quickstart/"+name).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s\n%s", name, err, out, text)
	}
}
