package grants

import (
	"context"
	"slices"
	"strings"

	"gatehouse/identity/resources"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
	"gatehouse/store"
)

// targets are the APIs that tokens are for: those of the grant, or fewer where
// the request names some of them (RFC 8707 §2.2). The tenant's own audience is
// no API.
func (i *Issuer) targets(ctx context.Context, r store.Reader, q Request, granted string) (resources.Targets, error) {
	own := func(s string) bool { return s == q.Tenant.Issuer }
	identifiers := slices.DeleteFunc(strings.Fields(granted), own)
	if asked := strings.Fields(q.Values.Get("resource")); len(asked) > 0 {
		asked = slices.DeleteFunc(asked, own)
		if slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(identifiers, s) }) {
			return nil, reason.New(reason.OAuthResource)
		}
		identifiers = asked
	}
	if len(identifiers) == 0 {
		return nil, nil
	}
	return i.Resources.For(ctx, r, q.Application, identifiers)
}

// within are those of the scopes that are the application's own or of the
// targets, where the request names some of them: of a grant for several APIs,
// tokens for one hold nothing of the others.
func within(q Request, scopes []string, t resources.Targets) []string {
	if !q.Values.Has("resource") {
		return scopes
	}
	allowed := append(strings.Fields(q.Application.Scope), t.Scopes()...)
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return !slices.Contains(allowed, s) })
}

// audience is whom an access token is for: the targets, and this server where
// userinfo takes it (RFC 9068 §2.2, R32).
func audience(t Tenant, m issued) []string {
	if len(m.targets) == 0 {
		return []string{t.Issuer}
	}
	all := m.targets.Identifiers()
	if slices.Contains(m.scopes, authorize.ScopeOpenID) {
		all = append(all, t.Issuer)
	}
	return all
}
