package web

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/netip"
	"net/url"
	"strings"

	"gatehouse/reason"
)

// ClientCertificates is where client certificates come from.
type ClientCertificates struct {
	// TLS tells that our own listener asks for them.
	TLS bool
	// Header is that in which a trusted proxy hands them over; empty: none does.
	Header string
}

// On reports whether there can be any.
func (c ClientCertificates) On() bool { return c.TLS || c.Header != "" }

// The header of RFC 9440, which comes with another for the rest of the chain.
const (
	headerCert  = "Client-Cert"
	headerChain = "Client-Cert-Chain"
)

// maxCertificate bounds what a proxy hands over, in bytes.
const maxCertificate = 12 << 10

var errCertificate = errors.New("web: no client certificate can be read from the header")

// Certificates are the client's certificate and what was sent to verify it, the
// client's own first; nil: there is none. Who handed it over has seen that the
// client holds its key; whose it is, nobody has judged. A header is believed
// from trusted proxies alone, and one that cannot be read refuses the request
// (L40): reason.RequestMalformed.
func (r *Request) Certificates() ([]*x509.Certificate, error) {
	c := r.app.ClientCertificates
	switch {
	case c.TLS:
		if state := r.c.Context().TLSConnectionState(); state != nil {
			return state.PeerCertificates, nil
		}
	case c.Header != "" && r.proxied():
		found, err := handedOver(r.Headers(c.Header), r.Headers(headerChain), strings.EqualFold(c.Header, headerCert))
		if err != nil {
			return nil, reason.Wrap(reason.RequestMalformed, err)
		}
		return found, nil
	}
	return nil, nil
}

// proxied reports whether the connection is that of a trusted proxy.
func (r *Request) proxied() bool {
	peer, ok := netip.AddrFromSlice(r.c.Context().RemoteIP())
	return ok && contains(r.app.TrustedProxies, peer.Unmap())
}

// handedOver reads the certificate of a header: an RFC 9440 byte sequence, with
// the chain beside it, or PEM with its special characters escaped, as nginx
// sends it.
func handedOver(lines, chain []string, standard bool) ([]*x509.Certificate, error) {
	if len(lines) == 0 || len(lines) == 1 && lines[0] == "" {
		return nil, nil
	}
	if len(lines) > 1 || len(lines[0]) > maxCertificate {
		return nil, errCertificate
	}
	own, err := certificate(lines[0])
	if err != nil || !standard {
		return own, err
	}
	for _, line := range chain {
		for _, one := range strings.Split(line, ",") {
			more, err := certificate(strings.TrimSpace(one))
			if err != nil || len(own) > maxChain {
				return nil, errors.Join(errCertificate, err)
			}
			own = append(own, more...)
		}
	}
	return own, nil
}

// maxChain is how many certificates may come along.
const maxChain = 8

func certificate(text string) ([]*x509.Certificate, error) {
	if encoded, ok := strings.CutPrefix(text, ":"); ok { // RFC 8941 §3.3.5
		der, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(encoded, ":"))
		if err != nil {
			return nil, errors.Join(errCertificate, err)
		}
		return x509.ParseCertificates(der)
	}
	plain, err := url.PathUnescape(text)
	if err != nil {
		return nil, errors.Join(errCertificate, err)
	}
	block, _ := pem.Decode([]byte(plain))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errCertificate
	}
	return x509.ParseCertificates(block.Bytes)
}
