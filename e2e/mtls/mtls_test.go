package mtls_test

import (
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/e2e/harness"
)

const documents = `
kind: Tenant
name: acme
spec:
  display_name: Acme
  settings:
    client_certificate_authorities: %[1]q
---
kind: Application
tenant: acme
name: bank
spec:
  application_type: service
  client_id: bank
  grant_types: [client_credentials]
  token_endpoint_auth_method: tls_client_auth
  tls_client_auth_subject_dn: "CN=bank,O=Acme"
  tls_client_certificate_bound_access_tokens: true
  scope: reports
---
kind: Application
tenant: acme
name: own
spec:
  application_type: service
  client_id: own
  grant_types: [client_credentials]
  token_endpoint_auth_method: self_signed_tls_client_auth
  id_token_signed_response_alg: ES256
  security_profile: fapi2_security
  jwks: %[2]s
  scope: reports
`

// answer is that of the token or introspection endpoint.
type answer struct {
	status int
	body   map[string]any
}

func post(t *testing.T, c *http.Client, to string, header http.Header, form url.Values) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	a := answer{status: res.StatusCode}
	if err != nil || json.Unmarshal(raw, &a.body) != nil {
		t.Fatalf("%d %s %v", res.StatusCode, raw, err)
	}
	return a
}

func thumbprint(c tls.Certificate) string {
	sum := sha256.Sum256(c.Leaf.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// set is a key set with the certificate's key, and the certificates that are
// registered with it.
func set(t *testing.T, c tls.Certificate, registered ...*x509.Certificate) string {
	t.Helper()
	signer, ok := c.PrivateKey.(crypto.Signer)
	if !ok {
		t.Fatal("no key")
	}
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: signer.Public(), KeyID: "tls", Use: "sig", Certificates: registered}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// R37, R49, RFC 8705 §2 and §3: a certificate of the tenant's authority, or of
// the client's own, proves the client, and its tokens are good with it alone.
func TestCertificates_R49(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		authority, strangers := harness.NewAuthority(t, "Acme CA"), harness.NewAuthority(t, "Strangers")
		bank, other, forged, own := authority.Client("bank"), authority.Client("other"), strangers.Client("bank"), strangers.Client("own")
		d.Apply(t, fmt.Sprintf(documents, authority.PEM(), set(t, own)))
		d.ServeTLS(t, authority)
		d.Set("GATEHOUSE_TLS_CLIENT_CERTS", "request")
		server := d.Serve(t)
		token := func(client string, c ...tls.Certificate) answer {
			return post(t, authority.HTTPClient(c...), server.Base()+"/oauth2/token", nil, url.Values{"grant_type": {"client_credentials"}, "client_id": {client}})
		}
		for name, bad := range map[string]answer{
			"none": token("bank"), "another's": token("bank", other), "forged": token("bank", forged), "not registered": token("own", bank),
		} {
			if bad.status != 401 || bad.body["error"] != "invalid_client" || bad.body["access_token"] != nil {
				t.Errorf("%s: %d %v", name, bad.status, bad.body)
			}
		}
		for client, c := range map[string]tls.Certificate{"bank": bank, "own": own} {
			got := token(client, c)
			if got.status != 200 || got.body["token_type"] != "Bearer" {
				t.Fatalf("%s: %d %v", client, got.status, got.body)
			}
			text, _ := got.body["access_token"].(string)
			about := post(t, authority.HTTPClient(c), server.Base()+"/oauth2/introspect", nil, url.Values{"token": {text}, "client_id": {client}})
			cnf, _ := about.body["cnf"].(map[string]any)
			if active, _ := about.body["active"].(bool); !active || cnf["x5t#S256"] != thumbprint(c) {
				t.Errorf("%s: %v", client, about.body)
			}
		}
		_, metadata := server.Get(t, "/t/acme/.well-known/openid-configuration")
		for _, want := range []string{`"tls_client_certificate_bound_access_tokens":true`, `"tls_client_auth"`, `"self_signed_tls_client_auth"`} {
			if !strings.Contains(metadata, want) {
				t.Errorf("the metadata lacks %s", want)
			}
		}
		if strings.Contains(metadata, "mtls_endpoint_aliases") { // §5: no other endpoints ask for certificates
			t.Error("the metadata leads elsewhere")
		}
	})
}

const named = `
---
kind: Application
tenant: acme
name: %[1]s
spec:
  application_type: service
  client_id: %[1]s
  grant_types: [client_credentials]
  token_endpoint_auth_method: tls_client_auth
  tls_client_auth_san_%[1]s: %[2]q
  scope: reports
`

