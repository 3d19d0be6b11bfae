package manifest

import (
	"context"
	"fmt"
	"time"

	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// applicationSpec is the spec of kind Application, by the names of RFC 7591 §2.
// What is left out takes the default of the application's type.
type applicationSpec struct {
	Type                   string   `yaml:"application_type,omitempty"`
	ClientID               string   `yaml:"client_id,omitempty"`
	ClientSecret           string   `yaml:"client_secret,omitempty"`
	ClientName             string   `yaml:"client_name,omitempty"`
	ClientURI              string   `yaml:"client_uri,omitempty"`
	RedirectURIs           words    `yaml:"redirect_uris,omitempty"`
	PostLogoutRedirectURIs words    `yaml:"post_logout_redirect_uris,omitempty"`
	GrantTypes             []string `yaml:"grant_types,omitempty"`
	ResponseTypes          []string `yaml:"response_types,omitempty"`
	AuthMethod             string   `yaml:"token_endpoint_auth_method,omitempty"`
	Scope                  string   `yaml:"scope,omitempty"`
	FirstParty             bool     `yaml:"first_party,omitempty"`
	RequirePKCE            *bool    `yaml:"require_pkce,omitempty"`
	IDTokenAlg             string   `yaml:"id_token_signed_response_alg,omitempty"`
	AllowedOrigins         words    `yaml:"allowed_origins,omitempty"`
	AccessTokenSeconds     int      `yaml:"access_token_seconds,omitempty"`
	Status                 string   `yaml:"status,omitempty"`
	models.ClientOptions   `yaml:",inline"`
}

func (*applicationSpec) rank() int { return 2 }

func (s *applicationSpec) metadata(name string) applications.Metadata {
	if s.ClientName == "" {
		s.ClientName = name
	}
	return applications.Metadata{
		DisplayName: s.ClientName, ClientURI: s.ClientURI, RedirectURIs: s.RedirectURIs,
		PostLogoutRedirectURIs: s.PostLogoutRedirectURIs, GrantTypes: s.GrantTypes, ResponseTypes: s.ResponseTypes,
		AuthMethod: s.AuthMethod, Scope: s.Scope, FirstParty: s.FirstParty, RequirePKCE: s.RequirePKCE,
		IDTokenAlg: s.IDTokenAlg, AllowedOrigins: s.AllowedOrigins, AccessTokenSeconds: s.AccessTokenSeconds,
		Options: s.ClientOptions,
	}
}

func (r *run) applyApplication(ctx context.Context, d *document, s *applicationSpec) error {
	tx, _, err := r.in(ctx, d.tenant)
	if err != nil {
		return err
	}
	if s.Type == "" {
		s.Type = string(models.TypeWeb)
	}
	if s.ClientSecret != "" && applications.WeakSecret(s.ClientSecret) {
		r.plan.Notes = append(r.plan.Notes, d.at()+": the client_secret is shorter than the 32 characters advised")
	}
	a, err := applications.ByName(ctx, tx, d.name)
	switch {
	case reason.Has(err, reason.ApplicationUnknown):
		a, err = r.createApplication(ctx, d, s, tx)
	case err == nil:
		a, err = r.updateApplication(ctx, d, s, tx, a)
	}
	if err != nil {
		return err
	}
	r.keep(tx, kindApplication, a.ID)
	return r.setApplicationStatus(ctx, s, tx, a)
}

func (r *run) createApplication(ctx context.Context, d *document, s *applicationSpec, tx *store.Tx) (*models.Application, error) {
	clientID := s.ClientID
	if clientID == "" {
		clientID = d.name
	}
	a, made, err := r.Applications.Create(ctx, tx, applications.New{
		Metadata: s.metadata(d.name), Type: models.ApplicationType(s.Type), Name: d.name, ClientID: clientID, Secret: s.ClientSecret,
	})
	if err != nil {
		return nil, err
	}
	if made != "" && s.ClientSecret == "" {
		r.plan.Notes = append(r.plan.Notes, d.at()+": "+d.title()+" has a random secret that nobody knows; give it client_secret, or make one in the console")
	}
	r.changed("create", d, []FieldChange{{"client_id", "", a.ClientID}, {"application_type", "", string(a.Type)}})
	return a, nil
}

func (r *run) updateApplication(
	ctx context.Context, d *document, s *applicationSpec, tx *store.Tx, a *models.Application,
) (*models.Application, error) {
	if s.ClientID != "" && s.ClientID != a.ClientID {
		return nil, fixed(a.ClientID, "client_id")
	}
	if models.ApplicationType(s.Type) != a.Type {
		return nil, fixed(string(a.Type), "application_type")
	}
	want, err := applications.Preview(a, s.metadata(d.name))
	if err != nil {
		return nil, err
	}
	fields := differing(metadataFields(a), metadataFields(want))
	if len(fields) > 0 {
		if a, err = r.Applications.Update(ctx, tx, a.ID, applications.Change{Metadata: s.metadata(d.name), Version: a.Version}); err != nil {
			return nil, err
		}
	}
	// After the change: how a secret is kept depends on what it is for.
	secretFields, err := r.applySecret(ctx, d, s, tx, a)
	if err != nil {
		return nil, err
	}
	status := differing([]field{{"status", string(a.Status)}}, []field{{"status", string(wantedStatus(s, a))}})
	r.updated(d, append(append(fields, secretFields...), status...))
	return a, nil
}

// fixed refuses to change what an application keeps for good.
func fixed(is, name string) error {
	return fmt.Errorf("%s is %q and cannot change; give the application another name to make a new one", name, is)
}

func metadataFields(a *models.Application) []field {
	all := []field{
		{"client_name", a.DisplayName},
		{"client_uri", a.ClientURI},
		{"redirect_uris", a.RedirectURIs.V},
		{"post_logout_redirect_uris", a.PostLogoutRedirectURIs.V},
		{"grant_types", a.GrantTypes.V},
		{"response_types", a.ResponseTypes.V},
		{"token_endpoint_auth_method", a.AuthMethod},
		{"scope", a.Scope},
		{"first_party", a.FirstParty},
		{"require_pkce", a.RequirePKCE},
		{"id_token_signed_response_alg", a.IDTokenAlg},
		{"allowed_origins", a.AllowedOrigins.V},
		{"access_token_seconds", a.AccessTokenSeconds},
	}
	for _, option := range a.Options.V.Options() {
		all = append(all, field{option.Name, option.Value})
	}
	return all
}

// applySecret makes the secret one of the application's, in place of the oldest
// where two are active.
func (r *run) applySecret(ctx context.Context, d *document, s *applicationSpec, tx *store.Tx, a *models.Application) ([]FieldChange, error) {
	if s.ClientSecret == "" || !a.KeepsSecret() {
		return nil, nil
	}
	holds, err := r.Applications.HoldsSecret(ctx, tx, a, secret.New(s.ClientSecret))
	if err != nil || holds {
		return nil, err
	}
	have, err := r.Applications.Secrets(ctx, tx, a.ID)
	if err != nil {
		return nil, err
	}
	for ; len(have) > 1; have = have[:len(have)-1] {
		if err := r.Applications.RemoveSecret(ctx, tx, a.ID, have[len(have)-1].ID); err != nil {
			return nil, err
		}
	}
	if len(have) > 0 {
		r.plan.Notes = append(r.plan.Notes, d.at()+": the former secret of "+d.title()+" works until it is removed in the console, or replaced by the next but one")
	}
	_, _, err = r.Applications.AddOwnSecret(ctx, tx, a.ID, s.ClientSecret, 0)
	return []FieldChange{{"client_secret", hiddenValue, hiddenValue}}, err
}

func wantedStatus(s *applicationSpec, a *models.Application) models.ApplicationStatus {
	if s.Status == "" {
		return a.Status
	}
	return models.ApplicationStatus(s.Status)
}

func (r *run) setApplicationStatus(ctx context.Context, s *applicationSpec, tx *store.Tx, a *models.Application) error {
	want := wantedStatus(s, a)
	if want == a.Status {
		return nil
	}
	var err error
	switch want {
	case models.ApplicationDisabled:
		_, err = r.Applications.Disable(ctx, tx, a.ID, "configuration")
	case models.ApplicationActive:
		_, err = r.Applications.Enable(ctx, tx, a.ID)
	default:
		err = reason.New(reason.InputInvalid).On("status", reason.InputUnknown, "active, disabled")
	}
	return err
}

// clientSpec is the spec of kind APIClient: a service application that may use
// the management API.
type clientSpec struct {
	ClientID      string   `yaml:"client_id,omitempty"`
	ClientSecret  string   `yaml:"client_secret,omitempty"`
	Tenants       []string `yaml:"tenants,omitempty"` // names; none: its own
	Permissions   words    `yaml:"permissions,omitempty"`
	Addresses     words    `yaml:"addresses,omitempty"`
	RatePerMinute int      `yaml:"rate_per_minute,omitempty"`
	ExpiresAt     string   `yaml:"expires_at,omitempty"` // RFC 3339
	Status        string   `yaml:"status,omitempty"`
}

// words are texts with a colon in them, such as users:read or an address. YAML
// allows them bare in a list between brackets, where the parser may take them
// for maps.
type words []string

// UnmarshalYAML puts such maps together again.
func (w *words) UnmarshalYAML(unmarshal func(any) error) error {
	var items []any
	if err := unmarshal(&items); err != nil {
		return err
	}
	for _, item := range items {
		word, ok := joined(item)
		if !ok {
			return fmt.Errorf("a text is needed, not %T", item)
		}
		*w = append(*w, word)
	}
	return nil
}

func joined(item any) (string, bool) {
	switch v := item.(type) {
	case string:
		return v, true
	case int, int64, uint64:
		return fmt.Sprint(v), true
	case map[string]any:
		for name, value := range v {
			rest, ok := joined(value)
			return name + ":" + rest, ok && len(v) == 1
		}
	}
	return "", false
}

func (*clientSpec) rank() int { return 4 }

func (r *run) applyClient(ctx context.Context, d *document, s *clientSpec) error {
	tx, _, err := r.in(ctx, d.tenant)
	if err != nil {
		return err
	}
	a, err := r.clientApplication(ctx, d, s, tx)
	if err != nil {
		return err
	}
	want, err := r.client(ctx, d, s, a)
	if err != nil {
		return err
	}
	have, err := r.Access.ClientByID(ctx, tx, a.ID)
	if reason.Has(err, reason.RequestNotFound) {
		_, err = r.Access.CreateClient(ctx, tx, want)
		return err
	}
	if err != nil {
		return err
	}
	fields := differing(clientFields(have.Tenants.V, have.Permissions.V, have.Addresses.V, have.RatePerMinute, have.ExpiresAt.Time),
		clientFields(want.Tenants, names(want.Permissions), want.Addresses, want.RatePerMinute, want.ExpiresAt))
	if len(fields) == 0 {
		return nil
	}
	r.updated(d, fields)
	_, err = r.Access.UpdateClient(ctx, tx, have.Version, want)
	return err
}

// clientApplication applies the client's application, of which everything that
// the document does not speak of stays as it is.
func (r *run) clientApplication(ctx context.Context, d *document, s *clientSpec, tx *store.Tx) (*models.Application, error) {
	app := applicationSpec{Type: string(models.TypeService)}
	a, err := applications.ByName(ctx, tx, d.name)
	if err == nil {
		app = specOf(a)
	} else if !reason.Has(err, reason.ApplicationUnknown) {
		return nil, err
	}
	app.ClientSecret, app.Status = s.ClientSecret, s.Status
	if s.ClientID != "" {
		app.ClientID = s.ClientID
	}
	if err := r.applyApplication(ctx, d, &app); err != nil {
		return nil, err
	}
	return applications.ByName(ctx, tx, d.name)
}

func (r *run) client(ctx context.Context, d *document, s *clientSpec, a *models.Application) (access.Client, error) {
	c := access.Client{ApplicationID: a.ID, Name: d.name, Addresses: s.Addresses, RatePerMinute: s.RatePerMinute}
	for _, name := range s.Tenants {
		if name == access.EveryTenant {
			c.Tenants = append(c.Tenants, name)
			continue
		}
		_, t, err := r.in(ctx, name)
		if err != nil {
			return c, err
		}
		c.Tenants = append(c.Tenants, t.TenantID)
	}
	for _, p := range s.Permissions {
		c.Permissions = append(c.Permissions, access.Permission(p))
	}
	if s.ExpiresAt != "" {
		at, err := time.Parse(time.RFC3339, s.ExpiresAt)
		if err != nil {
			return c, reason.Wrap(reason.InputInvalid, err).On("expires_at", reason.InputFormat, "2030-01-31T00:00:00Z")
		}
		c.ExpiresAt = at.UTC()
	}
	return c, nil
}

func clientFields(tenantIDs, permissions, addresses []string, rate int, expires time.Time) []field {
	return []field{
		{"tenants", tenantIDs},
		{"permissions", permissions},
		{"addresses", addresses},
		{"rate_per_minute", rate},
		{"expires_at", expires.UTC().Unix()},
	}
}

func names(ps []access.Permission) []string {
	var all []string
	for _, p := range ps {
		all = append(all, string(p))
	}
	return all
}
