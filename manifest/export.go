package manifest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/resources"
	"gatehouse/identity/tenants"
	"gatehouse/identity/users"
	"gatehouse/internal/page"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/store"
)

// file is a document as it is written.
type file struct {
	Kind   string `yaml:"kind"`
	Tenant string `yaml:"tenant,omitempty"`
	Name   string `yaml:"name,omitempty"`
	Spec   any    `yaml:"spec,omitempty"`
}

// exporter collects documents.
type exporter struct {
	*Manifest
	out   bytes.Buffer
	mark  string          // begins what becomes a placeholder; nobody can guess it
	names map[string]bool // of the placeholders that are in use
}

// Export writes the live configuration of the tenants with these names; of all
// but the system tenant without any. Secrets are placeholders (R144).
func (m *Manifest) Export(ctx context.Context, only []string) ([]byte, error) {
	e := &exporter{Manifest: m, mark: secret.Random("gatehouse_", 16).Reveal() + "_", names: map[string]bool{}}
	err := sorted(func(p page.Request) (page.Of[models.Tenant], error) {
		return m.Tenants.List(ctx, tenants.Filter{}, p)
	}, func(t models.Tenant) string { return t.Name }, func(t models.Tenant) error {
		if len(only) > 0 && !slices.Contains(only, t.Name) || len(only) == 0 && t.Name == models.SystemTenant {
			return nil
		}
		return e.tenant(ctx, &t)
	})
	return e.out.Bytes(), err
}

// sorted walks all pages of a list by name, so that two exports of the same
// configuration are the same text.
func sorted[T any](list func(page.Request) (page.Of[T], error), name func(T) string, do func(T) error) error {
	var all []T
	err := each(list, func(item T) error {
		all = append(all, item)
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(name(a), name(b)) })
	for _, item := range all {
		if err := do(item); err != nil {
			return err
		}
	}
	return nil
}

func (e *exporter) write(f file) error {
	text, err := yaml.MarshalWithOptions(f, yaml.IndentSequence(true))
	if err != nil {
		return err
	}
	if e.out.Len() > 0 {
		e.out.WriteString("---\n")
	}
	e.out.WriteString(e.finish(string(text)))
	return nil
}

// finish writes the placeholders. What somebody wrote into his own profile in
// the shape of one would be filled with a secret when the file is applied: its
// dollar is written as a placeholder that stands for itself.
func (e *exporter) finish(text string) string {
	text = strings.ReplaceAll(text, "${", "${LITERAL_DOLLAR:-$}{")
	return regexp.MustCompile(e.mark+"([A-Z0-9_]+)").ReplaceAllString(text, "${$1}")
}

func (e *exporter) tenant(ctx context.Context, t *models.Tenant) error {
	in := e.DB.Tenant(t.TenantID)
	s := tenantSpec{DisplayName: &t.DisplayName, DefaultLocale: &t.DefaultLocale}
	if t.Status != models.TenantActive {
		status := string(t.Status)
		s.Status = &status
	}
	if !reflect.ValueOf(t.Settings.V).IsZero() {
		s.Settings = &t.Settings.V
	}
	domains, err := e.Tenants.Domains(ctx, in)
	if err != nil {
		return err
	}
	for _, d := range domains {
		s.Domains = append(s.Domains, domainSpec{d.Host, !d.VerifiedAt.IsZero()})
	}
	if err := e.write(file{Kind: kindTenant, Name: t.Name, Spec: s}); err != nil {
		return err
	}
	if err := e.branding(ctx, in, t.Name); err != nil {
		return err
	}
	if err := e.applications(ctx, in, t.Name); err != nil {
		return err
	}
	if err := e.resources(ctx, in, t.Name); err != nil {
		return err
	}
	if err := e.claimRules(ctx, in, t.Name); err != nil {
		return err
	}
	return e.users(ctx, in, t.Name)
}

func (e *exporter) resources(ctx context.Context, in store.Tenant, tenant string) error {
	rows, err := e.Resources.List(ctx, in)
	for i := range rows {
		if err != nil {
			return err
		}
		var f resources.Facts
		if f, err = e.Resources.FactsOf(ctx, in, &rows[i]); err == nil {
			err = e.write(file{Kind: kindResource, Tenant: tenant, Name: rows[i].Name, Spec: resourceSpecOf(f)})
		}
	}
	return err
}

func (e *exporter) branding(ctx context.Context, in store.Tenant, tenant string) error {
	b, err := tenants.FreshBranding(ctx, in)
	if err != nil || len(b.Tokens.V) == 0 {
		return err
	}
	return e.write(file{Kind: kindBranding, Tenant: tenant, Spec: brandingSpec{Tokens: b.Tokens.V}})
}

