package grants

import (
	"slices"
	"strings"

	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
)

// Wanted are those of the scopes asked for that the application is registered
// for; all of them where it names none (RFC 6749 §3.3). It returns
// OAuthScope and OAuthDetails.
func Wanted(app *models.Application, v strict.Values) ([]string, error) {
	if err := authorize.Details(v); err != nil {
		return nil, err
	}
	registered := strings.Fields(app.Scope)
	scopes := registered
	if v.Has("scope") {
		asked, ok := authorize.Scopes(v.Get("scope"))
		if !ok {
			return nil, reason.New(reason.OAuthScope).On("scope", reason.InputFormat, "")
		}
		scopes = slices.DeleteFunc(asked, func(s string) bool { return !slices.Contains(registered, s) })
	}
	// Without refresh tokens nothing could outlive the session.
	if !app.MayUse(models.GrantRefreshToken) {
		scopes = slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return s == authorize.ScopeOffline })
	}
	if len(scopes) == 0 {
		return nil, reason.New(reason.OAuthScope).On("scope", reason.InputUnknown, "")
	}
	return scopes, nil
}
