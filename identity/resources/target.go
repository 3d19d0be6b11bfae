package resources

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"gatehouse/internal/recent"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Targets are the APIs that a token is for; none is the tenant's own audience.
type Targets []models.Resource

// maxTargets is how many APIs a token may be for: each is looked up, also for
// strangers (L81).
const maxTargets = 16

// For finds the APIs that an application may ask for by these identifiers, each
// once. It returns reason.OAuthResource for one that is unknown, disabled or not
// for it (RFC 8707 §2), and for more than 16.
func (c *Catalogue) For(ctx context.Context, r store.Reader, app *models.Application, identifiers []string) (Targets, error) {
	var found Targets
	for _, identifier := range identifiers {
		if slices.Contains(found.Identifiers(), identifier) {
			continue
		}
		if len(found) == maxTargets {
			return nil, reason.New(reason.OAuthResource)
		}
		row, err := find(ctx, r, "identifier", identifier)
		switch {
		case store.NotFound(err):
			return nil, reason.New(reason.OAuthResource)
		case err != nil:
			return nil, err
		case row.Disabled, !mayAsk(row, app):
			return nil, reason.New(reason.OAuthResource)
		}
		found = append(found, *row)
	}
	return found, nil
}

func mayAsk(row *models.Resource, app *models.Application) bool {
	return row.Everybody || slices.Contains(row.Applications.V, app.ID)
}

// Understanding finds the APIs that understand types of authorization details
// and that an application may ask with them. It returns reason.OAuthDetails for a
// type that is unknown or not for it (RFC 9396 §5).
func (c *Catalogue) Understanding(ctx context.Context, r store.Reader, app *models.Application, types []string) (Targets, error) {
	rows, err := describing(ctx, r)
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(Targets(rows), func(row models.Resource) bool { return !mayAsk(&row, app) })
	known := all.DetailTypes(app)
	for _, name := range types {
		if _, ok := known[name]; !ok {
			return nil, reason.New(reason.OAuthDetails)
		}
	}
	return slices.DeleteFunc(all, func(row models.Resource) bool {
		return !slices.ContainsFunc(row.DetailTypes.V, func(t models.DetailType) bool { return slices.Contains(types, t.Type) })
	}), nil
}

// DetailTypes are the names of all types of authorization details that can be
// asked for in the tenant (RFC 9396 §10).
func (c *Catalogue) DetailTypes(ctx context.Context, r store.Reader) ([]string, error) {
	if c.Types == nil {
		return detailTypes(ctx, r)
	}
	return c.Types.Get(ctx, recent.Key{Tenant: r.ID()}, func(ctx context.Context) ([]string, error) { return detailTypes(ctx, r) })
}

func detailTypes(ctx context.Context, r store.Reader) ([]string, error) {
	rows, err := describing(ctx, r)
	return slices.Sorted(maps.Keys(Targets(rows).DetailTypes(nil))), err
}

// Named are the APIs among these audiences, whoever may ask for them.
func (c *Catalogue) Named(ctx context.Context, r store.Reader, audiences []string) (Targets, error) {
	var found Targets
	for _, audience := range audiences {
		row, err := find(ctx, r, "identifier", audience)
		if store.NotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, *row)
	}
	return found, nil
}

// Served are the APIs among these audiences that an application is itself, so
// that it may introspect tokens for them (RFC 7662 §4).
func (c *Catalogue) Served(ctx context.Context, r store.Reader, app *models.Application, audiences []string) (Targets, error) {
	named, err := c.Named(ctx, r, audiences)
	return slices.DeleteFunc(named, func(row models.Resource) bool { return row.ServerID != app.ID }), err
}

// Scopes are the names of all their scopes.
func (t Targets) Scopes() []string {
	var names []string
	for i := range t {
		names = append(names, t[i].ScopeNames()...)
	}
	return names
}

// Identifiers are what tokens for them name as their audience.
func (t Targets) Identifiers() []string {
	var all []string
	for i := range t {
		all = append(all, t[i].Identifier)
	}
	return all
}

// Life is how long tokens for them live, who would live this long otherwise.
func (t Targets) Life(otherwise time.Duration) time.Duration {
	for i := range t {
		if n := t[i].AccessTokenSeconds; n > 0 {
			otherwise = min(otherwise, time.Duration(n)*time.Second)
		}
	}
	return otherwise
}

// Format is what tokens for them look like, which would look like this
// otherwise. Where they differ nothing is told to those who should not read it:
// the tokens are opaque.
func (t Targets) Format(otherwise string) string {
	chosen := ""
	for i := range t {
		if f := t[i].AccessTokenFormat; f != "" && chosen != models.FormatOpaque {
			chosen = f
		}
	}
	return cmp.Or(chosen, otherwise)
}

// Words are the descriptions of their scopes, by name.
func (t Targets) Words() map[string]string {
	words := map[string]string{}
	for i := range t {
		for _, s := range t[i].Scopes.V {
			words[s.Name] = s.Description
		}
	}
	return words
}

// DetailTypes are the types of authorization details that an application may ask
// them for, by name, each with the API's identifier among its locations; nil for
// the application: every type.
func (t Targets) DetailTypes(app *models.Application) map[string]models.DetailType {
	all := map[string]models.DetailType{}
	for i := range t {
		for _, one := range t[i].DetailTypes.V {
			if app != nil && len(app.Options.V.DetailTypes) > 0 && !slices.Contains(app.Options.V.DetailTypes, one.Type) {
				continue
			}
			one.Locations = append([]string{t[i].Identifier}, one.Locations...)
			all[one.Type] = one
		}
	}
	return all
}

// Understands is the API that understands a type; nil: none of them.
func (t Targets) Understands(name string) *models.Resource {
	for i := range t {
		if slices.ContainsFunc(t[i].DetailTypes.V, func(one models.DetailType) bool { return one.Type == name }) {
			return &t[i]
		}
	}
	return nil
}
