// Package codeflow signs Ada in with a relying party built on coreos/go-oidc
// and uses everything that it receives.
package codeflow

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"gatehouse/e2e/harness"
)

func TestCodeFlowWithGoOIDC(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		rp := harness.NewRelyingParty(t)
		d.Acme(t, rp.URL)
		server := d.Serve(t)
		rp.Configure(server.Base(), harness.PortalID, harness.PortalSecret, "profile", "email", "offline_access")
		ada := harness.NewPerson(t, server.URL)

		visit := signIn(t, rp, ada)
		if visit.Claims.Name != "Ada Lovelace" || visit.Claims.Email != "ada@example.com" {
			t.Errorf("claims: %+v", visit.Claims)
		}
		refreshed := refresh(t, rp, visit.Tokens.RefreshToken)
		userinfo(t, rp, refreshed.AccessToken, visit.ID.Subject)
		active(t, rp, refreshed.AccessToken, true)
		singleSignOn(t, rp, ada)
		revoke(t, rp, refreshed.RefreshToken)
		active(t, rp, refreshed.AccessToken, false)
		signOut(t, rp, ada, visit.RawID)
	})
}

func signIn(t *testing.T, rp *harness.RelyingParty, ada *harness.Person) *harness.Visit {
	t.Helper()
	page := ada.SignIn(ada.Open(rp.AuthURL()), "ada@example.com", harness.AdaPassword)
	visit, err := rp.Redeem(context.Background(), page.URL.Query())
	if err != nil {
		t.Fatalf("%v at %s\n%s", err, page.URL, page.Body)
	}
	return visit
}

func refresh(t *testing.T, rp *harness.RelyingParty, token string) *oauth2.Token {
	t.Helper()
	fresh, err := rp.OAuth.TokenSource(context.Background(), &oauth2.Token{RefreshToken: token}).Token()
	if err != nil {
		t.Fatal(err)
	}
	if fresh.RefreshToken == token {
		t.Error("the refresh token was not rotated (R35)")
	}
	return fresh
}

func userinfo(t *testing.T, rp *harness.RelyingParty, token, subject string) {
	t.Helper()
	info, err := rp.Provider.UserInfo(context.Background(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}))
	if err != nil {
		t.Fatal(err)
	}
	if info.Subject != subject || info.Email != "ada@example.com" || !info.EmailVerified {
		t.Errorf("userinfo: %+v", info)
	}
}

func active(t *testing.T, rp *harness.RelyingParty, token string, want bool) {
	t.Helper()
	var answer struct {
		Active bool `json:"active"`
	}
	body := post(t, rp, "introspection_endpoint", url.Values{"token": {token}})
	if err := json.Unmarshal(body, &answer); err != nil || answer.Active != want {
		t.Errorf("introspection: want active=%v: %s %v", want, body, err)
	}
}

func revoke(t *testing.T, rp *harness.RelyingParty, token string) {
	t.Helper()
	post(t, rp, "revocation_endpoint", url.Values{"token": {token}})
}

// singleSignOn proves that a second authorization asks for nothing.
func singleSignOn(t *testing.T, rp *harness.RelyingParty, ada *harness.Person) {
	t.Helper()
	page := ada.Open(rp.AuthURL(oauth2.SetAuthURLParam("prompt", "none")))
	if _, err := rp.Redeem(context.Background(), page.URL.Query()); err != nil {
		t.Errorf("single sign-on: %v at %s", err, page.URL)
	}
}

func signOut(t *testing.T, rp *harness.RelyingParty, ada *harness.Person, hint string) {
	t.Helper()
	leave := endpoint(t, rp, "end_session_endpoint") + "?" + url.Values{
		"id_token_hint": {hint}, "post_logout_redirect_uri": {rp.URL + "/"}, "state": {"bye"},
	}.Encode()
	if page := ada.Open(leave); page.URL.String() != rp.URL+"/?state=bye" {
		t.Fatalf("sign-out led to %s\n%s", page.URL, page.Body)
	}
	page := ada.Open(rp.AuthURL(oauth2.SetAuthURLParam("prompt", "none")))
	if got := page.URL.Query().Get("error"); got != "login_required" {
		t.Errorf("after sign-out: %q at %s", got, page.URL)
	}
}

func endpoint(t *testing.T, rp *harness.RelyingParty, name string) string {
	t.Helper()
	meta := map[string]any{}
	if err := rp.Provider.Claims(&meta); err != nil {
		t.Fatal(err)
	}
	at, _ := meta[name].(string)
	return at
}

func post(t *testing.T, rp *harness.RelyingParty, name string, form url.Values) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, endpoint(t, rp, name), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(rp.OAuth.ClientID), url.QueryEscape(rp.OAuth.ClientSecret))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s %v", name, resp.Status, body, err)
	}
	return body
}
