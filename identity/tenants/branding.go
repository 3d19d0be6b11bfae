package tenants

import (
	"context"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/internal/recent"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Branding returns how the tenant's hosted pages look. Callers must not change
// it.
func (d *Directory) Branding(ctx context.Context, r store.Reader) (*models.Branding, error) {
	return d.branding.Get(ctx, recent.Key{Tenant: r.ID()}, func(ctx context.Context) (*models.Branding, error) {
		return FreshBranding(ctx, r)
	})
}

// FreshBranding reads the branding past the cache. A tenant that chose nothing
// has an empty one of version 0.
func FreshBranding(ctx context.Context, r store.Reader) (*models.Branding, error) {
	b, err := branding(ctx, r)
	if store.NotFound(err) {
		return &models.Branding{Owned: models.Owned{TenantID: r.ID()}, Tokens: models.AsJSON(map[string]string{})}, nil
	}
	return b, err
}

// BrandingChange is what becomes of a tenant's branding.
type BrandingChange struct {
	Version int64             // the one that was read
	Tokens  map[string]string // design tokens; absent ones take their defaults
	// Logo is a new picture as it was uploaded; nil: the one there is.
	Logo       []byte
	RemoveLogo bool
}

// SetBranding changes the branding. It returns reason.InputInvalid,
// reason.ImageInvalid, or reason.VersionStale.
func (d *Directory) SetBranding(ctx context.Context, w store.Writer, c BrandingChange) (*models.Branding, error) {
	if err := access.Require(ctx, w.ID(), access.BrandingWrite); err != nil {
		return nil, err
	}
	e := reason.New(reason.InputInvalid)
	for name, value := range c.Tokens {
		checkToken(e, name, value)
	}
	if err := orNil(e); err != nil {
		return nil, err
	}
	logo, err := d.picture(c.Logo)
	if err != nil {
		return nil, err
	}
	var b *models.Branding
	err = w.Write(ctx, func(tx *store.Tx) error {
		b, err = d.setBranding(ctx, tx, c, logo)
		return err
	})
	return b, err
}

func (d *Directory) setBranding(ctx context.Context, tx *store.Tx, c BrandingChange, logo *models.Image) (*models.Branding, error) {
	t, err := Fresh(ctx, tx)
	if err != nil {
		return nil, err
	}
	b, err := FreshBranding(ctx, tx)
	if err != nil {
		return nil, err
	}
	if b.Version != c.Version {
		return nil, reason.New(reason.VersionStale)
	}
	before := look(b)
	b.Tokens, b.UpdatedAt = models.AsJSON(cleanTokens(c.Tokens)), models.At(d.now())
	b.Version++
	switch {
	case logo != nil:
		if err := keepImage(ctx, tx, logo); err != nil {
			return nil, err
		}
		b.LogoID = logo.ID
	case c.RemoveLogo:
		b.LogoID = ""
	}
	if err := saveBranding(ctx, tx, b, c.Version); err != nil {
		return nil, err
	}
	d.forget(tx, t)
	return b, audit.Append(ctx, tx, d.now(), audit.Event{
		Action: audit.BrandingUpdated, Target: target(t), Details: map[string]any{"logo": b.LogoID},
		Before: before, After: look(b),
	})
}

func look(b *models.Branding) map[string]any {
	return map[string]any{"tokens": b.Tokens.V, "logo": b.LogoID}
}

// Image returns a picture of the tenant. It returns reason.RequestNotFound.
func (d *Directory) Image(ctx context.Context, r store.Reader, id string) (*models.Image, error) {
	i, err := imageByID(ctx, r, id)
	if store.NotFound(err) {
		return nil, reason.Wrap(reason.RequestNotFound, err)
	}
	return i, err
}
