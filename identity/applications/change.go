package applications

import (
	"context"
	"reflect"
	"strings"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Change is what becomes of an application. Version is the one that was read.
type Change struct {
	Metadata
	Version int64
}

// Update changes an application's metadata. It returns reason.InputInvalid,
// reason.ApplicationUnknown, reason.VersionStale when somebody was faster, or
// reason.AccessGrant where it changes how an API client proves itself that may
// do more than the caller.
func (g *Registry) Update(ctx context.Context, w store.Writer, id string, c Change) (*models.Application, error) {
	if err := access.Require(ctx, w.ID(), access.ApplicationsWrite); err != nil {
		return nil, err
	}
	var a *models.Application
	err := w.Write(ctx, func(tx *store.Tx) error {
		var err error
		if a, err = Fresh(ctx, tx, id); err != nil {
			return err
		}
		if a.Version != c.Version {
			return reason.New(reason.VersionStale)
		}
		template, _ := TemplateOf(a.Type)
		m := template.over(c.Metadata)
		if m.DisplayName = strings.TrimSpace(m.DisplayName); m.DisplayName == "" {
			m.DisplayName = a.DisplayName
		}
		if err := m.check(a.Type); err != nil {
			return err
		}
		if m.provesOtherwise(a) {
			if err := access.MayHandOut(ctx, tx, a.ID); err != nil {
				return err
			}
		}
		return g.change(ctx, tx, audit.ApplicationUpdated, a, nil, func() { m.onto(a) })
	})
	return a, err
}

// provesOtherwise reports whether the metadata changes with what the
// application proves itself.
func (m Metadata) provesOtherwise(a *models.Application) bool {
	return m.AuthMethod != a.AuthMethod || !reflect.DeepEqual(proofs(m.Options), proofs(a.Options.V))
}

// proofs are the choices by which an application is told from others: its keys,
// and whom its certificate names.
func proofs(o models.ClientOptions) models.ClientOptions {
	return models.ClientOptions{
		JWKS: o.JWKS, JWKSURI: o.JWKSURI,
		TLSSubjectDN: o.TLSSubjectDN, TLSSanDNS: o.TLSSanDNS, TLSSanURI: o.TLSSanURI, TLSSanIP: o.TLSSanIP, TLSSanEmail: o.TLSSanEmail,
	}
}

// AddRedirectURI registers one more redirect URI: the mend for a request that
// was refused for it.
func (g *Registry) AddRedirectURI(ctx context.Context, w store.Writer, id, uri string) (*models.Application, error) {
	a, err := Fresh(ctx, w, id)
	if err != nil {
		return nil, err
	}
	m := MetadataOf(a)
	m.RedirectURIs = append(append([]string{}, m.RedirectURIs...), uri)
	return g.Update(ctx, w, id, Change{m, a.Version})
}

// RevokeTokens ends all tokens that the application holds, its users' and its
// own, and leaves it otherwise as it is: it can get new ones at once.
func (g *Registry) RevokeTokens(ctx context.Context, w store.Writer, id, why string) error {
	if err := access.Require(ctx, w.ID(), access.ApplicationsWrite); err != nil {
		return err
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		a, err := Fresh(ctx, tx, id)
		if err != nil {
			return err
		}
		n, err := g.families.RevokeTokensOf(ctx, tx, a, "revoked")
		if err != nil {
			return err
		}
		return g.record(ctx, tx, audit.ApplicationRevoked, a, audit.Event{Details: map[string]any{"why": why, "families": n}})
	})
}

// Disable keeps the application out; all its tokens end with it.
func (g *Registry) Disable(ctx context.Context, w store.Writer, id, why string) (*models.Application, error) {
	return g.setStatus(ctx, w, id, models.ApplicationDisabled, func(ctx context.Context, tx *store.Tx, a *models.Application) error {
		n, err := g.families.RevokeTokensOf(ctx, tx, a, "application")
		if err != nil {
			return err
		}
		details := map[string]any{"why": why, "families": n}
		return g.change(ctx, tx, audit.ApplicationDisabled, a, details, func() { a.Status = models.ApplicationDisabled })
	})
}

// Enable lets the application in again.
func (g *Registry) Enable(ctx context.Context, w store.Writer, id string) (*models.Application, error) {
	return g.setStatus(ctx, w, id, models.ApplicationActive, func(ctx context.Context, tx *store.Tx, a *models.Application) error {
		return g.change(ctx, tx, audit.ApplicationEnabled, a, nil, func() { a.Status = models.ApplicationActive })
	})
}

func (g *Registry) setStatus(
	ctx context.Context, w store.Writer, id string, to models.ApplicationStatus,
	do func(context.Context, *store.Tx, *models.Application) error,
) (*models.Application, error) {
	if err := access.Require(ctx, w.ID(), access.ApplicationsWrite); err != nil {
		return nil, err
	}
	var a *models.Application
	err := w.Write(ctx, func(tx *store.Tx) error {
		var err error
		if a, err = Fresh(ctx, tx, id); err != nil || a.Status == to {
			return err
		}
		return do(ctx, tx, a)
	})
	return a, err
}

// change applies a change to the application and records it.
func (g *Registry) change(
	ctx context.Context, tx *store.Tx, action string, a *models.Application, details map[string]any, apply func(),
) error {
	before, read := facts(a), a.Version
	apply()
	a.Version, a.UpdatedAt = read+1, models.At(g.now())
	if err := update(ctx, tx, a, read); err != nil {
		return err
	}
	return g.record(ctx, tx, action, a, audit.Event{Details: details, Before: before, After: facts(a)})
}

// Delete removes an application with its secrets, consents and tokens. It
// returns reason.ApplicationUnknown.
func (g *Registry) Delete(ctx context.Context, w store.Writer, id string) error {
	if err := access.Require(ctx, w.ID(), access.ApplicationsWrite); err != nil {
		return err
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		a, err := Fresh(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := remove(ctx, tx, id); err != nil {
			return err
		}
		return g.record(ctx, tx, audit.ApplicationDeleted, a, audit.Event{Before: facts(a)})
	})
}
