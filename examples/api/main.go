// Command api is an API that takes access tokens of Gatehouse. Reading is
// allowed by what the token itself says, which costs no call; writing asks the
// issuer first, so that what was revoked a moment ago is refused.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// Caller is who sent a request, whichever way the token was checked.
type Caller struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	ClientID string `json:"client_id"`
	Audience list   `json:"aud"`
	Scope    string `json:"scope"`
	// Confirmation names the key or the certificate that the token is bound to.
	Confirmation json.RawMessage `json:"cnf"`
}

// list is a claim that holds one text or several (RFC 7519 section 4.1.3).
type list []string

func (l *list) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*l = list{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(l))
}

// Check says whose a token is. The error is errInvalid where the token is no
// good, and another where that could not be found out.
type Check func(ctx context.Context, token string) (*Caller, error)

var errInvalid = errors.New("invalid token")

// API keeps notes, by the subject that wrote them.
type API struct {
	resource, issuer string // this API's identifier, which tokens name in aud
	origin           string // of the single-page application, which may call
	log              *slog.Logger

	mu    sync.Mutex
	notes map[string][]string
}

func main() {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(context.Background(), log); err != nil {
		log.Error("the API cannot serve", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, log *slog.Logger) error {
	issuer := setting("ISSUER", "http://localhost:8080/t/demo")
	a := &API{
		resource: setting("API_URL", "http://localhost:3002"), issuer: issuer,
		origin: setting("SPA_URL", "http://localhost:3001"), log: log, notes: map[string][]string{},
	}
	signed, err := bySignature(ctx, issuer)
	if err != nil {
		return err
	}
	asked, err := byIntrospection(ctx, issuer, "notes-api", setting("API_SECRET", "secret-of-the-sample-api-0123456789ab"))
	if err != nil {
		return err
	}
	listen := setting("API_LISTEN", "127.0.0.1:3002")
	server := &http.Server{Addr: listen, Handler: a.routes(signed, asked), ReadHeaderTimeout: 5 * time.Second}
	log.InfoContext(ctx, "listening", "url", a.resource)
	return server.ListenAndServe()
}

func setting(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}

func (a *API) routes(signed, asked Check) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/oauth-protected-resource", a.metadata)
	mux.HandleFunc("GET /notes", a.allow(signed, "notes:read", a.list))
	mux.HandleFunc("POST /notes", a.allow(asked, "notes:write", a.add))
	return a.crossOrigin(mux)
}

// metadata tells clients where tokens for this API come from (RFC 9728).
func (a *API) metadata(w http.ResponseWriter, _ *http.Request) {
	a.answer(w, http.StatusOK, map[string]any{
		"resource": a.resource, "authorization_servers": []string{a.issuer},
		"scopes_supported": []string{"notes:read", "notes:write"}, "bearer_methods_supported": []string{"header"},
	})
}

// allow lets requests through whose token is good, is for this API, and holds
// the scope (RFC 6750 section 3).
func (a *API) allow(check Check, scope string, then func(http.ResponseWriter, *http.Request, *Caller)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			a.refuse(w, http.StatusUnauthorized, "", scope)
			return
		}
		caller, err := check(r.Context(), token)
		switch {
		case errors.Is(err, errInvalid):
			a.refuse(w, http.StatusUnauthorized, "invalid_token", scope)
		case err != nil:
			a.log.ErrorContext(r.Context(), "the token could not be checked", "error", err)
			http.Error(w, "try again later", http.StatusServiceUnavailable)
		case !caller.is(a.issuer, a.resource):
			a.refuse(w, http.StatusUnauthorized, "invalid_token", scope)
		case !caller.may(scope):
			a.refuse(w, http.StatusForbidden, "insufficient_scope", scope)
		default:
			then(w, r, caller)
		}
	}
}

// is says whether the token came from the issuer, for the resource. A token
// that is bound to a key is no good without the proof, which this API does not
// check (RFC 9449, RFC 8705).
func (c *Caller) is(issuer, resource string) bool {
	for _, aud := range c.Audience {
		if aud == resource {
			return c.Issuer == issuer && c.Confirmation == nil
		}
	}
	return false
}

func (c *Caller) may(scope string) bool {
	for _, held := range strings.Fields(c.Scope) {
		if held == scope {
			return true
		}
	}
	return false
}

func (a *API) refuse(w http.ResponseWriter, status int, code, scope string) {
	challenge := fmt.Sprintf("Bearer resource_metadata=%q, scope=%q", a.resource+"/.well-known/oauth-protected-resource", scope)
	if code != "" {
		challenge += fmt.Sprintf(", error=%q", code)
	}
	w.Header().Set("WWW-Authenticate", challenge)
	a.answer(w, status, map[string]string{"error": code})
}

func (a *API) list(w http.ResponseWriter, _ *http.Request, c *Caller) {
	a.mu.Lock()
	notes := append([]string{}, a.notes[c.Subject]...)
	a.mu.Unlock()
	a.answer(w, http.StatusOK, map[string]any{"notes": notes, "sub": c.Subject, "client_id": c.ClientID})
}

func (a *API) add(w http.ResponseWriter, r *http.Request, c *Caller) {
	var note struct {
		Text string `json:"text"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&note)
	if err != nil || note.Text == "" {
		a.answer(w, http.StatusBadRequest, map[string]string{"error": "a note is JSON with a text"})
		return
	}
	a.mu.Lock()
	a.notes[c.Subject] = append(a.notes[c.Subject], note.Text)
	a.mu.Unlock()
	a.answer(w, http.StatusCreated, note)
}

func (a *API) answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		a.log.Warn("the caller has left", "error", err)
	}
}

// crossOrigin lets the scripts of the single-page application read answers.
func (a *API) crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Origin")
		if r.Header.Get("Origin") == a.origin {
			w.Header().Set("Access-Control-Allow-Origin", a.origin)
			w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
			w.Header().Set("Access-Control-Expose-Headers", "WWW-Authenticate")
		}
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
