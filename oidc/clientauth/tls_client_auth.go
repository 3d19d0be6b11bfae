package clientauth

import (
	"crypto/x509"
	"net"
	"slices"
	"strings"
	"time"

	"gatehouse/models"
)

// authorized proves tls_client_auth (RFC 8705 §2.1): the certificate leads to an
// authority that the tenant believes, and names the subject that the application
// registered.
func authorized(app *models.Application, p Presented, now time.Time) bool {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(p.Authorities)) {
		return false
	}
	between := x509.NewCertPool()
	for _, c := range p.Certificates[1:] {
		between.AddCert(c)
	}
	_, err := p.Certificates[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err == nil && names(p.Certificates[0], app.Options.V)
}

// names reports whether the certificate is for the one subject that is
// registered (RFC 8705 §2.1.2).
func names(c *x509.Certificate, o models.ClientOptions) bool {
	switch {
	case o.TLSSubjectDN != "":
		return sameName(c.Subject.String(), o.TLSSubjectDN)
	case o.TLSSanDNS != "":
		return slices.ContainsFunc(c.DNSNames, func(name string) bool { return strings.EqualFold(name, o.TLSSanDNS) })
	case o.TLSSanURI != "":
		for _, u := range c.URIs {
			if u.String() == o.TLSSanURI {
				return true
			}
		}
	case o.TLSSanIP != "":
		return slices.ContainsFunc(c.IPAddresses, func(ip net.IP) bool { return ip.Equal(net.ParseIP(o.TLSSanIP)) })
	case o.TLSSanEmail != "":
		return slices.Contains(c.EmailAddresses, o.TLSSanEmail)
	}
	return false
}

// sameName compares two distinguished names as RFC 4514 writes them, whatever
// the case of their attributes' names and the spaces between them.
func sameName(a, b string) bool { return slices.Equal(relativeNames(a), relativeNames(b)) }

// relativeNames are the parts of a name.
func relativeNames(dn string) []string {
	var parts []string
	var part strings.Builder
	end := func() {
		kind, value, _ := strings.Cut(strings.TrimSpace(part.String()), "=")
		parts = append(parts, strings.ToUpper(strings.TrimSpace(kind))+"="+strings.TrimSpace(value))
		part.Reset()
	}
	escaped := false
	for _, c := range dn {
		if c == ',' && !escaped {
			end()
			continue
		}
		escaped = c == '\\' && !escaped
		part.WriteRune(c)
	}
	end()
	return parts
}
