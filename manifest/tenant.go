package manifest

import (
	"context"
	"os"
	"path/filepath"

	"gatehouse/identity/tenants"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// tenantSpec is the spec of kind Tenant. What is left out stays as it is.
type tenantSpec struct {
	DisplayName   *string                `yaml:"display_name,omitempty"`
	DefaultLocale *string                `yaml:"default_locale,omitempty"`
	Status        *string                `yaml:"status,omitempty"`
	Domains       []domainSpec           `yaml:"domains,omitempty"`
	Settings      *models.TenantSettings `yaml:"settings,omitempty"`
}

func (*tenantSpec) rank() int { return 0 }

// domainSpec is a host name. Whoever writes verified vouches for it.
type domainSpec struct {
	Host     string `yaml:"host"`
	Verified bool   `yaml:"verified,omitempty"`
}

// UnmarshalYAML takes a host name alone, too.
func (d *domainSpec) UnmarshalYAML(unmarshal func(any) error) error {
	if unmarshal(&d.Host) == nil {
		return nil
	}
	type whole domainSpec
	return unmarshal((*whole)(d))
}

func (r *run) applyTenant(ctx context.Context, d *document, s *tenantSpec) error {
	t, err := tenants.Named(ctx, r.tx, d.name)
	if reason.Has(err, reason.TenantUnknown) {
		t, err = r.createTenant(ctx, d, s)
	} else if err == nil {
		t, err = r.updateTenant(ctx, d, s, t)
	}
	if err != nil {
		return err
	}
	r.tenant[d.name] = t
	return r.applyDomains(ctx, d, s, r.tx.For(t.TenantID))
}

func (r *run) createTenant(ctx context.Context, d *document, s *tenantSpec) (*models.Tenant, error) {
	n := tenants.New{Name: d.name, DisplayName: or(s.DisplayName, d.name), DefaultLocale: or(s.DefaultLocale, "en")}
	if s.Settings != nil {
		n.Settings = *s.Settings
	}
	t, err := r.Tenants.CreateIn(ctx, r.tx.For(store.NewID()), n)
	if err != nil {
		return nil, err
	}
	r.changed("create", d, []FieldChange{{"display_name", "", t.DisplayName}})
	return r.setTenantStatus(ctx, s, t)
}

func (r *run) updateTenant(ctx context.Context, d *document, s *tenantSpec, t *models.Tenant) (*models.Tenant, error) {
	c := tenants.Change{
		Version: t.Version, DisplayName: or(s.DisplayName, t.DisplayName),
		DefaultLocale: or(s.DefaultLocale, t.DefaultLocale), Settings: t.Settings.V,
	}
	if s.Settings != nil {
		c.Settings = *s.Settings
	}
	fields := differing(
		[]field{{"display_name", t.DisplayName}, {"default_locale", t.DefaultLocale}, {"settings", t.Settings.V}},
		[]field{{"display_name", c.DisplayName}, {"default_locale", c.DefaultLocale}, {"settings", c.Settings}})
	status := differing([]field{{"status", string(t.Status)}}, []field{{"status", or(s.Status, string(t.Status))}})
	r.updated(d, append(fields, status...))
	if len(fields) > 0 {
		var err error
		if t, err = r.Tenants.Update(ctx, r.tx.For(t.TenantID), c); err != nil {
			return nil, err
		}
	}
	return r.setTenantStatus(ctx, s, t)
}

func (r *run) setTenantStatus(ctx context.Context, s *tenantSpec, t *models.Tenant) (*models.Tenant, error) {
	want := models.TenantStatus(or(s.Status, string(t.Status)))
	if want == t.Status {
		return t, nil
	}
	switch want {
	case models.TenantSuspended:
		return r.Tenants.Suspend(ctx, r.tx.For(t.TenantID), "configuration")
	case models.TenantActive:
		return r.Tenants.Activate(ctx, r.tx.For(t.TenantID))
	}
	return nil, reason.New(reason.InputInvalid).On("status", reason.InputUnknown, "active, suspended")
}

// applyDomains adds and verifies what is named. Domains that are not named stay
// unless the list is there: then they go.
func (r *run) applyDomains(ctx context.Context, d *document, s *tenantSpec, tx *store.Tx) error {
	if s.Domains == nil {
		return nil
	}
	have, err := r.Tenants.Domains(ctx, tx)
	if err != nil {
		return err
	}
	rest := map[string]models.Domain{}
	for _, h := range have {
		rest[h.Host] = h
	}
	for _, want := range s.Domains {
		host, err := tenants.CleanHost(want.Host)
		if err != nil {
			return err
		}
		if err := r.applyDomain(ctx, d, tx, rest[host], host, want.Verified); err != nil {
			return err
		}
		delete(rest, host)
	}
	for host, gone := range rest {
		if err := r.Tenants.RemoveDomain(ctx, tx, gone.ID); err != nil {
			return err
		}
		r.changed("update", d, []FieldChange{{"domains", host, ""}})
	}
	return nil
}

func (r *run) applyDomain(ctx context.Context, d *document, tx *store.Tx, have models.Domain, host string, verified bool) error {
	if have.ID == "" {
		added, err := r.Tenants.AddDomain(ctx, tx, host)
		if err != nil {
			return err
		}
		have = *added
		r.changed("update", d, []FieldChange{{"domains", "", host}})
	}
	if !verified || !have.VerifiedAt.IsZero() {
		return nil
	}
	_, err := r.Tenants.TrustDomain(ctx, tx, have.ID)
	r.changed("update", d, []FieldChange{{"domains/" + host, "unverified", "verified"}})
	return err
}

// brandingSpec is the spec of kind Branding.
type brandingSpec struct {
	Tokens map[string]string `yaml:"tokens,omitempty"`
	Logo   string            `yaml:"logo,omitempty"` // a picture file, beside the document's
}

func (*brandingSpec) rank() int { return 1 }

func (r *run) applyBranding(ctx context.Context, d *document, s *brandingSpec) error {
	tx, _, err := r.in(ctx, d.tenant)
	if err != nil {
		return err
	}
	b, err := tenants.FreshBranding(ctx, tx)
	if err != nil {
		return err
	}
	c := tenants.BrandingChange{Version: b.Version, Tokens: s.Tokens}
	logo := b.LogoID
	if s.Logo != "" {
		if c.Logo, err = os.ReadFile(filepath.Join(filepath.Dir(d.file), s.Logo)); err != nil {
			return err
		}
		if logo, err = r.Tenants.PictureID(c.Logo); err != nil {
			return err
		}
	}
	fields := differing([]field{{"tokens", b.Tokens.V}, {"logo", b.LogoID}}, []field{{"tokens", s.Tokens}, {"logo", logo}})
	if len(fields) == 0 {
		return nil
	}
	r.updated(d, fields)
	_, err = r.Tenants.SetBranding(ctx, tx, c)
	return err
}

// or is the value that p points at, or the other where there is none.
func or[T any](p *T, other T) T {
	if p == nil {
		return other
	}
	return *p
}
