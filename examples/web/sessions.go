package main

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// session is the cookie that the browser keeps: a random name for what is here.
const session = "session"

// prefix begins the names of cookies where the application is on https: it keeps
// other hosts of the domain from setting them. On plain http, which is for trials
// alone, browsers would not take it.
func prefix(url string) string {
	if strings.HasPrefix(url, "https://") {
		return "__Host-"
	}
	return ""
}

// Session is somebody who is signed in.
type Session struct {
	Name, Email string
	sub, sid    string // at the issuer
	idToken     string
	tokens      oauth2.TokenSource
	began       time.Time
	lastSeen    time.Time
}

// Sessions are kept in memory, by the hash of the cookie. A real application
// keeps them where all of its servers reach them.
type Sessions struct {
	cookie string // its name
	mu     sync.Mutex
	all    map[[32]byte]*Session
}

// A session ends when nobody has come back for as long as idle, and at the latest
// after lifetime.
const (
	idle     = 8 * time.Hour
	lifetime = 24 * time.Hour
)

// over tells that nobody may use the session any more.
func (s *Session) over() bool {
	return time.Since(s.lastSeen) > idle || time.Since(s.began) > lifetime
}

// NewSessions begins with none; the cookie is the name of theirs.
func NewSessions(cookie string) *Sessions {
	return &Sessions{cookie: cookie, all: map[[32]byte]*Session{}}
}

// Begin keeps a session and returns the value of its cookie. What is over is
// forgotten.
func (s *Sessions) Begin(of *Session) string {
	value := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, old := range s.all {
		if old.over() {
			delete(s.all, key)
		}
	}
	of.began = time.Now()
	of.lastSeen = of.began
	s.all[sha256.Sum256([]byte(value))] = of
	return value
}

// Of is the session of a request, nil if there is none.
func (s *Sessions) Of(r *http.Request) *Session {
	c, err := r.Cookie(s.cookie)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[sha256.Sum256([]byte(c.Value))]
	if found == nil || found.over() {
		return nil
	}
	found.lastSeen = time.Now()
	return found
}

// End forgets the session of a request.
func (s *Sessions) End(r *http.Request) {
	c, err := r.Cookie(s.cookie)
	if err != nil {
		return
	}
	s.mu.Lock()
	delete(s.all, sha256.Sum256([]byte(c.Value)))
	s.mu.Unlock()
}

// EndOf forgets one session at the issuer, or all of a subject where no sid is
// told.
func (s *Sessions) EndOf(sub, sid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, of := range s.all {
		if sid != "" && of.sid == sid || sid == "" && of.sub == sub {
			delete(s.all, key)
		}
	}
}

// cookie is one that scripts cannot read and that other sites cannot send by
// posting. It is for https alone where the application is.
func (w *Web) cookie(name, value string, lives time.Duration) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // without Secure on plain http, which is for trials alone
		Name: prefix(w.url) + name, Value: value, Path: "/", MaxAge: int(lives.Seconds()), HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: prefix(w.url) != "",
	}
}

// forget ends the session of a request, and the browser's cookie.
func (w *Web) forget(rw http.ResponseWriter, r *http.Request) {
	w.sessions.End(r)
	http.SetCookie(rw, w.cookie(session, "", -time.Second))
}
