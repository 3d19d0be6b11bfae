package clientauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/identity/applications"
	"gatehouse/identity/replays"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// AssertionType is the client_assertion_type of JWTs (RFC 7523 §2.2).
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// How far from now an assertion may be made and end (R38).
const (
	maxAssertionLife     = time.Hour
	maxAssertionLifeFAPI = 5 * time.Minute
	maxAhead             = 60 * time.Second
	maxAssertion         = 16 << 10
	maxJTI               = 1024
)

var errAssertion = errors.New("clientauth: the assertion does not hold")

// statement is what an assertion says (RFC 7523 §3).
type statement struct {
	Issuer    string          `json:"iss"`
	Subject   string          `json:"sub"`
	Audience  json.RawMessage `json:"aud"`
	ID        string          `json:"jti"`
	Expires   *float64        `json:"exp"`
	Issued    *float64        `json:"iat"`
	NotBefore *float64        `json:"nbf"`
}

// assertion reads who an assertion says it is from, which nothing proves yet.
// The algorithm tells the two methods apart.
func assertion(authorization string, form strict.Values) (Presented, *reason.Error) {
	p := Presented{Method: models.AuthPrivateKeyJWT, ClientID: form.Get("client_id"), Assertion: form.Get("client_assertion")}
	if authorization != "" || form.Has("client_secret") {
		return p, reason.New(reason.OAuthRequestInvalid).On("client_assertion", reason.InputInvalid, "")
	}
	if form.Get("client_assertion_type") != AssertionType || p.Assertion == "" || len(p.Assertion) > maxAssertion {
		return p, reason.New(reason.OAuthClientAuth).On("client_assertion", reason.InputFormat, "")
	}
	var head struct {
		Alg string `json:"alg"`
	}
	var said statement
	parts := strings.Split(p.Assertion, ".")
	if len(parts) != 3 || !decode(parts[0], &head) || !decode(parts[1], &said) || said.Subject == "" {
		return p, reason.New(reason.OAuthClientAuth).On("client_assertion", reason.InputFormat, "")
	}
	if p.ClientID != "" && p.ClientID != said.Subject {
		return p, reason.New(reason.OAuthClientAuth).On("client_id", reason.InputInvalid, "")
	}
	if strings.HasPrefix(head.Alg, "HS") {
		p.Method = models.AuthSecretJWT
	}
	p.ClientID = said.Subject
	return shaped(p)
}

func decode(part string, into any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(raw, into) == nil
}

// checkAssertion proves the application by its assertion: signature, speakers,
// audience, time, and that it was not used before (R38, L21, L22).
func (a *Authenticator) checkAssertion(ctx context.Context, t store.Tenant, app *models.Application, p Presented) error {
	payload, err := a.verify(ctx, t, app, p)
	if err != nil {
		return refused(err)
	}
	var said statement
	if err := json.Unmarshal(payload, &said); err != nil {
		return refused(err)
	}
	until, ok := a.holds(app, said, p)
	if !ok {
		return refused(errAssertion)
	}
	first, err := a.Replays.First(ctx, t, replays.ClientAssertion, until, app.ID, said.ID)
	if err == nil && !first {
		return refused(errAssertion)
	}
	return err
}

// refused tells a faulty assertion from a fault of ours.
func refused(err error) error {
	var e *reason.Error
	if errors.As(err, &e) && e.Meaning().Kind == reason.Internal {
		return e
	}
	return reason.Wrap(reason.OAuthClientAuth, err).On("client_assertion", reason.InputInvalid, "")
}

// holds judges what the assertion says, and until when.
func (a *Authenticator) holds(app *models.Application, said statement, p Presented) (time.Time, bool) {
	if said.Issuer != app.ClientID || said.Subject != app.ClientID || said.ID == "" || len(said.ID) > maxJTI || said.Expires == nil {
		return time.Time{}, false
	}
	now, most := a.Now(), maxAssertionLife
	if app.Options.V.FAPI() {
		most = maxAssertionLifeFAPI
	}
	until := moment(*said.Expires)
	for _, ahead := range []*float64{said.Issued, said.NotBefore} {
		if ahead != nil && moment(*ahead).Sub(now) > maxAhead {
			return until, false
		}
	}
	return until, now.Before(until) && until.Sub(now) <= most && forUs(said.Audience, p.Issuer, app.Options.V.FAPI())
}

