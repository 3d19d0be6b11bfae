package resources

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// The bounds of an API.
const (
	maxIdentifier   = 500
	maxText         = 200
	maxScopes       = 100
	maxApplications = 500
	leastSeconds    = 60
	mostSeconds     = 3600 // R32
)

var (
	nameForm  = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$`)
	scopeForm = regexp.MustCompile(`^[\x21\x23-\x5b\x5d-\x7e]{1,128}$`) // RFC 6749 §3.3
)

// reserved are the scopes that speak of users (OpenID Connect Core §5.4 and §11).
var reserved = []string{"openid", "profile", "email", "phone", "address", "offline_access"}

// judge puts the facts onto the row, or refuses them as a whole.
func (c *Catalogue) judge(ctx context.Context, tx *store.Tx, row *models.Resource, f Facts) error {
	e := reason.New(reason.InputInvalid)
	if !nameForm.MatchString(row.Name) {
		e.On("name", reason.InputFormat, "a-z 0-9 . _ -")
	}
	if !identifies(f.Identifier) {
		e.On("identifier", reason.InputFormat, "https://api.example.com")
	}
	if f.DisplayName = strings.TrimSpace(f.DisplayName); f.DisplayName == "" {
		f.DisplayName = row.Name
	}
	if len([]rune(f.DisplayName)) > maxText {
		e.On("display_name", reason.InputTooLong, "200")
	}
	if n := f.AccessTokenSeconds; n != 0 && (n < leastSeconds || n > mostSeconds) {
		e.On("access_token_seconds", reason.InputInvalid, "60 – 3600")
	}
	if !models.IsTokenFormat(f.AccessTokenFormat) {
		e.On("access_token_format", reason.InputUnknown, strings.Join(models.TokenFormats(), ", "))
	}
	if f.DetailTypes == nil {
		f.DetailTypes = []models.DetailType{}
	}
	others, err := all(ctx, tx)
	if err != nil {
		return err
	}
	others = slices.DeleteFunc(others, func(other models.Resource) bool { return other.ID == row.ID })
	judgeScopes(others, row, f.Scopes, e)
	judgeTypes(others, f.DetailTypes, e)
	ids, server, err := c.judgeApplications(ctx, tx, f, e)
	if err != nil {
		return err
	}
	if len(e.Fields) > 0 {
		return e
	}
	row.Identifier, row.DisplayName, row.Scopes, row.Everybody = f.Identifier, f.DisplayName, models.AsJSON(f.Scopes), f.Everybody
	row.Applications, row.ServerID, row.Disabled = models.AsJSON(ids), server, f.Disabled
	row.AccessTokenSeconds, row.AccessTokenFormat, row.DetailTypes = f.AccessTokenSeconds, f.AccessTokenFormat, models.AsJSON(f.DetailTypes)
	return nil
}

// identifies: an absolute URI without fragment, and without spaces, which
// separate several (RFC 8707 §2).
func identifies(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && u.Fragment == "" && !strings.ContainsAny(s, "#\" \\<>") && len(s) <= maxIdentifier
}

// judgeScopes: each scope once, and of no other API of the tenant.
func judgeScopes(others []models.Resource, row *models.Resource, scopes []models.ResourceScope, e *reason.Error) {
	used := slices.Clone(reserved)
	for i := range others {
		used = append(used, others[i].ScopeNames()...)
	}
	if len(others) >= most && row.Version == 1 {
		e.On("name", reason.InputTooLong, "500")
	}
	if len(scopes) > maxScopes {
		e.On("scopes", reason.InputTooLong, "100")
	}
	for _, s := range scopes {
		switch {
		case !scopeForm.MatchString(s.Name):
			e.On("scopes", reason.InputFormat, "RFC 6749 §3.3")
		case slices.Contains(used, s.Name):
			e.On("scopes", reason.InputTaken, s.Name)
		case len([]rune(s.Description)) > maxText:
			e.On("scopes", reason.InputTooLong, s.Name)
		}
		used = append(used, s.Name)
	}
}

func (c *Catalogue) judgeApplications(ctx context.Context, tx *store.Tx, f Facts, e *reason.Error) (ids []string, server string, err error) {
	if len(f.Applications) > maxApplications {
		e.On("applications", reason.InputTooLong, "500")
		return nil, "", nil
	}
	ids = []string{}
	for _, clientID := range f.Applications {
		app, err := c.Applications.ByClientID(ctx, tx, clientID)
		switch {
		case reason.Has(err, reason.ApplicationUnknown):
			e.On("applications", reason.InputUnknown, clientID)
		case err != nil:
			return nil, "", err
		case !slices.Contains(ids, app.ID):
			ids = append(ids, app.ID)
		}
	}
	if f.Server == "" {
		return ids, "", nil
	}
	app, err := c.Applications.ByClientID(ctx, tx, f.Server)
	if reason.Has(err, reason.ApplicationUnknown) || err == nil && app.Public() {
		e.On("server", reason.InputUnknown, f.Server)
		return ids, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	return ids, app.ID, nil
}
