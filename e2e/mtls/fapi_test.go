package mtls_test

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/e2e/harness"
)

const fapi = `
---
kind: Application
tenant: acme
name: bank
spec:
  application_type: web
  client_id: bank
  redirect_uris: [https://bank.example/cb]
  grant_types: [authorization_code, refresh_token]
  token_endpoint_auth_method: self_signed_tls_client_auth
  id_token_signed_response_alg: ES256
  security_profile: fapi2_security
  jwks: %s
  scope: openid email offline_access
  first_party: true
`

const verifier = "a-verifier-of-forty-three-characters-or-more"

// bank is an application under the FAPI 2.0 Security Profile with a certificate
// that it registered itself.
type bank struct {
	t         *testing.T
	authority *harness.Authority
	base      string
	own       tls.Certificate
}

// says posts a form of the application's; without certificates it shows its own.
func (b *bank) says(path string, form url.Values, shown ...tls.Certificate) answer {
	b.t.Helper()
	if shown == nil {
		shown = []tls.Certificate{b.own}
	}
	form.Set("client_id", "bank")
	return post(b.t, b.authority.HTTPClient(shown...), b.base+path, nil, form)
}

func (b *bank) request(set ...string) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	v := url.Values{
		"client_id": {"bank"}, "response_type": {"code"}, "redirect_uri": {"https://bank.example/cb"}, "scope": {"openid email offline_access"},
		"state": {"st"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(set); i += 2 {
		v.Set(set[i], set[i+1])
	}
	return v
}

// refuses fails unless the answer is that error, without a token.
func (b *bank) refuses(name string, a answer, status int, code string) {
	b.t.Helper()
	if a.status != status || a.body["error"] != code || a.body["access_token"] != nil || a.body["request_uri"] != nil {
		b.t.Errorf("%s: want %d %s, not %d %v", name, status, code, a.status, a.body)
	}
}

// R49, R35: a whole sign-in under FAPI 2.0 with certificates alone, and what the
// profile refuses on its way.
func TestFAPIByCertificate_R49(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		authority, own := harness.NewAuthority(t, "Acme CA"), harness.NewAuthority(t, "Itself").Client("bank")
		d.Acme(t, "https://portal.example")
		d.Apply(t, strings.TrimPrefix(fmt.Sprintf(fapi, set(t, own, own.Leaf)), "\n---"))
		d.ServeTLS(t, authority)
		d.Set("GATEHOUSE_TLS_CLIENT_CERTS", "request")
		server := d.Serve(t)
		b := &bank{t, authority, server.Base(), own}
		ada := harness.NewPerson(t, server.URL)
		ada.Trust(server.Client)
		other := authority.Client("bank")

		b.refuses("no certificate", post(t, server.Client, b.base+"/oauth2/par", nil, b.request()), 401, "invalid_client")
		b.refuses("another's certificate", b.says("/oauth2/par", b.request(), other), 401, "invalid_client")
		b.refuses("no challenge", b.says("/oauth2/par", b.request("code_challenge", "", "code_challenge_method", "")), 400, "invalid_request")
		b.refuses("tokens by the browser", b.says("/oauth2/par", b.request("response_type", "code id_token")), 400, "unauthorized_client")
		if got := ada.Open(b.base + "/oauth2/authorize?" + b.request().Encode()).URL.Query(); got.Get("error") != "invalid_request" || got.Get("iss") != b.base {
			t.Errorf("not pushed: %v", got)
		}
		pushed := b.says("/oauth2/par", b.request())
		uri, _ := pushed.body["request_uri"].(string)
		page := ada.Open(b.base + "/oauth2/authorize?" + url.Values{"client_id": {"bank"}, "request_uri": {uri}}.Encode())
		answered := ada.SignIn(page, "ada@example.com", harness.AdaPassword).URL.Query()
		if answered.Get("iss") != b.base || answered.Get("code") == "" {
			t.Fatalf("%v", answered)
		}
		b.redeems(answered.Get("code"), other)
	})
}

// redeems uses the code, its tokens, and the refresh token twice.
func (b *bank) redeems(code string, other tls.Certificate) {
	b.t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {"https://bank.example/cb"}, "code_verifier": {verifier}}
	b.refuses("a stolen code", b.says("/oauth2/token", form, other), 401, "invalid_client")
	got := b.says("/oauth2/token", form)
	token, _ := got.body["access_token"].(string)
	refresh, _ := got.body["refresh_token"].(string)
	if got.status != 200 || boundTo(b.t, token) != thumbprint(b.own) || refresh == "" {
		b.t.Fatalf("%d %v", got.status, got.body)
	}
	userinfo := func(shown ...tls.Certificate) answer {
		return post(b.t, b.authority.HTTPClient(shown...), b.base+"/oauth2/userinfo", http.Header{"Authorization": {"Bearer " + token}}, url.Values{})
	}
	if a := userinfo(b.own); a.status != 200 || a.body["email"] != "ada@example.com" {
		b.t.Errorf("userinfo: %d %v", a.status, a.body)
	}
	b.refuses("a stolen token", userinfo(other), 401, "invalid_token")
	b.refuses("a token without its certificate", userinfo(), 401, "invalid_token")
	again := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}
	b.refuses("a stolen refresh token", b.says("/oauth2/token", again, other), 401, "invalid_client")
	for range 2 { // FAPI 2.0 Security Profile §5.3.2.1: not rotated
		a := b.says("/oauth2/token", again)
		fresh, _ := a.body["access_token"].(string)
		if next, has := a.body["refresh_token"]; a.status != 200 || boundTo(b.t, fresh) != thumbprint(b.own) || has && next != refresh {
			b.t.Errorf("refresh: %d %v", a.status, a.body)
		}
	}
}

// boundTo is the certificate that an access token is bound to.
func boundTo(t *testing.T, token string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	var claims struct {
		Cnf map[string]string `json:"cnf"`
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[min(1, len(parts)-1)])
	if err != nil || json.Unmarshal(text, &claims) != nil {
		t.Errorf("no claims in %d characters: %v", len(token), err)
	}
	return claims.Cnf["x5t#S256"]
}
