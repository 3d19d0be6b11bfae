package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// browser is one login's cookies and the page it is on.
type browser struct {
	w      *worker
	http   *http.Client
	at     *url.URL
	page   []byte
	answer url.Values // what came to the redirect URI
	user   User
}

func (w *worker) browser() *browser {
	jar, _ := cookiejar.New(nil)
	c := *w.http
	c.Jar = jar
	b := &browser{w: w, http: &c}
	if users := w.target.Users.List; len(users) > 0 {
		b.user = users[w.n%len(users)]
		w.n += len(users) / 16 // walk through the list, each worker its own way
		w.n++
	}
	return b
}

func (b *browser) get(address string) error {
	req, err := http.NewRequest("GET", address, nil)
	if err != nil {
		return err
	}
	return b.follow(req)
}

// follow sends a request and goes where it is redirected, up to the redirect URI.
func (b *browser) follow(req *http.Request) error {
	for range 20 {
		if strings.HasPrefix(req.URL.String(), b.w.target.RedirectURI) {
			b.answer = req.URL.Query()
			return nil
		}
		resp, body, err := b.w.do(b.http, req)
		if err != nil {
			return err
		}
		b.at, b.page = req.URL, body
		if resp.StatusCode < 300 {
			return nil
		}
		next, err := resp.Location()
		if resp.StatusCode >= 400 || err != nil {
			return fmt.Errorf("%s %s: %s: %.300s", req.Method, req.URL, resp.Status, body)
		}
		if req, err = http.NewRequest("GET", next.String(), nil); err != nil {
			return err
		}
	}
	return errors.New("too many redirects")
}

// signIn answers pages until the redirect URI is reached.
func (b *browser) signIn() error {
	if j := b.w.target.JSONLogin; j != nil && b.answer == nil {
		if err := j.run(b); err != nil {
			return err
		}
	}
	for range 6 {
		if b.answer != nil {
			return nil
		}
		f := choose(forms(b.page))
		if f == nil {
			return fmt.Errorf("no form to go on with at %s: %.200s", b.at, b.page)
		}
		if err := b.submit(f); err != nil {
			return err
		}
	}
	return fmt.Errorf("still not signed in at %s: %.300s", b.at, b.page)
}

func (b *browser) submit(f *form) error {
	action, err := b.at.Parse(f.action)
	if err != nil {
		return err
	}
	if f.action == "" {
		action = b.at
	}
	v := f.fill(b.user)
	if strings.HasPrefix(action.String(), b.w.target.RedirectURI) { // response_mode=form_post
		b.answer = v
		return nil
	}
	if f.method != "POST" {
		u := *action
		u.RawQuery = v.Encode()
		return b.get(u.String())
	}
	req, err := http.NewRequest("POST", action.String(), strings.NewReader(v.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", action.Scheme+"://"+action.Host)
	req.Header.Set("Referer", b.at.String())
	return b.follow(req)
}
