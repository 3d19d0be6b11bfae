package resources

import (
	"cmp"
	"context"
	"slices"
	"time"

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
		case row.Disabled, !row.Everybody && !slices.Contains(row.Applications.V, app.ID):
			return nil, reason.New(reason.OAuthResource)
		}
		found = append(found, *row)
	}
	return found, nil
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

// Serves reports whether an application is one of the APIs that these audiences
// name, and so may introspect tokens for them (RFC 7662 §4).
func (c *Catalogue) Serves(ctx context.Context, r store.Reader, app *models.Application, audiences []string) (bool, error) {
	named, err := c.Named(ctx, r, audiences)
	return slices.ContainsFunc(named, func(row models.Resource) bool { return row.ServerID == app.ID }), err
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
