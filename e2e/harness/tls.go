package harness

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority makes certificates.
type Authority struct {
	Certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	t           testing.TB
}

// NewAuthority makes an authority that nobody knows yet.
func NewAuthority(t testing.TB, name string) *Authority {
	t.Helper()
	a := &Authority{t: t}
	a.key = newKey(t)
	template := about(name)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	a.Certificate = a.make(template, template, &a.key.PublicKey)
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func about(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name, Organization: []string{"Acme"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
}

func (a *Authority) make(template, parent *x509.Certificate, key *ecdsa.PublicKey) *x509.Certificate {
	a.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return made
}

// Server makes a certificate for localhost, and one for a client with Client.
func (a *Authority) Server() tls.Certificate {
	template := about("localhost")
	template.DNSNames, template.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	return a.pair(template)
}

// Client makes a certificate for a client of that common name, changed as told.
func (a *Authority) Client(name string, changes ...func(*x509.Certificate)) tls.Certificate {
	template := about(name)
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	for _, change := range changes {
		change(template)
	}
	return a.pair(template)
}

func (a *Authority) pair(template *x509.Certificate) tls.Certificate {
	a.t.Helper()
	key := newKey(a.t)
	made := a.make(template, a.Certificate, &key.PublicKey)
	return tls.Certificate{Certificate: [][]byte{made.Raw}, PrivateKey: key, Leaf: made}
}

// PEM is the authority's own certificate.
func (a *Authority) PEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw}))
}

// HTTPClient trusts the authority and shows these certificates; it keeps no
// connection, so that none is shown for another.
func (a *Authority) HTTPClient(own ...tls.Certificate) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(a.Certificate)
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: own, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
	}}
}

// ServeTLS has the deployment's servers speak https, with a certificate of the
// authority.
func (d *Deployment) ServeTLS(t testing.TB, a *Authority) {
	t.Helper()
	pair := a.Server()
	key, err := x509.MarshalECPrivateKey(pair.PrivateKey.(*ecdsa.PrivateKey)) //nolint:forcetypeassert // we made it
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"CERT": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, "KEY": {Type: "EC PRIVATE KEY", Bytes: key}} {
		file := filepath.Join(t.TempDir(), name+".pem")
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		d.Set("GATEHOUSE_TLS_"+name+"_FILE", file)
	}
	d.trusts = a.HTTPClient()
}
