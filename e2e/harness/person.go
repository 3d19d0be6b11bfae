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

// Trust has the person reach the server as c does.
func (p *Person) Trust(c *http.Client) { p.http.Transport = c.Transport }

// Hoard keeps the cookies of a page past their end, as a thief would.
func (p *Person) Hoard(page *Page) {
	p.t.Helper()
	all := p.http.Jar.Cookies(page.URL)
	for _, c := range all {
		c.Path = "/"
	}
	p.http.Jar.SetCookies(page.URL, all)
}

// Open goes to an address. The page's URL is where the redirects ended.
func (p *Person) Open(at string) *Page {
	p.t.Helper()
	return p.must(p.open(at))
}

func (p *Person) must(page *Page, err error) *Page {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	return page
}

func (p *Person) open(at string) (*Page, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	return p.send(req)
}

// Submit sends the page's form that holds all of these fields, with whatever
// it holds hidden.
func (p *Person) Submit(page *Page, fields map[string]string) *Page {
	p.t.Helper()
	return p.must(p.submit(page, fields))
}

func (p *Person) submit(page *Page, fields map[string]string) (*Page, error) {
	form := page.form(fields)
	if form == nil {
		return nil, fmt.Errorf("no form with %v on %s\n%s", fields, page.URL, page.Body)
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
		return nil, err
	}
	return p.post(action.String(), values)
}

// Post sends a form that no page need hold, as this server's own pages would.
func (p *Person) Post(at string, values url.Values) *Page {
	p.t.Helper()
	return p.must(p.post(at, values))
}

func (p *Person) post(at string, values url.Values) (*Page, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, at, strings.NewReader(values.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Origin", req.URL.Scheme+"://"+req.URL.Host)
	return p.send(req)
}

func (p *Person) send(req *http.Request) (*Page, error) {
	resp, err := p.http.Do(req)
	if err != nil && !errors.Is(err, errLeft) {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	page := &Page{URL: resp.Request.URL, Status: resp.StatusCode, Header: resp.Header}
	if errors.Is(err, errLeft) {
		page.URL, err = resp.Location()
		return page, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	page.Body = string(body)
	page.Doc, err = goquery.NewDocumentFromReader(strings.NewReader(page.Body))
	return page, err
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
	return p.must(p.signIn(page, username, password))
}

// TrySignIn is Open and SignIn against a server that may end meanwhile: then it
// returns an error.
func (p *Person) TrySignIn(at, username, password string) (*Page, error) {
	page, err := p.open(at)
	if err != nil {
		return nil, err
	}
	return p.signIn(page, username, password)
}

func (p *Person) signIn(page *Page, username, password string) (*Page, error) {
	for range 3 {
		fields := page.credentials(username, password)
		if len(fields) == 0 {
			return page, nil
		}
		var err error
		if page, err = p.submit(page, fields); err != nil {
			return nil, err
		}
		if page.Status >= http.StatusBadRequest || page.Doc != nil && page.Doc.Find("[role=alert]").Length() > 0 {
			return page, nil
		}
	}
	return page, nil
}

// credentials are the fields of the page that ask for a name or a password.
func (page *Page) credentials(username, password string) map[string]string {
	fields := map[string]string{}
	if page.Doc == nil {
		return fields
	}
	page.Doc.Find("form input").Each(func(_ int, s *goquery.Selection) {
		switch name := s.AttrOr("name", ""); {
		case s.AttrOr("type", "") == "password":
			fields[name] = password
		case strings.Contains(s.AttrOr("autocomplete", ""), "username") && s.AttrOr("readonly", "-") == "-":
			fields[name] = username
		}
	})
	return fields
}
