package oidc_test

import (
	"slices"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/identity/applications"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store/storetest"
)

// R49: what FAPI 2.0 forbids is refused when the application is made, and the
// scorecard counts what the profile enforces by itself.
func TestProfileForbids_R49(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	key := asMap(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{ecPair(t, "one").public}})
	made := func(id string, kind models.ApplicationType, set func(*applications.Metadata)) (*models.Application, error) {
		m := applications.Metadata{
			DisplayName: id, AuthMethod: models.AuthPrivateKeyJWT, IDTokenAlg: "PS256", RedirectURIs: []string{"https://rp.example/cb"},
			Options: models.ClientOptions{SecurityProfile: models.ProfileFAPI2Messages, JWKS: key},
		}
		set(&m)
		app, _, err := h.apps.Create(h.operator(), h.tenant, applications.New{Type: kind, ClientID: id, Metadata: m})
		return app, err
	}
	for field, set := range map[string]func(*applications.Metadata){
		"redirect_uris/1":                                func(m *applications.Metadata) { m.RedirectURIs = append(m.RedirectURIs, "http://localhost/cb") },
		"token_endpoint_auth_signing_alg":                func(m *applications.Metadata) { m.Options.AuthSigningAlg = "RS256" },
		"request_object_signing_alg":                     func(m *applications.Metadata) { m.Options.RequestObjectSigningAlg = "RS256" },
		"backchannel_authentication_request_signing_alg": func(m *applications.Metadata) { m.Options.CIBARequestSigningAlg = "RS256" },
		"grant_types": func(m *applications.Metadata) {
			m.GrantTypes = []string{models.GrantAuthorizationCode, models.GrantPassword}
		},
	} {
		_, err := made("bad", models.TypeWeb, set)
		if e := reason.From(err); err == nil || len(e.Fields) != 1 || e.Fields[0].Pointer != field {
			t.Errorf("%s: %v %+v", field, err, e)
		}
	}
	if _, err := made("native", models.TypeNative, func(m *applications.Metadata) { m.RedirectURIs = []string{"http://127.0.0.1/cb"} }); err != nil {
		t.Errorf("a native application on its own machine: %v", err)
	}
	no := false
	app, err := made("good", models.TypeWeb, func(m *applications.Metadata) { m.RequirePKCE = &no })
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, f := range applications.Scorecard(app) {
		rules = append(rules, f.Rule)
		if f.Must && !f.Met {
			t.Errorf("%s is not met", f.Rule)
		}
	}
	for _, want := range []string{"pkce", "keys", "bound", "pushed", "signed", "alg"} {
		if !slices.Contains(rules, want) {
			t.Errorf("the scorecard lacks %s: %v", want, rules)
		}
	}
}

// R49, FAPI 2.0 Security Profile §5.4.1: an answer about a token that RS256 would
// sign is signed by PS256.
func TestNoRS256InIntrospection_R49(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	b := h.bank("bank", models.ClientOptions{SecurityProfile: models.ProfileFAPI2Messages})
	got := h.inspected(b.registered, "nonsense", signedType, b.assertion())
	if _, err := jose.ParseSignedCompact(got.raw, []jose.SignatureAlgorithm{jose.PS256}); err != nil {
		t.Errorf("%d %s: %v", got.status, got.raw, err)
	}
}