func (e *exporter) applications(ctx context.Context, in store.Tenant, tenant string) error {
	clients, err := e.Access.Clients(ctx, in)
	if err != nil {
		return err
	}
	api := map[string]models.APIClient{}
	for _, c := range clients {
		api[c.ApplicationID] = c
	}
	return sorted(func(p page.Request) (page.Of[models.Application], error) {
		return e.Applications.List(ctx, in, applications.Filter{}, p)
	}, func(a models.Application) string { return a.Name }, func(a models.Application) error {
		if c, ok := api[a.ID]; ok {
			return e.client(ctx, &a, c, tenant)
		}
		return e.application(&a, tenant)
	})
}

func (e *exporter) application(a *models.Application, tenant string) error {
	s := specOf(a)
	if a.KeepsSecret() {
		s.ClientSecret = e.secret(tenant, a.Name, "secret")
	}
	return e.write(file{Kind: kindApplication, Tenant: tenant, Name: a.Name, Spec: s})
}

// specOf is an application as a spec, without its secret.
func specOf(a *models.Application) applicationSpec {
	s := applicationSpec{
		Type: string(a.Type), ClientID: a.ClientID, ClientName: a.DisplayName, ClientURI: a.ClientURI,
		RedirectURIs: a.RedirectURIs.V, PostLogoutRedirectURIs: a.PostLogoutRedirectURIs.V, GrantTypes: a.GrantTypes.V,
		ResponseTypes: a.ResponseTypes.V, AuthMethod: a.AuthMethod, Scope: a.Scope, FirstParty: a.FirstParty,
		RequirePKCE: &a.RequirePKCE, IDTokenAlg: a.IDTokenAlg, AllowedOrigins: a.AllowedOrigins.V,
		AccessTokenSeconds: a.AccessTokenSeconds, ClientOptions: a.Options.V,
	}
	if a.Status != models.ApplicationActive {
		s.Status = string(a.Status)
	}
	return s
}

func (e *exporter) client(ctx context.Context, a *models.Application, c models.APIClient, tenant string) error {
	s := clientSpec{
		ClientID: a.ClientID, ClientSecret: e.secret(tenant, a.Name, "secret"), Permissions: c.Permissions.V,
		Addresses: c.Addresses.V, RatePerMinute: c.RatePerMinute, Status: specOf(a).Status,
	}
	for _, id := range c.Tenants.V {
		if id == access.EveryTenant {
			s.Tenants = append(s.Tenants, id)
			continue
		}
		t, err := e.Tenants.ByID(ctx, id)
		if err != nil {
			return err
		}
		s.Tenants = append(s.Tenants, t.Name)
	}
	if !c.ExpiresAt.IsZero() {
		s.ExpiresAt = c.ExpiresAt.Format(time.RFC3339)
	}
	return e.write(file{Kind: kindAPIClient, Tenant: tenant, Name: a.Name, Spec: s})
}

func (e *exporter) users(ctx context.Context, in store.Tenant, tenant string) error {
	return sorted(func(p page.Request) (page.Of[models.User], error) {
		return e.Users.Search(ctx, in, users.Filter{}, p)
	}, func(u models.User) string { return u.Username }, func(u models.User) error {
		has, err := e.Users.Passwords.Has(ctx, in, u.ID)
		if err != nil {
			return err
		}
		c := u.Claims.V
		s := userSpec{
			Email: u.Email, EmailVerified: u.EmailVerified, PhoneNumber: u.PhoneNumber, PhoneVerified: u.PhoneVerified,
			Name: c.Name, GivenName: c.GivenName, FamilyName: c.FamilyName, MiddleName: c.MiddleName, Nickname: c.Nickname,
			Profile: c.Profile, Picture: c.Picture, Website: c.Website, Gender: c.Gender, Birthdate: c.Birthdate,
			Zoneinfo: c.Zoneinfo, Locale: c.Locale, PreferredUsername: c.PreferredUsername, Address: c.Address,
		}
		if has {
			s.Password = e.secret(tenant, u.Username, "password")
		}
		if u.Status != models.UserActive {
			s.Status = string(u.Status)
		}
		return e.write(file{Kind: kindUser, Tenant: tenant, Name: u.Username, Spec: s})
	})
}

var notName = regexp.MustCompile(`[^A-Z0-9]+`)

// secret is a placeholder of its own, such as ${ACME_PORTAL_SECRET}, marked
// until the document is written.
func (e *exporter) secret(parts ...string) string {
	name := strings.Trim(notName.ReplaceAllString(strings.ToUpper(strings.Join(parts, "_")), "_"), "_")
	if name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	for n, base := 2, name; e.names[name]; n++ {
		name = fmt.Sprintf("%s_%d", base, n)
	}
	e.names[name] = true
	return e.mark + name
}
