package applications

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"gatehouse/identity/keys"
	"gatehouse/models"
	"gatehouse/reason"
)

// checkCertificate: who proves himself by a certificate registers whom it names,
// in one way, or the certificate itself (RFC 8705 §2.1.2 and §2.2.2).
func (m Metadata) checkCertificate(e *reason.Error) {
	o := m.Options
	subjects := 0
	for _, s := range []string{o.TLSSubjectDN, o.TLSSanDNS, o.TLSSanURI, o.TLSSanIP, o.TLSSanEmail} {
		if s != "" {
			subjects++
		}
		if len(s) > maxSubject {
			e.On("tls_client_auth_subject_dn", reason.InputTooLong, "500")
		}
	}
	switch {
	case subjects > 1, m.AuthMethod == models.AuthTLS && subjects == 0:
		e.On("tls_client_auth_subject_dn", reason.InputInvalid, "tls_client_auth_*: 1")
	case o.TLSSanIP != "" && net.ParseIP(o.TLSSanIP) == nil:
		e.On("tls_client_auth_san_ip", reason.InputFormat, "192.0.2.7")
	case m.AuthMethod == models.AuthSelfSignedTLS && len(o.JWKS) == 0 && o.JWKSURI == "":
		e.On("jwks_uri", reason.InputRequired, m.AuthMethod)
	}
}

const maxSubject = 500

// checkFAPI holds an application to what its profile forbids (FAPI 2.0 Security
// Profile §5.3.2, §5.4.1, R49). What is a matter of each request is judged
// there.
func (m Metadata) checkFAPI(e *reason.Error, t models.ApplicationType) {
	if !m.Options.FAPI() {
		return
	}
	if !asymmetric(m.AuthMethod) {
		e.On("token_endpoint_auth_method", reason.InputInvalid, "private_key_jwt, tls_client_auth, self_signed_tls_client_auth")
	}
	for _, grant := range []string{models.GrantImplicit, models.GrantPassword} {
		if slices.Contains(m.GrantTypes, grant) {
			e.On("grant_types", reason.InputInvalid, grant)
		}
	}
	if m.IDTokenAlg == keys.RS256 {
		e.On("id_token_signed_response_alg", reason.InputInvalid, "ES256, PS256")
	}
	m.checkFAPISignatures(e)
	for i, uri := range m.RedirectURIs { // §5.3.2.2: http is for native applications on the user's own machine
		if u, err := url.Parse(uri); err == nil && u.Scheme == "http" && t != models.TypeNative {
			e.On(pointer("redirect_uris", i), reason.InputFormat, "https://app.example.com/callback")
		}
	}
}

// checkFAPISignatures: an application that may sign with one algorithm alone,
// and that one is forbidden, could never prove anything (§5.4.1).
func (m Metadata) checkFAPISignatures(e *reason.Error) {
	o := m.Options
	for name, alg := range map[string]string{
		"token_endpoint_auth_signing_alg": o.AuthSigningAlg, "request_object_signing_alg": o.RequestObjectSigningAlg,
		"backchannel_authentication_request_signing_alg": o.CIBARequestSigningAlg,
	} {
		if alg != "" && !slices.Contains(FAPIAlgorithms(), alg) {
			e.On(name, reason.InputInvalid, strings.Join(FAPIAlgorithms(), ", "))
		}
	}
}
