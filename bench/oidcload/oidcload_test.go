package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"
	"time"
)

func TestChoose(t *testing.T) {
	for name, c := range map[string]struct {
		page string
		want url.Values
	}{
		"login with hidden inputs": {
			`<form action="/s" method="get"><input name="q"></form>
			 <form method="post"><input type="hidden" name="csrf" value="1"><input name="login"><input type="password" name="pw"><button name="go" value="yes">Go</button></form>`,
			url.Values{"csrf": {"1"}, "login": {"u"}, "pw": {"p"}, "go": {"yes"}},
		},
		"password in a plain field": {
			`<form method="post"><input id="username" name="username"><input name="password"></form>`,
			url.Values{"username": {"u"}, "password": {"p"}},
		},
		"name first": {
			`<form method="post"><input type="email" name="who" autocomplete="username"></form>`,
			url.Values{"who": {"u"}},
		},
		"consent, and a form that refuses": {
			`<form method="post"><input type="hidden" name="approval" value="rejected"></form>
			 <form method="post"><input type="hidden" name="approval" value="approve"><input type="checkbox" name="scope" value="email"></form>`,
			url.Values{"approval": {"approve"}, "scope": {"email"}},
		},
		"consent with two buttons": {
			`<form method="post"><button name="do" value="deny">No</button><button name="do" value="allow">Yes</button></form>`,
			url.Values{"do": {"allow"}},
		},
	} {
		f := choose(forms([]byte(c.page)))
		if f == nil {
			t.Errorf("%s: no form", name)
			continue
		}
		if got := f.fill(User{"u", "p"}).Encode(); got != c.want.Encode() {
			t.Errorf("%s: sends %s, want %s", name, got, c.want.Encode())
		}
	}
}

// TestCodeFlow measures a tiny provider that checks what it is sent.
func TestCodeFlow(t *testing.T) {
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	defer srv.Close()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%[1]q,"authorization_endpoint":"%[1]s/authorize","token_endpoint":"%[1]s/token"}`, srv.URL)
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "s", Value: r.FormValue("code_challenge"), Path: "/"})
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	})
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		c, err := r.Cookie("s")
		switch {
		case err != nil:
			http.Error(w, "no session", 400)
		case r.Method == "GET":
			fmt.Fprint(w, `<form method="post"><input name="u"><input type="password" name="p"></form>`)
		case r.FormValue("u") == "user3" && r.FormValue("p") == "secret":
			http.Redirect(w, r, "http://127.0.0.1:9/cb?code="+c.Value, http.StatusSeeOther)
		default:
			http.Error(w, "wrong password", http.StatusForbidden)
		}
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		if id != "app" || secret != "s p" && secret != url.QueryEscape("s p") || r.FormValue("code_verifier") == "" {
			http.Error(w, "bad client", http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, `{"access_token":"a","id_token":"i"}`)
	})
	target := &Target{Name: "tiny", Issuer: srv.URL, ClientID: "app", ClientSecret: "s p", Users: Users{List: []User{{"user3", "secret"}}}}
	if err := target.defaults(); err != nil {
		t.Fatal(err)
	}
	target.pid = os.Getpid()
	if _, err := target.up(); err != nil {
		t.Fatal(err)
	}
	r, err := measure(target, "code-flow", &Config{Concurrency: 2, Duration: duration(100 * time.Millisecond)})
	if err != nil || r.Errors > 0 {
		t.Fatal(err, r)
	}
	if r.HTTP != int64(4*r.Requests) || r.PeakRSS == 0 {
		t.Errorf("odd result: %s", r)
	}
}
