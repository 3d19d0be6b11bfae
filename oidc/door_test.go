package oidc_test

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatehouse/identity/sessions"
	"gatehouse/identity/throttle"
	"gatehouse/internal/caller"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/store"
)

// The test's own door: net/http in place of Fiber, and a sign-in page on which
// whoever is named in the query is signed in at once.

func (h *house) routes() http.Handler {
	mux := http.NewServeMux()
	document := func(pattern string, answer func(*http.Request) oidc.Document) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { h.write(w, answer(r.WithContext(h.facts(r)))) })
	}
	browse := func(pattern string, answer func(*http.Request, oidc.Browser) oidc.Answer) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			b := h.browser(w, r)
			h.lead(w, answer(r.WithContext(h.facts(r)), b))
		})
	}
	document("GET /.well-known/openid-configuration", func(r *http.Request) oidc.Document { return h.provider.Metadata(r.Context(), h.at()) })
	document("GET /oauth2/jwks", func(r *http.Request) oidc.Document { return h.provider.JWKS(r.Context(), h.at()) })
	document("POST /oauth2/token", func(r *http.Request) oidc.Document {
		return h.provider.Token(r.Context(), h.at(), form(r), r.Header.Get("Authorization"))
	})
	document("POST /oauth2/introspect", func(r *http.Request) oidc.Document {
		in := form(r)
		in.Accept = r.Header.Get("Accept")
		return h.provider.Introspect(r.Context(), h.at(), in, r.Header.Get("Authorization"))
	})
	document("POST /oauth2/device_authorization", func(r *http.Request) oidc.Document {
		return h.provider.DeviceAuthorization(r.Context(), h.at(), form(r), r.Header.Get("Authorization"))
	})
	document("POST /oauth2/bc-authorize", func(r *http.Request) oidc.Document {
		return h.provider.BackchannelAuthentication(r.Context(), h.at(), form(r), r.Header.Get("Authorization"))
	})
	document("POST /oauth2/revoke", func(r *http.Request) oidc.Document {
		return h.provider.Revoke(r.Context(), h.at(), form(r), r.Header.Get("Authorization"))
	})
	document("POST /oauth2/par", func(r *http.Request) oidc.Document {
		return h.provider.Push(r.Context(), h.at(), form(r), r.Header.Get("Authorization"))
	})
	document("POST /oauth2/register", func(r *http.Request) oidc.Document {
		return h.provider.Register(r.Context(), h.at(), raw(r), r.Header.Get("Authorization"))
	})
	document("GET /oauth2/register/{client}", func(r *http.Request) oidc.Document {
		return h.provider.ManagedRegistration(r.Context(), h.at(), r.PathValue("client"), r.Header.Get("Authorization"))
	})
	document("PUT /oauth2/register/{client}", func(r *http.Request) oidc.Document {
		return h.provider.Reregister(r.Context(), h.at(), r.PathValue("client"), raw(r), r.Header.Get("Authorization"))
	})
	document("DELETE /oauth2/register/{client}", func(r *http.Request) oidc.Document {
		return h.provider.Deregister(r.Context(), h.at(), r.PathValue("client"), r.Header.Get("Authorization"))
	})
	document("/oauth2/userinfo", func(r *http.Request) oidc.Document {
		in := oidc.Params{DPoP: r.Header.Values("DPoP"), Method: r.Method, Certificates: shownCertificate(r)}
		if r.Method == http.MethodPost {
			in = form(r)
		}
		return h.provider.UserInfo(r.Context(), h.at(), r.Header.Get("Authorization"), in)
	})
	browse("/oauth2/authorize", func(r *http.Request, b oidc.Browser) oidc.Answer {
		return h.provider.Authorize(r.Context(), h.at(), params(r), b)
	})
	browse("GET /launch", func(r *http.Request, _ oidc.Browser) oidc.Answer {
		return h.provider.Launch(r.Context(), h.at(), params(r))
	})
	browse("GET /oauth2/auth/callback", func(r *http.Request, b oidc.Browser) oidc.Answer {
		return h.provider.Resume(r.Context(), h.at(), r.FormValue("authId"), b)
	})
	browse("/oauth2/logout", func(r *http.Request, b oidc.Browser) oidc.Answer {
		return h.provider.Logout(r.Context(), h.at(), params(r), b)
	})
	browse("POST /sign-out", func(r *http.Request, b oidc.Browser) oidc.Answer {
		return h.provider.ConfirmLogout(r.Context(), h.at(), r.FormValue("logoutId"), b, oidc.CurrentAccount)
	})
	browse("POST /consent", func(r *http.Request, b oidc.Browser) oidc.Answer {
		d := oidc.Decision(r.FormValue("decision") == "allow")
		return h.provider.Decide(r.Context(), h.at(), r.FormValue("authId"), b, d)
	})
	mux.HandleFunc("GET /sign-in", h.signIn)
	return mux
}

// facts are what handlers/web knows of every request.
func (h *house) facts(r *http.Request) context.Context {
	return caller.With(r.Context(), caller.Info{
		RequestID: "req", Via: caller.ViaOAuth, IP: "192.0.2.7", UserAgent: "test", Actor: caller.Actor{Type: caller.ActorNobody},
	})
}