func moment(seconds float64) time.Time { return time.UnixMilli(int64(seconds * 1000)) }

// forUs: the issuer, as one string (R38). Clients outside the FAPI profile may
// name the endpoint that they call, and several audiences, as older ones do
// (OpenID Connect Core §9).
func forUs(audience json.RawMessage, issuer string, fapi bool) bool {
	var one string
	if json.Unmarshal(audience, &one) == nil {
		return one == issuer || !fapi && endpointOf(issuer, one)
	}
	var several []string
	if fapi || json.Unmarshal(audience, &several) != nil {
		return false
	}
	return slices.ContainsFunc(several, func(s string) bool { return s == issuer || endpointOf(issuer, s) })
}

// endpointOf reports whether a URL is one at which clients prove themselves.
func endpointOf(issuer, url string) bool {
	path, ours := strings.CutPrefix(url, issuer+"/oauth2/")
	return ours && slices.Contains([]string{"token", "par", "introspect", "revoke", "bc-authorize", "device_authorization"}, path)
}

// verify checks the signature with the algorithm that the method and the
// application's registration allow, never with one that only the token names.
func (a *Authenticator) verify(ctx context.Context, t store.Tenant, app *models.Application, p Presented) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(p.Assertion, algorithms(app))
	if err != nil {
		return nil, errors.Join(errAssertion, err)
	}
	header := signed.Signatures[0].Protected
	for _, name := range []jose.HeaderKey{"jwk", "jku", "x5u", "x5c", "crit"} { // L66
		if _, has := header.ExtraHeaders[name]; has || header.JSONWebKey != nil {
			return nil, errAssertion
		}
	}
	if typ, _ := header.ExtraHeaders[jose.HeaderType].(string); !applications.OfType(typ, "", "jwt", "client-authentication+jwt") {
		return nil, errAssertion // signed for another end, such as a request object, which passes through browsers
	}
	keys, err := a.keys(ctx, t, app, header.KeyID)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if payload, err := signed.Verify(key); err == nil {
			return payload, nil
		}
	}
	return nil, errAssertion
}

// keys are those that may have signed: the application's own, or its secrets.
func (a *Authenticator) keys(ctx context.Context, t store.Tenant, app *models.Application, kid string) ([]any, error) {
	var keys []any
	if app.AuthMethod == models.AuthSecretJWT {
		texts, err := a.Applications.SecretTexts(ctx, t, app)
		for _, text := range texts {
			keys = append(keys, []byte(text.Reveal()))
		}
		return keys, err
	}
	set, err := a.Applications.KeySet(ctx, app, kid)
	if err != nil {
		return nil, err
	}
	for i := range set.Keys {
		if key := &set.Keys[i]; key.Use != "enc" && (kid == "" || key.KeyID == kid) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// algorithms are those that the application's assertions may be signed with.
func algorithms(app *models.Application) []jose.SignatureAlgorithm {
	all := []jose.SignatureAlgorithm{jose.ES256, jose.PS256, jose.EdDSA, jose.RS256}
	switch {
	case app.AuthMethod == models.AuthSecretJWT:
		all = []jose.SignatureAlgorithm{jose.HS256, jose.HS384, jose.HS512}
	case app.Options.V.FAPI():
		all = all[:3]
	}
	if only := jose.SignatureAlgorithm(app.Options.V.AuthSigningAlg); only != "" {
		if !slices.Contains(all, only) {
			return []jose.SignatureAlgorithm{}
		}
		return []jose.SignatureAlgorithm{only}
	}
	return all
}

// Algorithms are those that assertions can be signed with, for metadata.
func Algorithms() []string {
	return []string{"ES256", "PS256", "EdDSA", "RS256", "HS256", "HS384", "HS512"}
}
