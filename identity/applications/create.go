package applications

import (
	"context"
	"regexp"
	"strings"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// New is an application to be.
type New struct {
	Metadata
	Type     models.ApplicationType
	Name     string // in configuration files; empty: made from the display name
	ClientID string // empty: a random one
	// Choices are the options that are an application's to choose when it
	// registers itself; the others stay as they are.
	Choices []string
	// Secret is an operator's own client secret; empty: a random one for
	// applications that need any.
	Secret string
}

// Create registers an application and returns its secret, which is never shown
// again; a public application has none. It returns reason.InputInvalid, or
// reason.InputTaken.
func (g *Registry) Create(ctx context.Context, w store.Writer, n New) (*models.Application, string, error) {
	if err := access.Require(ctx, w.ID(), access.ApplicationsWrite); err != nil {
		return nil, "", err
	}
	a, err := g.build(n)
	if err != nil {
		return nil, "", err
	}
	var text string
	err = w.Write(ctx, func(tx *store.Tx) error {
		a.TenantID = tx.ID()
		if err := insert(ctx, tx, a); err != nil {
			if store.Taken(err) {
				return g.whichTaken(ctx, w, a)
			}
			return err
		}
		if err := g.record(ctx, tx, audit.ApplicationCreated, a, audit.Event{
			Details: map[string]any{"type": a.Type}, After: facts(a),
		}); err != nil || !a.KeepsSecret() {
			return err
		}
		_, text, err = g.addSecret(ctx, tx, a, n.Secret, 0)
		return err
	})
	return a, text, err
}

func (g *Registry) build(n New) (*models.Application, error) {
	template, ok := TemplateOf(n.Type)
	if !ok {
		return nil, reason.New(reason.InputInvalid).On("application_type", reason.InputUnknown, "web, spa, native, service, device")
	}
	n.Metadata = template.over(n.Metadata)
	if n.ClientID == "" {
		n.ClientID = NewClientID()
	}
	if n.Name == "" {
		n.Name = slug(n.DisplayName, n.ClientID)
	}
	if n.DisplayName = strings.TrimSpace(n.DisplayName); n.DisplayName == "" {
		n.DisplayName = n.Name
	}
	switch {
	case !clientIDForm.MatchString(n.ClientID):
		return nil, reason.New(reason.InputInvalid).On("client_id", reason.InputFormat, "A-Z a-z 0-9 . _ ~ -")
	case !nameForm.MatchString(n.Name):
		return nil, reason.New(reason.InputInvalid).On("name", reason.InputFormat, "a-z 0-9 . _ -")
	}
	if err := n.check(n.Type); err != nil {
		return nil, err
	}
	now := models.At(g.now())
	a := &models.Application{
		ID: store.NewID(), Name: n.Name, ClientID: n.ClientID, Type: n.Type, Status: models.ApplicationActive,
		Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	n.onto(a)
	return a, nil
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// slug makes a name of what people call the application.
func slug(displayName, clientID string) string {
	s := strings.Trim(notSlug.ReplaceAllString(strings.ToLower(displayName), "-"), "-")
	if s == "" {
		s = strings.Trim(notSlug.ReplaceAllString(strings.ToLower(clientID), "-"), "-")
	}
	return strings.TrimRight(s[:min(len(s), 48)], "-")
}

// onto writes the metadata into an application.
func (m Metadata) onto(a *models.Application) {
	a.DisplayName, a.ClientURI, a.AuthMethod = m.DisplayName, m.ClientURI, m.AuthMethod
	a.Scope = strings.Join(strings.Fields(m.Scope), " ")
	a.RedirectURIs = models.AsJSON(listed(m.RedirectURIs))
	a.PostLogoutRedirectURIs = models.AsJSON(listed(m.PostLogoutRedirectURIs))
	a.GrantTypes, a.ResponseTypes = models.AsJSON(listed(m.GrantTypes)), models.AsJSON(listed(m.ResponseTypes))
	a.AllowedOrigins = models.AsJSON(listed(m.AllowedOrigins))
	a.FirstParty, a.IDTokenAlg, a.AccessTokenSeconds = m.FirstParty, m.IDTokenAlg, m.AccessTokenSeconds
	a.RequirePKCE = m.RequirePKCE == nil || *m.RequirePKCE
	a.Options = models.AsJSON(m.Options)
}

// listed is never nil, so that columns and answers hold lists.
func listed(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// MetadataOf is what an application was registered with.
func MetadataOf(a *models.Application) Metadata {
	pkce := a.RequirePKCE
	return Metadata{
		DisplayName: a.DisplayName, ClientURI: a.ClientURI, RedirectURIs: a.RedirectURIs.V,
		PostLogoutRedirectURIs: a.PostLogoutRedirectURIs.V, GrantTypes: a.GrantTypes.V, ResponseTypes: a.ResponseTypes.V,
		AuthMethod: a.AuthMethod, Scope: a.Scope, FirstParty: a.FirstParty, RequirePKCE: &pkce, IDTokenAlg: a.IDTokenAlg,
		AllowedOrigins: a.AllowedOrigins.V, AccessTokenSeconds: a.AccessTokenSeconds, Options: a.Options.V,
	}
}

// whichTaken tells which of the two unique names is in use. It asks outside
// the transaction, which the failed insert has spoilt.
func (g *Registry) whichTaken(ctx context.Context, r store.Reader, a *models.Application) error {
	field := "name"
	if _, in := r.(*store.Tx); !in {
		if _, err := find(ctx, r, map[string]any{"client_id": a.ClientID}); err == nil {
			field = "client_id"
		}
	}
	return reason.New(reason.InputTaken).On(field, reason.InputTaken, "")
}

// facts are what an event compares of an application.
func facts(a *models.Application) map[string]any {
	all := map[string]any{
		"name": a.Name, "client_name": a.DisplayName, "status": a.Status, "client_uri": a.ClientURI,
		"redirect_uris": a.RedirectURIs.V, "post_logout_redirect_uris": a.PostLogoutRedirectURIs.V,
		"grant_types": a.GrantTypes.V, "response_types": a.ResponseTypes.V,
		"token_endpoint_auth_method": a.AuthMethod, "scope": a.Scope, "first_party": a.FirstParty,
		"require_pkce": a.RequirePKCE, "id_token_signed_response_alg": a.IDTokenAlg,
		"allowed_origins": a.AllowedOrigins.V, "access_token_seconds": a.AccessTokenSeconds,
	}
	for _, option := range a.Options.V.Chosen() {
		all[option.Name] = option.Value
	}
	return all
}

// Preview is what an application would become with this metadata, without
// changing it. It returns reason.InputInvalid.
func Preview(a *models.Application, m Metadata) (*models.Application, error) {
	template, _ := TemplateOf(a.Type)
	m = template.over(m)
	if err := m.check(a.Type); err != nil {
		return nil, err
	}
	after := *a
	m.onto(&after)
	return &after, nil
}