func raw(r *http.Request) []byte {
	text, _ := io.ReadAll(r.Body)
	return text
}

func form(r *http.Request) oidc.Params {
	v, err := strict.Form(raw(r))
	return oidc.Params{Values: v, Err: err, DPoP: r.Header.Values("DPoP"), Method: r.Method, Certificates: shownCertificate(r)}
}

// shownCertificate stands for that of the connection.
func shownCertificate(r *http.Request) []*x509.Certificate {
	text := r.Header.Get("Test-Certificate")
	if text == "" {
		return nil
	}
	return []*x509.Certificate{{Raw: []byte(text)}}
}

func params(r *http.Request) oidc.Params {
	if r.Method == http.MethodPost {
		return form(r)
	}
	v, err := strict.Query([]byte(r.URL.RawQuery))
	return oidc.Params{Values: v, Err: err}
}

func (h *house) browser(w http.ResponseWriter, r *http.Request) oidc.Browser {
	value := "browser-of-ada"
	if c, err := r.Cookie("browser"); err == nil {
		value = c.Value
	} else {
		http.SetCookie(w, &http.Cookie{Name: "browser", Value: value, Path: "/"})
	}
	sum := sha256.Sum256([]byte(value))
	b := oidc.Browser{ID: base64.RawURLEncoding.EncodeToString(sum[:])}
	if c, err := r.Cookie("session"); err == nil {
		held := sessions.Unpack(c.Value)
		b.Session, b.Others = held.Current, held.Others
	}
	if c, err := r.Cookie("device"); err == nil {
		b.Device = c.Value
	}
	return b
}

func (h *house) signIn(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("executionId") == "" || r.FormValue("applicationId") == "" {
		http.Error(w, "no journey", http.StatusTeapot)
		return
	}
	h.signIns++
	secret := h.session(r.Context(), h.user.ID)
	http.SetCookie(w, &http.Cookie{Name: "session", Value: secret, Path: "/"})
	http.SetCookie(w, &http.Cookie{Name: "device", Value: throttle.DeviceToken(h.provider.K, h.tenant.ID(), h.user.ID), Path: "/"})
	http.Redirect(w, r, h.issuer+"/oauth2/auth/callback?authId="+url.QueryEscape(r.FormValue("authId")), http.StatusSeeOther)
}

// session signs a user in.
func (h *house) session(ctx context.Context, userID string) string {
	var secret string
	err := h.tenant.Write(ctx, func(tx *store.Tx) error {
		var err error
		_, secret, err = h.sessions.Begin(ctx, tx, sessions.New{
			UserID: userID, Kind: models.SessionUser, AMR: []string{"pwd"}, ACR: "urn:gatehouse:acr:password",
		})
		return err
	})
	if err != nil {
		h.t.Error(err)
	}
	return secret
}

func (h *house) write(w http.ResponseWriter, d oidc.Document) {
	if d.Challenge != "" {
		w.Header().Set("WWW-Authenticate", d.Challenge)
	}
	if d.DPoPNonce != "" {
		w.Header().Set("DPoP-Nonce", d.DPoPNonce)
	}
	w.Header().Set("Content-Type", "application/json")
	if d.ContentType != "" {
		w.Header().Set("Content-Type", d.ContentType)
	}
	w.WriteHeader(d.Status)
	_, _ = w.Write(d.Body)
}

func (h *house) lead(w http.ResponseWriter, a oidc.Answer) {
	if a.Holds != nil {
		c := &http.Cookie{Name: "session", Value: a.Holds.Pack(), Path: "/"}
		if c.Value == "" {
			c.MaxAge = -1
		}
		http.SetCookie(w, c)
	}
	switch {
	case a.Redirect != "":
		w.Header().Set("Location", a.Redirect)
		w.WriteHeader(http.StatusSeeOther)
	case a.FormPost != nil:
		_ = json.NewEncoder(w).Encode(a.FormPost)
	case a.Refusal != nil:
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(a.Refusal)
	}
}

// browse is Ada's browser: it follows redirects within the issuer and stops at
// the application's. What it gets is a page to us, and not read as JSON.
func (h *house) browse(method, to string, body url.Values) answer {
	h.t.Helper()
	r, err := http.NewRequest(method, to, strings.NewReader(body.Encode()))
	if err != nil {
		h.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return h.fetch(h.client, r)
}

func (h *house) fetch(client *http.Client, r *http.Request) answer {
	h.t.Helper()
	res, err := client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{status: res.StatusCode, header: res.Header, raw: string(text)}
}

// jar keeps cookies by name: there is one site.
type jar map[string]*http.Cookie

// SetCookies implements http.CookieJar.
func (j jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		if delete(j, c.Name); c.MaxAge >= 0 {
			j[c.Name] = c
		}
	}
}

// Cookies implements http.CookieJar.
func (j jar) Cookies(*url.URL) []*http.Cookie { return slices.Collect(maps.Values(j)) }
