package applications_test

import (
	"testing"

	"gatehouse/identity/applications"
	"gatehouse/models"
)

// R21: what cannot be registered.
func TestRedirectURIsThatAreRefused_R21(t *testing.T) {
	for _, c := range []struct {
		uri string
		typ models.ApplicationType
		ok  bool
	}{
		{"https://app.example.com/callback", models.TypeWeb, true},
		{"https://app.example.com/callback?x=1", models.TypeWeb, true},
		{"http://localhost:3000/callback", models.TypeWeb, true},
		{"http://127.0.0.1:3000/callback", models.TypeNative, true},
		{"com.example.app:/callback", models.TypeNative, true},
		{"com.example.app:/callback", models.TypeWeb, false},
		{"myapp:/callback", models.TypeNative, false},
		{"http://app.example.com/callback", models.TypeWeb, false},
		{"https://app.example.com/callback#x", models.TypeWeb, false},
		{"https://good@evil.example/callback", models.TypeWeb, false}, // L10
		{"https://*.example.com/callback", models.TypeWeb, false},
		{"https://app.example.com/a b", models.TypeWeb, false},
		{"https://app.example.com/\\evil", models.TypeWeb, false},
		{"https://app.example.com/a/../b", models.TypeWeb, false},
		{"https://app.example.com/callback?code=1", models.TypeWeb, false}, // L12
		{"https://app.example.com/callback?state=1", models.TypeWeb, false},
		{"https://app.example.com/callback?iss=1", models.TypeWeb, false},
		{"javascript:alert(1)", models.TypeNative, false}, // L15
		{"data:text/html,x", models.TypeNative, false},
		{"//evil.example/callback", models.TypeWeb, false},
		{"/callback", models.TypeWeb, false},
		{"", models.TypeWeb, false},
	} {
		if err := applications.ValidateRedirectURI(c.uri, c.typ); (err == nil) != c.ok {
			t.Errorf("%q for %s: %v", c.uri, c.typ, err)
		}
	}
}

// R20: byte for byte, but for the port of a literal loopback address.
func TestRedirectURIsAreComparedWhole_R20(t *testing.T) {
	web := &models.Application{Type: models.TypeWeb, RedirectURIs: models.AsJSON([]string{"https://app.example.com/cb", "http://127.0.0.1:3000/cb"})}
	native := &models.Application{Type: models.TypeNative, RedirectURIs: models.AsJSON([]string{"http://127.0.0.1/cb", "http://[::1]:1/cb", "http://localhost:3000/cb"})}
	for _, c := range []struct {
		app *models.Application
		uri string
		ok  bool
	}{
		{web, "https://app.example.com/cb", true},
		{web, "https://app.example.com/cb/", false},
		{web, "https://app.example.com/CB", false},
		{web, "https://APP.example.com/cb", false},
		{web, "https://app.example.com:443/cb", false},
		{web, "https://app.example.com/cb?x", false},
		{web, "https://app.example.com.evil.example/cb", false},
		{web, "http://127.0.0.1:4000/cb", false},
		{native, "http://127.0.0.1/cb", true},
		{native, "http://127.0.0.1:51234/cb", true},
		{native, "http://[::1]:51234/cb", true},
		{native, "http://127.0.0.1:51234/other", false},
		{native, "http://127.0.0.1:99999/cb", false},
		{native, "http://127.0.0.1:80@evil.example/cb", false},
		{native, "http://127.0.0.1.evil.example/cb", false},
		{native, "http://localhost:51234/cb", false},
		{native, "https://127.0.0.1:51234/cb", false},
	} {
		if got := applications.MatchRedirectURI(c.app, c.uri); got != c.ok {
			t.Errorf("%q: %v", c.uri, got)
		}
	}
}