// RFC 8705 §2.1.2: whom a certificate may name, and when it is over.
func TestAlternativeNames_R37(t *testing.T) {
	d := harness.OnSQLite(t)
	authority := harness.NewAuthority(t, "Acme CA")
	text := fmt.Sprintf(documents, authority.PEM(), set(t, authority.Client("own")))
	names := map[string]string{"dns": "bank.example", "uri": "https://bank.example/client", "ip": "192.0.2.7", "email": "bank@example.com"}
	for kind, name := range names {
		text += fmt.Sprintf(named, kind, name)
	}
	d.Apply(t, text)
	d.ServeTLS(t, authority)
	d.Set("GATEHOUSE_TLS_CLIENT_CERTS", "request")
	server := d.Serve(t)
	with := func(dns, uri, ip, email string) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			u, err := url.Parse(uri)
			if err != nil {
				t.Fatal(err)
			}
			c.DNSNames, c.URIs, c.IPAddresses, c.EmailAddresses = []string{dns}, []*url.URL{u}, []net.IP{net.ParseIP(ip)}, []string{email}
		}
	}
	right := with(names["dns"], names["uri"], names["ip"], names["email"])
	over := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	forServers := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }
	good := authority.Client("x", right)
	for name, bad := range map[string]tls.Certificate{
		"": good, "others": authority.Client("x", with("evil.example", "https://evil.example/", "192.0.2.8", "eve@example.com")),
		"none": authority.Client("x"), "over": authority.Client("x", right, over), "for servers": authority.Client("x", right, forServers),
	} {
		for kind := range names {
			got := post(t, authority.HTTPClient(bad), server.Base()+"/oauth2/token", nil, url.Values{"grant_type": {"client_credentials"}, "client_id": {kind}})
			if want := map[bool]int{true: 200, false: 401}[name == ""]; got.status != want || want == 401 && got.body["error"] != "invalid_client" {
				t.Errorf("%s, %s: %d %v", kind, name, got.status, got.body)
			}
		}
	}
}

// L40: a proxy's header is believed from the proxy alone, and one that cannot be
// read opens nothing.
func TestCertificatesOfAProxy_L40(t *testing.T) {
	d := harness.OnSQLite(t)
	authority, strangers := harness.NewAuthority(t, "Acme CA"), harness.NewAuthority(t, "Strangers")
	bank := authority.Client("bank")
	d.Apply(t, fmt.Sprintf(documents, authority.PEM(), set(t, strangers.Client("own"))))
	d.Set("GATEHOUSE_TLS_CLIENT_CERTS", "header:Client-Cert")
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"bank"}}
	header := func(text string) http.Header { return http.Header{"Client-Cert": {text}} }
	escaped := url.PathEscape(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: bank.Certificate[0]})))
	standard := ":" + base64.StdEncoding.EncodeToString(bank.Certificate[0]) + ":"

	d.Set("GATEHOUSE_TRUSTED_PROXIES", "192.0.2.1/32")
	server := d.Serve(t)
	if a := post(t, http.DefaultClient, server.Base()+"/oauth2/token", header(standard), form); a.status != 401 {
		t.Errorf("from anybody: %d %v", a.status, a.body)
	}
	server.Stop()
	d.Set("GATEHOUSE_TRUSTED_PROXIES", "127.0.0.0/8")
	server = d.Serve(t)
	for name, test := range map[string]struct {
		text   string
		status int
	}{"RFC 9440": {standard, 200}, "escaped PEM": {escaped, 200}, "none": {"", 401}, "broken": {":AAAA:", 400}, "no certificate": {"yes", 400}} {
		a := post(t, http.DefaultClient, server.Base()+"/oauth2/token", header(test.text), form)
		if a.status != test.status || test.status != 200 && a.body["access_token"] != nil {
			t.Errorf("%s: %d %v", name, a.status, a.body)
		}
	}
}

// FAPI 2.0 Security Profile §5.2, RFC 9325 §4.2: what a connection is encrypted
// with.
func TestCiphers(t *testing.T) {
	d := harness.OnSQLite(t)
	authority := harness.NewAuthority(t, "Acme CA")
	d.ServeTLS(t, authority)
	base, err := url.Parse(d.Serve(t).Base())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority.Certificate)
	dial := func(c *tls.Config) (*tls.Conn, error) {
		c.RootCAs = roots
		conn, err := (&tls.Dialer{Config: c}).DialContext(t.Context(), "tcp", base.Host)
		if err != nil {
			return nil, err
		}
		t.Cleanup(func() { _ = conn.Close() })
		made, _ := conn.(*tls.Conn)
		return made, nil
	}
	if c, err := dial(&tls.Config{MinVersion: tls.VersionTLS10}); err != nil || c.ConnectionState().Version != tls.VersionTLS13 {
		t.Errorf("not the newest: %v", err)
	}
	if _, err := dial(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1")
	}
	// The server's key is of a curve.
	good := []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if !slices.Contains(suite.SupportedVersions, tls.VersionTLS12) {
			continue
		}
		_, err := dial(&tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite.ID}})
		if (err == nil) != slices.Contains(good, suite.ID) {
			t.Errorf("%s: %v", suite.Name, err)
		}
	}
}
