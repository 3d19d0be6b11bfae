package harness

import (
	"context"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Look is how a page is looked at.
type Look struct {
	Name   string
	Width  int64
	Dark   bool
	Locale string // of Accept-Language
}

// Put makes the browser look so from here on.
func (b *Browser) Put(l Look) {
	b.t.Helper()
	scheme := "light"
	if l.Dark {
		scheme = "dark"
	}
	b.do(chromedp.EmulateViewport(l.Width, 900), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		if err != nil {
			return err
		}
		_, err = cdp.Call(ctx, t, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
			UserAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/150", AcceptLanguage: l.Locale,
		})
		return err
	}))
}

// axe is the checker of accessibility that npm installed, somewhere above the
// folder that the test runs in.
func axe(b *Browser) string {
	b.t.Helper()
	here, err := os.Getwd()
	if err != nil {
		b.t.Fatal(err)
	}
	for up := filepath.Dir(here); up != here; here, up = up, filepath.Dir(up) {
		source, err := os.ReadFile(filepath.Join(here, "node_modules", "axe-core", "axe.min.js")) //nolint:gosec // what npm installed
		if err == nil {
			return string(source)
		}
	}
	b.t.Fatal("axe-core is not installed: make setup")
	return ""
}

// judgement runs axe and says what is serious, and whether the page is wider
// than the window.
const judgement = `(async () => {
	const seen = await axe.run(document, {resultTypes: ['violations']})
	const bad = seen.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
		.map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(', '))
	if (document.documentElement.scrollWidth > window.innerWidth + 1) {
		bad.push('the page is ' + document.documentElement.scrollWidth + ' wide')
	}
	return bad
})()`

// Judge says what is wrong with the page as it stands.
func (b *Browser) Judge() []string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](axe(b)+";true")); err != nil {
		b.t.Fatal(err)
	}
	bad, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](judgement, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return bad
}
