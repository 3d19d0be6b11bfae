// Command web is a server-rendered application, a backend for its frontend:
// the browser holds a session cookie and nothing else; tokens stay here.
package main

import (
	"context"
	_ "embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

//go:embed home.html
var home string

// Web is the application.
type Web struct {
	url, api string
	provider *oidc.Provider
	issuer   string
	end      string // end_session_endpoint
	oauth    oauth2.Config
	ids      *oidc.IDTokenVerifier
	page     *template.Template
	sessions *Sessions
	log      *slog.Logger
}

func main() {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(context.Background(), log); err != nil {
		log.Error("the application cannot serve", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, log *slog.Logger) error {
	w := &Web{url: setting("WEB_URL", "http://localhost:3000"), api: setting("API_URL", "http://localhost:3002"), log: log}
	w.sessions = NewSessions(prefix(w.url) + session)
	if err := w.discover(ctx, setting("ISSUER", "http://localhost:8080/t/demo")); err != nil {
		return err
	}
	w.page = template.Must(template.New("home").Parse(home))
	server := &http.Server{Addr: setting("WEB_LISTEN", "127.0.0.1:3000"), Handler: w.routes(), ReadHeaderTimeout: 5 * time.Second}
	log.InfoContext(ctx, "listening", "url", w.url)
	return server.ListenAndServe()
}

func setting(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}

// discover learns everything about the issuer from its metadata.
func (w *Web) discover(ctx context.Context, issuer string) error {
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return err
	}
	var metadata struct {
		End string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&metadata); err != nil {
		return err
	}
	const id = "sample-web"
	w.provider, w.issuer, w.end = provider, issuer, metadata.End
	w.ids = provider.Verifier(&oidc.Config{ClientID: id})
	w.oauth = oauth2.Config{
		ClientID: id, ClientSecret: setting("WEB_SECRET", "secret-of-the-sample-web-0123456789ab"),
		Endpoint: provider.Endpoint(), RedirectURL: w.url + "/callback",
		// Without offline_access: whoever signs out at the issuer ends the tokens, too.
		Scopes: []string{oidc.ScopeOpenID, "profile", "email", "notes:read", "notes:write"},
	}
	w.oauth.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	return nil
}

func (w *Web) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", w.home)
	mux.HandleFunc("GET /login", w.login)
	mux.HandleFunc("GET /callback", w.callback)
	mux.HandleFunc("POST /notes", w.addNote)
	mux.HandleFunc("POST /logout", w.logout)
	own := http.NewCrossOriginProtection().Handler(mux) // no other site posts in a visitor's name
	all := http.NewServeMux()
	all.Handle("/", own)
	all.HandleFunc("POST /backchannel-logout", w.backchannelLogout)
	return all
}

func (w *Web) home(rw http.ResponseWriter, r *http.Request) {
	view := struct {
		Name, Email, Trouble string
		SignedIn             bool
		Notes                []string
	}{}
	if s := w.sessions.Of(r); s != nil {
		view.SignedIn, view.Name, view.Email = true, s.Name, s.Email
		var err error
		if view.Notes, err = w.notes(r.Context(), s); errors.Is(err, errSignedOut) {
			w.forget(rw, r)
			http.Redirect(rw, r, "/", http.StatusSeeOther)
			return
		} else if err != nil {
			w.log.WarnContext(r.Context(), "no notes", "error", err)
			view.Trouble = "The notes cannot be had just now. Is the API running?"
		}
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'")
	rw.Header().Set("Cache-Control", "no-store")
	if err := w.page.Execute(rw, view); err != nil {
		w.log.WarnContext(r.Context(), "the page was not drawn whole", "error", err)
	}
}

func (w *Web) addNote(rw http.ResponseWriter, r *http.Request) {
	s := w.sessions.Of(r)
	if s == nil {
		http.Redirect(rw, r, "/", http.StatusSeeOther)
		return
	}
	r.Body = http.MaxBytesReader(rw, r.Body, 4<<10)
	if err := w.note(r.Context(), s, strings.TrimSpace(r.PostFormValue("text"))); err != nil {
		w.log.WarnContext(r.Context(), "the note was not taken", "error", err)
	}
	http.Redirect(rw, r, "/", http.StatusSeeOther)
}
