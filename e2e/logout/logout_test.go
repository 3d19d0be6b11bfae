package logout_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"gatehouse/e2e/harness"
)

// application is a relying party that looks after nothing but its own session:
// pages by which a browser can see what became of it.
type application struct {
	*httptest.Server
	issuer, id string

	mu     sync.Mutex
	framed url.Values // what its front-channel page was loaded with
	told   int        // logout tokens that its server got
}

func newApplication(t *testing.T, id string) *application {
	a := &application{id: id}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /callback", a.callback)
	mux.HandleFunc("GET /bye", func(w http.ResponseWriter, _ *http.Request) { page(w, "Back at "+id) })
	mux.HandleFunc("GET /front", func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.framed = r.URL.Query()
		// It reads and sets what it keeps itself, and cannot take the window along
		// (L83).
		page(w, `<script>document.cookie = "shop=gone; path=/"; localStorage.setItem("shop", "gone"); try { top.location = "/elsewhere" } catch {}</script>`)
	})
	mux.HandleFunc("POST /back", func(_ http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if strings.Count(r.PostFormValue("logout_token"), ".") == 2 {
			a.told++
		}
	})
	a.Server = httptest.NewServer(mux)
	a.URL = strings.Replace(a.URL, "127.0.0.1", "localhost", 1)
	t.Cleanup(a.Close)
	return a
}

func page(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprintf(w, "<!DOCTYPE html><title>Application</title><body>%s</body>", body)
}

// redeem exchanges the code, by which the application comes to belong to the
// session.
func (a *application) redeem(w http.ResponseWriter, r *http.Request) error {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {r.FormValue("code")}, "redirect_uri": {a.URL + "/callback"}}
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, a.issuer+"/oauth2/token", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(a.id, secretOf+a.id)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the code is answered by %d", res.StatusCode)
	}
	http.Redirect(w, r, "/callback?session_state="+url.QueryEscape(r.FormValue("session_state")), http.StatusSeeOther)
	return nil
}

// callback shows what the frame of the provider says of the session, now and
// whenever the button is pressed (OpenID Connect Session Management 1.0 §3.1).
func (a *application) callback(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("code") != "" {
		if err := a.redeem(w, r); err != nil {
			page(w, html.EscapeString(err.Error()))
		}
		return
	}
	page(w, fmt.Sprintf(`<p id="said"></p><button id="ask">Ask</button><iframe id="op" src="%s/oauth2/check-session"></iframe>
<script>
const frame = document.getElementById('op'), said = document.getElementById('said')
addEventListener('message', event => { if (event.source === frame.contentWindow) said.textContent = 'session ' + event.data })
const ask = text => frame.contentWindow.postMessage(text, '%s')
frame.onload = () => ask('%s %s')
document.getElementById('ask').onclick = () => { said.textContent = ''; ask('%s %s') }
</script>`, a.issuer, origin(a.issuer), a.id, html.EscapeString(r.FormValue("session_state")), a.id, html.EscapeString(r.FormValue("session_state"))))
}

func origin(issuer string) string {
	u, _ := url.Parse(issuer)
	return u.Scheme + "://" + u.Host
}

func (a *application) code() string {
	return a.issuer + "/oauth2/authorize?" + url.Values{
		"client_id": {a.id}, "response_type": {"code"}, "scope": {"openid offline_access"}, "redirect_uri": {a.URL + "/callback"},
	}.Encode()
}

// secretOf begins an application's secret; its id ends it.
const secretOf = "a-secret-of-the-application-"

const document = `
kind: Application
tenant: acme
name: %[1]s
spec:
  application_type: web
  client_id: %[1]s
  client_secret: ` + secretOf + `%[1]s
  client_name: %[1]s
  redirect_uris: ["%[2]s/callback"]
  post_logout_redirect_uris: ["%[2]s/bye"]
  scope: openid offline_access
  first_party: true
  require_pkce: false
  %[3]s
---
`

// A user who signs out is signed out everywhere: one application's server is
// told, another's page is loaded by the browser, which goes on to the one that
// asked (RP-Initiated, Back-Channel and Front-Channel Logout 1.0); and a page
// that is still open sees that the session is another (Session Management 1.0).
func TestSignedOutEverywhere(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		portal, shop := newApplication(t, "rp-portal"), newApplication(t, "rp-shop")
		rp := harness.NewRelyingParty(t)
		d.Acme(t, rp.URL)
		d.Apply(t, fmt.Sprintf(document, portal.id, portal.URL, `backchannel_logout_uri: "`+portal.URL+`/back"`)+
			fmt.Sprintf(document, shop.id, shop.URL, `frontchannel_logout_uri: "`+shop.URL+`/front"`))
		d.Set("GATEHOUSE_OUTBOUND_ALLOW", "localhost,127.0.0.0/8")
		server := d.Serve(t)
		portal.issuer, shop.issuer = server.Base(), server.Base()
		b := harness.NewBrowser(t)
		b.Open(portal.code())
		b.Fill("[name=username]", "ada")
		b.Fill("[name=password]", harness.AdaPassword)
		b.Click("form.fields .button.full")
		b.Expect("session unchanged")
		b.Open(shop.code())
		b.Expect("session unchanged")
		open := b.Location()
		b.Open(server.Base() + "/oauth2/logout?" + url.Values{"client_id": {portal.id}, "post_logout_redirect_uri": {portal.URL + "/bye"}}.Encode())
		b.Click("form .button")
		b.Expect("Back at rp-portal")
		portal.mu.Lock()
		if portal.told != 1 {
			t.Errorf("the portal was told %d times", portal.told)
		}
		portal.mu.Unlock()
		shop.mu.Lock()
		if shop.framed.Get("iss") != server.Base() || shop.framed.Get("sid") == "" {
			t.Errorf("the shop's page was loaded with %v", shop.framed)
		}
		shop.mu.Unlock()
		b.Open(open)
		b.Expect("session changed")
	})
}
