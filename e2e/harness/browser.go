package harness

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Browser is one tab of a fresh Chromium.
type Browser struct {
	t   testing.TB
	ctx context.Context
}

// NewBrowser opens a fresh profile. Everything ends after the test.
func NewBrowser(t testing.TB) *Browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(alloc)
	ctx, late := context.WithTimeout(ctx, 3*patience)
	t.Cleanup(func() { late(); cancel(); stop() })
	// The tab lives as long as the context of its first action.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatal(err)
	}
	return &Browser{t, ctx}
}

// Popup is the window that a click opens.
func (b *Browser) Popup(selector string) *Browser {
	b.t.Helper()
	opened := chromedp.WaitNewTarget(b.ctx, func(info *target.Info) bool { return info.OpenerID != "" })
	b.Click(selector)
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	select {
	case id := <-opened:
		ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id))
		b.t.Cleanup(cancel)
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(500, 700)); err != nil {
			b.t.Fatal(err)
		}
		return &Browser{b.t, ctx}
	case <-ctx.Done():
		b.t.Fatalf("no window was opened\n%s", b.where())
	}
	return nil
}

func (b *Browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v\n%s", err, b.where())
	}
}

// where describes the page for a failed test.
func (b *Browser) where() string {
	at, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		return err.Error()
	}
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	if err != nil {
		return at + ": " + err.Error()
	}
	return at + "\n" + text
}

// Open goes to an address and waits until it is loaded.
func (b *Browser) Open(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url))
}

// Fill types into the field, in place of what it holds.
func (b *Browser) Fill(selector, text string) {
	b.t.Helper()
	empty := `document.querySelector(` + quoted(selector) + `).value = ""; true`
	b.do(chromedp.WaitVisible(selector))
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](empty)); err != nil {
		b.t.Fatalf("%v\n%s", err, b.where())
	}
	b.do(chromedp.SendKeys(selector, text))
}

// quoted is a text as a literal of JavaScript.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `\'`) + "'" }

// Set gives the field a value, for those that no keyboard reaches well, such
// as colours and select boxes.
func (b *Browser) Set(selector, value string) {
	b.t.Helper()
	b.do(chromedp.WaitReady(selector), chromedp.SetValue(selector, value))
}

// Upload chooses a file.
func (b *Browser) Upload(selector, path string) {
	b.t.Helper()
	b.do(chromedp.WaitReady(selector), chromedp.SetUploadFiles(selector, []string{path}))
}

// Click clicks and waits for nothing.
func (b *Browser) Click(selector string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(selector), chromedp.Click(selector))
}

// Expect waits until the page shows the text, over any navigation.
func (b *Browser) Expect(text string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	shown := `!!document.body && document.body.innerText.includes(` + quoted(text) + `)`
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](shown)); err == nil && ok {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.t.Fatalf("the page does not show %q\n%s", text, b.where())
		}
	}
}

// Await waits until the element is there.
func (b *Browser) Await(selector string) {
	b.t.Helper()
	b.do(chromedp.WaitReady(selector))
}

// Location is the address of the page.
func (b *Browser) Location() string {
	b.t.Helper()
	at, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		b.t.Fatal(err)
	}
	return at
}

// Text is the text of the first element that matches.
func (b *Browser) Text(selector string) string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Text(selector))
	if err != nil {
		b.t.Fatalf("%v\n%s", err, b.where())
	}
	return strings.TrimSpace(text)
}

// Shoot keeps a picture of the whole page under name, where
// GATEHOUSE_TEST_SHOTS names a folder.
func (b *Browser) Shoot(name string) {
	b.t.Helper()
	dir := os.Getenv("GATEHOUSE_TEST_SHOTS")
	if dir == "" {
		return
	}
	png, err := b.picture()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600) //nolint:gosec // whoever runs the tests names the folder
	}
	if err != nil {
		b.t.Error(err)
	}
}

// picture is of the whole page. The window is made as high as it, since
// Chromium shifts what reads from right to left where it captures beyond.
func (b *Browser) picture() ([]byte, error) {
	size, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]int64](`[innerWidth, innerHeight, document.documentElement.scrollHeight]`))
	if err != nil {
		return nil, err
	}
	if _, err := chromedp.Run(b.ctx, chromedp.EmulateViewport(size[0], max(size[1], size[2]))); err != nil {
		return nil, err
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return nil, err
	}
	_, err = chromedp.Run(b.ctx, chromedp.EmulateViewport(size[0], size[1]))
	return png, err
}

// Href is the path that the first link that matches leads to.
func (b *Browser) Href(selector string) string {
	b.t.Helper()
	path, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.querySelector(`+quoted(selector)+`).getAttribute('href')`))
	if err != nil {
		b.t.Fatalf("%v\n%s", err, b.where())
	}
	return path
}
