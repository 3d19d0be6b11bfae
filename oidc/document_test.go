package oidc_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// publisher serves metadata documents by https.
type publisher struct {
	*httptest.Server
	document map[string]any
	served   int
	gone     bool
}

func (h *house) publisher() *publisher {
	p := &publisher{}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.served++
		if p.gone {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "public, max-age=600")
		_ = json.NewEncoder(w).Encode(p.document)
	}))
	h.t.Cleanup(p.Close)
	h.roots.AddCert(p.Certificate())
	p.describe(nil)
	return p
}

func (p *publisher) id() string { return p.URL + "/client" }

func (p *publisher) describe(set map[string]any) {
	p.document = map[string]any{"client_id": p.id(), "client_name": "Agent", "redirect_uris": []string{"https://rp.example/cb"}}
	for name, value := range set {
		p.document[name] = value
	}
}

func (p *publisher) app() *registered {
	return &registered{&models.Application{ClientID: p.id(), AuthMethod: models.AuthNone}, ""}
}

// OAuth Client ID Metadata Document: a client nobody registered signs a user in,
// who learns whose it is; its document is believed for a while, and an old one
// for a day.
func TestClientDocument(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		p := h.publisher()
		h.refusedOwn(h.authorizeURL(p.app()), "oauth.client_unknown")
		if p.served != 0 {
			t.Error("fetched although the tenant does not allow it")
		}
		h.row.Settings.V.ClientIDDocuments = true
		asked := h.consent(h.authorizeURL(p.app()))
		view, _ := h.provider.Consent(h.operator(), h.at(), asked, h.ownBrowser())
		if host, _ := url.Parse(p.URL); view == nil || view.Identity != host.Hostname() || view.Verified || view.ApplicationName != "Agent" {
			t.Errorf("%+v", view)
		}
		answer := h.decide(asked, "allow")
		h.exchange(p.app(), answer.Get("code"), nil).expect(t, 200, "")
		h.signedIn(h.bring(p.app(), h.push(p.app())))
		if p.served != 1 {
			t.Errorf("fetched %d times", p.served)
		}
		p.describe(map[string]any{"client_name": "Agent 2", "redirect_uris": []string{"https://other.example/cb"}})
		h.clock.add(11 * time.Minute)
		h.refusedOwn(h.authorizeURL(p.app()), "oauth.redirect_uri")
		p.gone = true
		h.clock.add(25 * time.Hour)
		h.refusedOwn(h.authorizeURL(p.app(), "redirect_uri", "https://other.example/cb"), "oauth.client_document")
		h.row.Settings.V.ClientIDDocuments = false
		h.refusedOwn(h.authorizeURL(p.app()), "oauth.client_unknown")
	})
}

// An old document serves while no new one can be had.
func TestClientDocumentOutlivesItsServer(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	h.row.Settings.V.ClientIDDocuments = true
	p := h.publisher()
	h.decide(h.consent(h.authorizeURL(p.app())), "allow")
	p.gone = true
	h.clock.add(2 * time.Hour)
	h.signedIn(h.authorizeURL(p.app()))
}

// What a document must be like, and an address.
func TestClientDocumentRefused(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	h.row.Settings.V.ClientIDDocuments = true
	p := h.publisher()
	for name, set := range map[string]map[string]any{
		"another address": {"client_id": p.URL + "/other"},
		"a secret":        {"token_endpoint_auth_method": "client_secret_basic"},
		"its own secret":  {"client_secret": "chosen"},
		"no redirect URI": {"redirect_uris": []string{}},
		"a grant":         {"grant_types": []string{"client_credentials"}},
		"keys missing":    {"token_endpoint_auth_method": "private_key_jwt"},
		"a sector":        {"subject_type": "pairwise", "sector_identifier_uri": p.URL + "/client"},
	} {
		t.Run(name, func(*testing.T) {
			p.describe(set)
			h.refusedOwn(h.authorizeURL(p.app()), "oauth.client_document")
		})
	}
	p.describe(nil)
	before := p.served
	for _, id := range []string{
		p.URL, p.URL + "/a/../client", p.URL + "/client#x", strings.Replace(p.URL, "https://", "https://ada@", 1) + "/client",
		"http" + strings.TrimPrefix(p.id(), "https"), p.URL + "/" + strings.Repeat("a", 300),
	} {
		app := p.app()
		app.ClientID = id
		answer := h.browse(http.MethodGet, h.authorizeURL(app), nil)
		var refusal oidc.Refusal
		if err := json.Unmarshal([]byte(answer.raw), &refusal); err != nil || refusal.Code != "oauth.client_unknown" {
			t.Errorf("%s: %s", id, answer.raw)
		}
	}
	if p.served != before {
		t.Error("an address was called that is none")
	}
}
