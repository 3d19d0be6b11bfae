package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// Person is somebody with a browser that runs no script: it keeps cookies,
// follows redirects within the server, and fills in forms.
type Person struct {
	t    testing.TB
	http *http.Client
}

// Page is what a person sees.
type Page struct {
	URL    *url.URL
	Status int
	Header http.Header
	Body   string
	Doc    *goquery.Document
}

// errLeft stops at the door of an application, which need not be running.
var errLeft = errors.New("the redirect leaves the server")

// NewPerson returns somebody with an empty cookie jar. Redirects to hosts that
// differ from the server's are not followed: they are where the page ends.
func NewPerson(t testing.TB, server string) *Person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	home, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(req *http.Request, _ []*http.Request) error {
		if req.URL.Host != home.Host {
			return errLeft
		}
		return nil
	}
	return &Person{t, &http.Client{Jar: jar, CheckRedirect: stay, Timeout: patience}}
}

// Open goes to an address. The page's URL is where the redirects ended.
func (p *Person) Open(at string) *Page {
	p.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, at, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.send(req)
}

// Submit sends the page's form that holds all of these fields, with whatever
// it holds hidden.
func (p *Person) Submit(page *Page, fields map[string]string) *Page {
	p.t.Helper()
	form := page.form(fields)
	if form == nil {
		p.t.Fatalf("no form with %v on %s\n%s", fields, page.URL, page.Body)
	}
	values := url.Values{}
	form.Find("input[name],button[name]").Each(func(_ int, s *goquery.Selection) {
		kind := s.AttrOr("type", "")
		if kind == "hidden" || kind == "text" {
			values.Set(s.AttrOr("name", ""), s.AttrOr("value", ""))
		}
	})
	for k, v := range fields {
		values.Set(k, v)
	}
	action, err := page.URL.Parse(form.AttrOr("action", ""))
	if err != nil {
		p.t.Fatal(err)
	}
	return p.Post(action.String(), values)
}

// Post sends a form that no page need hold, as this server's own pages would.
func (p *Person) Post(at string, values url.Values) *Page {
	p.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, at, strings.NewReader(values.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Origin", req.URL.Scheme+"://"+req.URL.Host)
	return p.send(req)
}

func (p *Person) send(req *http.Request) *Page {
	p.t.Helper()
	resp, err := p.http.Do(req)
	if err != nil && !errors.Is(err, errLeft) {
		p.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	page := &Page{URL: resp.Request.URL, Status: resp.StatusCode, Header: resp.Header}
	if errors.Is(err, errLeft) {
		page.URL, err = resp.Location()
		if err != nil {
			p.t.Fatal(err)
		}
		return page
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	page.Body = string(body)
	page.Doc, err = goquery.NewDocumentFromReader(strings.NewReader(page.Body))
	if err != nil {
		p.t.Fatal(err)
	}
	return page
}

// form is the first form that has all the fields.
func (page *Page) form(fields map[string]string) *goquery.Selection {
	if page.Doc == nil {
		return nil
	}
	var found *goquery.Selection
	page.Doc.Find("form").EachWithBreak(func(_ int, form *goquery.Selection) bool {
		for name := range fields {
			if form.Find(fmt.Sprintf("[name=%q]", name)).Length() == 0 {
				return true
			}
		}
		found = form
		return false
	})
	return found
}

// SignIn fills in whatever asks for a name and a password until it no longer
// does, and returns where that led.
func (p *Person) SignIn(page *Page, username, password string) *Page {
	p.t.Helper()
	for range 3 {
		fields := map[string]string{}
		if page.Doc != nil {
			page.Doc.Find("form input").Each(func(_ int, s *goquery.Selection) {
				switch name := s.AttrOr("name", ""); {
				case s.AttrOr("type", "") == "password":
					fields[name] = password
				case strings.Contains(s.AttrOr("autocomplete", ""), "username") && s.AttrOr("readonly", "-") == "-":
					fields[name] = username
				}
			})
		}
		if len(fields) == 0 {
			return page
		}
		page = p.Submit(page, fields)
		if page.Status >= http.StatusBadRequest || page.Doc != nil && page.Doc.Find("[role=alert]").Length() > 0 {
			return page
		}
	}
	return page
}
