package console_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"gatehouse/locales"
	"gatehouse/views/console"
	"gatehouse/views/ui"
)

// drawInto names a folder that the pages are drawn into, for looking at them.
const drawInto = "GATEHOUSE_DRAW_INTO"

func draw(t *testing.T, language string, page templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	ctx := ui.With(context.Background(), ui.Page{Words: locales.For(language), CSRF: "token", Nonce: "nonce", At: "/console", Now: noon})
	if err := page.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func keep(t *testing.T, name, html string) {
	t.Helper()
	if dir := os.Getenv(drawInto); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".html"), []byte(html), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Every page says all its words in every language (a missing one panics), has
// one heading, and writes nothing that the content security policy forbids
// (R110, R111, R113).
func TestPages_R110_R113(t *testing.T) {
	for name, page := range pages() {
		for _, language := range []string{"en", "de", "ar"} {
			t.Run(name+"."+language, func(t *testing.T) {
				html := draw(t, language, page)
				keep(t, name+"."+language, html)
				doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
				if err != nil {
					t.Fatal(err)
				}
				judge(t, doc)
			})
		}
	}
}

func judge(t *testing.T, doc *goquery.Document) {
	t.Helper()
	if n := doc.Find("h1").Length(); n != 1 {
		t.Errorf("%d headings of the first level", n)
	}
	if doc.Find("html").AttrOr("dir", "") == "" || doc.Find("main#main").Length() != 1 {
		t.Error("no direction or no main part")
	}
	doc.Find("form[method=post]").Each(func(_ int, form *goquery.Selection) {
		if form.Find("input[name=csrf][value=token]").Length() != 1 {
			t.Errorf("the form to %s carries no token", form.AttrOr("action", ""))
		}
	})
	doc.Find("script").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("nonce", "") != "nonce" || strings.TrimSpace(s.Text()) != "" || s.AttrOr("integrity", "") == "" {
			t.Error("a script without nonce or digest, or an inline one")
		}
	})
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, a := range s.Nodes[0].Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.HasPrefix(a.Key, "hx-on") {
				t.Errorf("%s has the attribute %s", s.Nodes[0].Data, a.Key)
			}
		}
	})
	doc.Find("input:not([type=hidden]):not([type=checkbox]), select, textarea").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("aria-label", "") == "" && doc.Find("label[for='"+s.AttrOr("id", "none")+"']").Length() == 0 {
			t.Errorf("the field %s has no label", s.AttrOr("name", ""))
		}
	})
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		if id := s.AttrOr("id", ""); ids[id] {
			t.Errorf("the id %s is there twice", id)
		} else {
			ids[id] = true
		}
	})
}

// Addresses of pages are made of escaped segments.
func TestAt(t *testing.T) {
	if got := console.At(&acme, "users", "a/b?c"); got != "/console/t/acme/users/a%2Fb%3Fc" {
		t.Error(got)
	}
}

// Whoever may only read gets no button that changes anything.
func TestReadersSeeNoDeeds_R7(t *testing.T) {
	s := shell("Ada", "users")
	s.May = map[string]bool{"users:read": true, "events:read": true}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(draw(t, "en", console.UserTimeline(s, user("timeline"), events()))))
	if err != nil {
		t.Fatal(err)
	}
	doc.Find("main form").Each(func(_ int, form *goquery.Selection) {
		t.Errorf("a form to %s", form.AttrOr("action", ""))
	})
}
