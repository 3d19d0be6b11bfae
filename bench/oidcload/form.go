package main

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// form is an HTML form as a browser without scripts would see it.
type form struct {
	action, method string
	values         url.Values // what is sent if nothing is filled in
	password       string     // name of the password field
	identifier     string     // name of the field that takes the user's name
	refuses        bool       // looks like the way to say no
}

// forms finds the forms in a page.
func forms(page []byte) []*form {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil
	}
	var all []*form
	var walk func(n *html.Node, f *form)
	walk = func(n *html.Node, f *form) {
		if n.Type == html.ElementNode {
			switch n.Data {
			case "form":
				f = &form{action: attr(n, "action"), method: strings.ToUpper(attr(n, "method")), values: url.Values{}}
				all = append(all, f)
			case "input", "button", "select", "textarea":
				if f != nil {
					f.control(n)
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, f)
		}
	}
	walk(root, nil)
	return all
}

// control takes one control of the form into account.
func (f *form) control(n *html.Node) {
	name, value, kind := attr(n, "name"), attr(n, "value"), strings.ToLower(attr(n, "type"))
	if n.Data == "button" && kind == "" {
		kind = "submit"
	}
	if refusal(name) || refusal(value) {
		if kind == "submit" {
			return // another button may say yes
		}
		f.refuses = f.refuses || kind == "hidden"
	}
	if name == "" {
		return
	}
	f.value(n, name, value, kind)
}

// value notes what the control sends.
func (f *form) value(n *html.Node, name, value, kind string) {
	switch kind {
	case "password":
		f.password = name
	case "hidden":
		f.values.Add(name, value)
	case "checkbox":
		// Consent pages list scopes as boxes; tick those that are.
		if _, on := has(n, "checked"); on || strings.Contains(name, "scope") {
			f.values.Add(name, def(value, "on"))
		}
	case "radio":
		if _, on := has(n, "checked"); on {
			f.values.Set(name, def(value, "on"))
		}
	case "submit":
		if _, done := f.values[name]; !done {
			f.values.Set(name, value)
		}
	case "", "text", "email", "tel", "search":
		switch {
		case strings.Contains(strings.ToLower(name), "password"): // some ask for it in a plain field
			f.password = name
		case n.Data == "input" && (f.identifier == "" || attr(n, "autocomplete") == "username"):
			f.identifier = name
		}
		f.values.Set(name, value)
	default:
		if kind != "button" && kind != "reset" && kind != "image" && kind != "file" {
			f.values.Set(name, value)
		}
	}
}

// choose picks the form that goes on: one with a password, else one that asks
// who the user is, else one that merely confirms.
func choose(all []*form) *form {
	var next *form
	for _, f := range all {
		switch {
		case f.password != "":
			return f
		case f.refuses, refusal(f.action):
		case next == nil, next.identifier == "" && f.identifier != "" && f.method == "POST":
			next = f
		}
	}
	return next
}

func (f *form) fill(u User) url.Values {
	if f.identifier != "" {
		f.values.Set(f.identifier, u.Username)
	}
	if f.password != "" {
		f.values.Set(f.password, u.Password)
	}
	return f.values
}

func refusal(s string) bool {
	s = strings.ToLower(s)
	for _, no := range []string{"reject", "deny", "decline", "cancel", "abort", "logout"} {
		if strings.Contains(s, no) {
			return true
		}
	}
	return false
}

func has(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func attr(n *html.Node, key string) string {
	v, _ := has(n, key)
	return v
}

func def(s, d string) string {
	if s == "" {
		return d
	}
	return s
}
