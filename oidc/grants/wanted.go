package grants

import (
	"context"
	"slices"
	"strings"

	"gatehouse/identity/resources"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/details"
	"gatehouse/reason"
	"gatehouse/store"
)

// Wish is what an application asks for on a way that does not begin in a
// browser.
type Wish struct {
	Scopes []string
	// Resource names the APIs as they were asked for, separated by spaces.
	Resource string
	Targets  resources.Targets
	// Details are authorization details; Resource and Targets name the APIs that
	// understand them, too (RFC 9396).
	Details details.List
}

// Wanted are those of the scopes asked for that the application is registered
// for or that are of the APIs it names; all of them where it names no scope
// (RFC 6749 §3.3, RFC 8707 §2), and none where it asks by details alone. It returns OAuthScope, OAuthResource and
// OAuthDetails.
func (i *Issuer) Wanted(ctx context.Context, r store.Reader, t Tenant, app *models.Application, v strict.Values) (Wish, error) {
	asked, err := i.Details(ctx, r, app, v.Get(details.Parameter))
	if err != nil {
		return Wish{}, err
	}
	w := Wish{Resource: strings.Join(asked.among(strings.Fields(v.Get("resource"))), " "), Details: asked.List}
	if w.Targets, err = i.Named(ctx, r, t, app, w.Resource); err != nil {
		return Wish{}, err
	}
	allowed := append(strings.Fields(app.Scope), w.Targets.Scopes()...)
	w.Scopes = allowed
	if v.Has("scope") {
		asked, ok := authorize.Scopes(v.Get("scope"))
		if !ok {
			return Wish{}, reason.New(reason.OAuthScope).On("scope", reason.InputFormat, "")
		}
		w.Scopes = slices.DeleteFunc(asked, func(s string) bool { return !slices.Contains(allowed, s) })
	}
	// Without refresh tokens nothing could outlive the session.
	if !app.MayUse(models.GrantRefreshToken) {
		w.Scopes = slices.DeleteFunc(slices.Clone(w.Scopes), func(s string) bool { return s == authorize.ScopeOffline })
	}
	if len(w.Details) > 0 && !v.Has("scope") {
		w.Scopes = []string{}
	} else if len(w.Scopes) == 0 {
		return Wish{}, reason.New(reason.OAuthScope).On("scope", reason.InputUnknown, "")
	}
	return w, nil
}

// Named are the APIs of the identifiers, separated by spaces; the tenant's own audience is
// none. It returns OAuthResource.
func (i *Issuer) Named(ctx context.Context, r store.Reader, t Tenant, app *models.Application, identifiers string) (resources.Targets, error) {
	all := slices.DeleteFunc(strings.Fields(identifiers), func(s string) bool { return s == t.Issuer })
	if len(all) == 0 {
		return nil, nil
	}
	return i.Resources.For(ctx, r, app, all)
}
