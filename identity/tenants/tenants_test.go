package tenants_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/identity/access"
	"gatehouse/identity/tenants"
	"gatehouse/internal/caller"
	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

func each(t *testing.T, fn func(t *testing.T, db *store.DB, d *tenants.Directory)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		k, err := seal.New(seal.Generate())
		must(t, err)
		fn(t, db, tenants.NewDirectory(tenants.Options{DB: db, K: k, Now: time.Now}))
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func operator() context.Context {
	return caller.With(context.Background(), caller.Info{Grants: access.Operator(), Actor: caller.Actor{Type: caller.ActorOperator}})
}

func TestBuiltinTenantsAreMadeOnce(t *testing.T) {
	each(t, func(t *testing.T, _ *store.DB, d *tenants.Directory) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := d.EnsureBuiltin(operator()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, name := range []string{models.SystemTenant, models.DefaultTenant} {
			if _, err := d.ByName(t.Context(), name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// R3: a host leads to its tenant only once it is verified, and to one tenant.
// Work in the background reaches every tenant, with what it decided.
func TestEvery(t *testing.T) {
	each(t, func(t *testing.T, _ *store.DB, d *tenants.Directory) {
		must(t, d.EnsureBuiltin(operator()))
		for name, days := range map[string]int{"acme": 30, "globex": 0} {
			_, err := d.Create(operator(), tenants.New{Name: name, DisplayName: name, DefaultLocale: "en", Settings: models.TenantSettings{AttemptRetentionDays: days}})
			must(t, err)
		}
		seen, now := map[string]time.Time{}, time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)
		must(t, d.Every(t.Context(), func(row *models.Tenant) error {
			seen[row.Name] = row.Settings.V.AttemptsSince(now)
			return nil
		}))
		if len(seen) != 4 || !seen["acme"].Equal(now.AddDate(0, 0, -30)) || !seen["globex"].Equal(now.AddDate(0, 0, -90)) {
			t.Errorf("%v", seen)
		}
		_, err := d.Create(operator(), tenants.New{Name: "x", DisplayName: "x", DefaultLocale: "en", Settings: models.TenantSettings{AttemptRetentionDays: 4000}})
		if !reason.Has(err, reason.InputInvalid) {
			t.Errorf("4000 days: %v", err)
		}
	})
}

func TestOnlyVerifiedHostsLeadSomewhere_R3(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, d *tenants.Directory) {
		acme, other := storetest.Tenant(t, db, "acme"), storetest.Tenant(t, db, "other")
		domain, err := d.AddDomain(operator(), acme, "Login.ACME.example.")
		must(t, err)
		theirs, err := d.AddDomain(operator(), other, "login.acme.example")
		must(t, err)
		if _, err := d.ByHost(t.Context(), "login.acme.example"); !reason.Has(err, reason.TenantUnknown) {
			t.Errorf("unverified: %v", err)
		}
		look := func(records ...string) tenants.TXT {
			return func(context.Context, string) ([]string, error) { return records, nil }
		}
		if _, err := d.VerifyDomain(operator(), acme, domain.ID, look("something else")); !reason.Has(err, reason.DomainUnverified) {
			t.Errorf("without the challenge: %v", err)
		}
		_, err = d.VerifyDomain(operator(), acme, domain.ID, look("other", domain.Challenge))
		must(t, err)
		if found, err := d.ByHost(t.Context(), "login.acme.example"); err != nil || found.Name != "acme" {
			t.Errorf("verified: %v", err)
		}
		if _, err := d.TrustDomain(operator(), other, theirs.ID); !reason.Has(err, reason.InputTaken) {
			t.Errorf("verified by a second tenant: %v", err)
		}
		if _, err := d.VerifyDomain(operator(), other, domain.ID, look(domain.Challenge)); !reason.Has(err, reason.RequestNotFound) {
			t.Errorf("another tenant's domain (R4): %v", err)
		}
		must(t, d.RemoveDomain(operator(), acme, domain.ID))
		if _, err := d.ByHost(t.Context(), "login.acme.example"); !reason.Has(err, reason.TenantUnknown) {
			t.Errorf("removed: %v", err)
		}
	})
}

// R105: a logo is a picture that we encoded.
func TestLogosAreEncodedAnew_R105(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, d *tenants.Directory) {
		acme := storetest.Tenant(t, db, "acme")
		picture := image.NewNRGBA(image.Rect(0, 0, 1200, 300))
		picture.Set(0, 0, color.NRGBA{1, 2, 3, 255})
		var b bytes.Buffer
		must(t, png.Encode(&b, picture))
		hidden := append(b.Bytes(), []byte("<script>alert(1)</script>")...)
		got, err := d.SetBranding(operator(), acme, tenants.BrandingChange{Logo: hidden, Tokens: map[string]string{"brand": "#AA0000"}})
		must(t, err)
		kept, err := d.Image(t.Context(), acme, got.LogoID)
		must(t, err)
		if kept.ContentType != "image/png" || kept.Width != 640 || kept.Height != 160 || bytes.Contains(kept.Bytes, []byte("script")) || got.Tokens.V["brand"] != "#aa0000" {
			t.Errorf("%s %dx%d %v", kept.ContentType, kept.Width, kept.Height, got.Tokens.V)
		}
		for name, bad := range map[string][]byte{
			"SVG": []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "text": []byte("hello"), "too large": bytes.Repeat([]byte("x"), 3<<20),
			"cut off": b.Bytes()[:60],
		} {
			if _, err := d.SetBranding(operator(), acme, tenants.BrandingChange{Version: got.Version, Logo: bad}); !reason.Has(err, reason.ImageInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := d.SetBranding(operator(), acme, tenants.BrandingChange{}); !reason.Has(err, reason.VersionStale) {
			t.Errorf("a stale version: %v", err)
		}
	})
}

// R7, R13: without the right nothing is made, and lists show what one may see.
func TestRights_R7_R13(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, d *tenants.Directory) {
		if _, err := d.Create(context.Background(), tenants.New{Name: "acme"}); !reason.Has(err, reason.AccessUnauthorized) {
			t.Errorf("by nobody: %v", err)
		}
		made, err := d.Create(operator(), tenants.New{Name: "acme"})
		must(t, err)
		for _, name := range []string{"Acme", "a b", "", "-a", strings.Repeat("a", 60)} {
			if _, err := d.Create(operator(), tenants.New{Name: name}); !reason.Has(err, reason.InputInvalid) {
				t.Errorf("%q: %v", name, err)
			}
		}
		if _, err := d.Create(operator(), tenants.New{Name: "acme"}); !reason.Has(err, reason.InputTaken) {
			t.Errorf("twice: %v", err)
		}
		w := db.Tenant(made.TenantID)
		_, err = d.Suspend(operator(), w, "unpaid")
		must(t, err)
		if found, err := d.ByName(t.Context(), "acme"); err != nil || found.Active() {
			t.Errorf("a suspended tenant is active: %v", err)
		}
	})
}

// R7, R9: what a tenant chooses about accounts that people make is one of the
// known values, and among administrators nobody makes himself one.
func TestSelfRegistration_R7_R9(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, d *tenants.Directory) {
		must(t, d.EnsureBuiltin(operator()))
		change := func(name string, s models.TenantSettings) (*models.Tenant, error) {
			row, err := d.ByName(t.Context(), name)
			must(t, err)
			return d.Update(operator(), db.Tenant(row.TenantID), tenants.Change{Version: row.Version, DisplayName: row.DisplayName, DefaultLocale: "en", Settings: s})
		}
		for _, wrong := range []models.TenantSettings{{SelfRegistration: "yes"}, {SignUpEmail: "on"}, {SignUpNames: "maybe"}} {
			if _, err := change(models.DefaultTenant, wrong); !reason.Has(err, reason.InputInvalid) {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
		for _, choice := range []string{models.SelfRegistrationOn, models.SelfRegistrationApplications} {
			if _, err := change(models.SystemTenant, models.TenantSettings{SelfRegistration: choice}); !reason.Has(err, reason.InputInvalid) {
				t.Errorf("%s among administrators: %v", choice, err)
			}
		}
		row, err := change(models.DefaultTenant, models.TenantSettings{SelfRegistration: models.SelfRegistrationOn})
		must(t, err)
		if !row.SignsUpAt(models.ClientOptions{}) || row.SignsUpAt(models.ClientOptions{SelfRegistration: models.SelfRegistrationOff}) {
			t.Errorf("%+v", row.Settings.V)
		}
		row.Name = models.SystemTenant // whatever is stored
		if row.SelfRegisters() || row.SignsUpAt(models.ClientOptions{SelfRegistration: models.SelfRegistrationOn}) {
			t.Error("administrators make themselves")
		}
	})
}
