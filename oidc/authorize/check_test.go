package authorize_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
)

const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

func portal() *models.Application {
	return &models.Application{
		ID: "app", ClientID: "portal", Type: models.TypeWeb, Status: models.ApplicationActive,
		GrantTypes:   models.AsJSON([]string{"authorization_code", "refresh_token"}),
		AuthMethod:   models.AuthBasic,
		Scope:        "openid profile offline_access",
		RequirePKCE:  true,
		RedirectURIs: models.AsJSON([]string{"https://rp.example/cb"}),
	}
}

func good() map[string]string {
	return map[string]string{
		"client_id": "portal", "redirect_uri": "https://rp.example/cb", "response_type": "code", "scope": "openid profile",
		"state": "s", "nonce": "n", "code_challenge": challenge, "code_challenge_method": "S256",
	}
}

func check(app *models.Application, set map[string]string, repeated ...string) (*authorize.Request, *authorize.Refused) {
	fields := good()
	for name, value := range set {
		fields[name] = value
	}
	for _, name := range repeated {
		delete(fields, name)
	}
	return authorize.Check(authorize.Input{
		Values: strict.ValuesOf(fields), Repeated: repeated, Application: app, Issuer: "https://id.example",
		Browser: "b", Now: time.Unix(1_800_000_000, 0),
		Targets: func([]string) ([]string, []string, error) { return nil, nil, reason.New(reason.OAuthResource) },
		Hint: func(token string) (string, error) {
			if token != "good" {
				return "", errors.New("no")
			}
			return "ada", nil
		},
	})
}

func TestGoodRequest(t *testing.T) {
	r, refused := check(portal(), map[string]string{
		"prompt": "login consent login", "max_age": "0", "login_hint": "ada", "ui_locales": "de en", "acr_values": "a b",
		"id_token_hint": "good", "response_mode": "form_post", "resource": "https://id.example", "unknown": "ignored",
	})
	if refused != nil {
		t.Fatalf("refused: %v", refused)
	}
	if *r.MaxAge != 0 || r.HintSubject != "ada" || r.ResponseMode != authorize.ModeFormPost || r.Challenge != challenge ||
		!slices.Equal(r.Prompts, []string{"consent", "login"}) || !slices.Equal(r.ACRValues, []string{"a", "b"}) ||
		r.State != "s" || r.Nonce != "n" || r.Browser != "b" || r.BeganAt().Unix() != 1_800_000_000 {
		t.Errorf("request: %+v", r)
	}
}

// R23, R24, R25, R29: every check by itself.
func TestChecks(t *testing.T) {
	public := portal()
	public.AuthMethod, public.RequirePKCE = models.AuthNone, false
	lax := portal()
	lax.RequirePKCE = false
	service := portal()
	service.GrantTypes = models.AsJSON([]string{"client_credentials"})
	tests := map[string]struct {
		app      *models.Application
		set      map[string]string
		repeated []string
		step     string
		code     reason.Code
	}{
		"registration":              {set: map[string]string{"registration": "{}"}, step: "registration", code: reason.OAuthRegistration},
		"state twice (R23)":         {repeated: []string{"state"}, step: "repeated", code: reason.OAuthParameterRepeated},
		"unknown name twice (R23)":  {repeated: []string{"extra"}, step: "repeated", code: reason.OAuthParameterRepeated},
		"no response_type":          {set: map[string]string{"response_type": ""}, step: "response_type", code: reason.OAuthRequestInvalid},
		"implicit (R24)":            {set: map[string]string{"response_type": "token"}, step: "grant", code: reason.OAuthGrantNotAllowed},
		"hybrid (R24)":              {set: map[string]string{"response_type": "code id_token"}, step: "grant", code: reason.OAuthGrantNotAllowed},
		"no such response_type":     {set: map[string]string{"response_type": "code code"}, step: "response_type", code: reason.OAuthResponseType},
		"not for codes":             {app: service, step: "grant", code: reason.OAuthGrantNotAllowed},
		"no such mode (R29)":        {set: map[string]string{"response_mode": "web_message"}, step: "response_mode", code: reason.OAuthResponseMode},
		"no scope":                  {set: map[string]string{"scope": ""}, step: "scope", code: reason.OAuthScope},
		"unregistered scopes alone": {set: map[string]string{"scope": "admin root"}, step: "scope", code: reason.OAuthScope},
		"broken scope":              {set: map[string]string{"scope": "openid \"x"}, step: "scope", code: reason.OAuthScope},
		"two spaces in scope":       {set: map[string]string{"scope": "openid  profile"}, step: "scope", code: reason.OAuthScope},
		"foreign resource (R32)":    {set: map[string]string{"resource": "https://api.example"}, step: "resource", code: reason.OAuthResource},
		"management API (R11)":      {set: map[string]string{"resource": "https://id.example/api/v1"}, step: "resource", code: reason.OAuthResource},
		"plain PKCE (R25)":          {set: map[string]string{"code_challenge_method": "plain"}, step: "pkce_method", code: reason.OAuthPKCEMethod},
		"PKCE without method (R25)": {set: map[string]string{"code_challenge_method": ""}, step: "pkce_method", code: reason.OAuthPKCEMethod},
		"method without challenge":  {app: lax, set: map[string]string{"code_challenge": ""}, step: "pkce_method", code: reason.OAuthPKCERequired},
		"no PKCE (R25)": {
			set: map[string]string{"code_challenge": "", "code_challenge_method": ""}, step: "pkce_challenge", code: reason.OAuthPKCERequired,
		},
		"public client without PKCE (R25)": {
			app: public, set: map[string]string{"code_challenge": "", "code_challenge_method": ""},
			step: "pkce_challenge", code: reason.OAuthPKCERequired,
		},
		"short challenge (R25)":      {set: map[string]string{"code_challenge": challenge[:42]}, step: "pkce_challenge", code: reason.OAuthRequestInvalid},
		"long challenge (R25)":       {set: map[string]string{"code_challenge": strings.Repeat("a", 129)}, step: "pkce_challenge", code: reason.OAuthRequestInvalid},
		"odd challenge (R25)":        {set: map[string]string{"code_challenge": challenge[:42] + "="}, step: "pkce_challenge", code: reason.OAuthRequestInvalid},
		"unknown prompt":             {set: map[string]string{"prompt": "shout"}, step: "prompt", code: reason.OAuthPrompt},
		"create, nobody may":         {set: map[string]string{"prompt": "create"}, step: "prompt", code: reason.OAuthPromptCreate},
		"none and create":            {set: map[string]string{"prompt": "none create"}, step: "prompt", code: reason.OAuthPrompt},
		"create and login":           {set: map[string]string{"prompt": "create login"}, step: "prompt", code: reason.OAuthPrompt},
		"create and select_account":  {set: map[string]string{"prompt": "select_account create"}, step: "prompt", code: reason.OAuthPrompt},
		"none and login":             {set: map[string]string{"prompt": "none login"}, step: "prompt", code: reason.OAuthPrompt},
		"negative max_age":           {set: map[string]string{"max_age": "-1"}, step: "max_age", code: reason.OAuthMaxAge},
		"huge max_age":               {set: map[string]string{"max_age": "99999999999"}, step: "max_age", code: reason.OAuthMaxAge},
		"forged or foreign id token": {set: map[string]string{"id_token_hint": "bad"}, step: "id_token_hint", code: reason.OAuthRequestInvalid},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			app := test.app
			if app == nil {
				app = portal()
			}
			r, refused := check(app, test.set, test.repeated...)
			if refused == nil {
				t.Fatalf("passed: %+v", r)
			}
			if refused.Step != test.step || refused.Err.Code != test.code {
				t.Errorf("refused by %s with %s, want %s with %s", refused.Step, refused.Err.Code, test.step, test.code)
			}
			if refused.Cites == "" || slices.Contains(refused.Passed, refused.Step) {
				t.Errorf("cites %q, passed %v", refused.Cites, refused.Passed)
			}
			if r.RedirectURI != "https://rp.example/cb" {
				t.Errorf("redirect URI %q: the answer finds no way", r.RedirectURI)
			}
			if wantState := !slices.Contains(test.repeated, "state"); (r.State == "s") != wantState {
				t.Errorf("state %q", r.State)
			}
		})
	}
}

// OpenID Connect Core §3.1.2.1: unknown scopes are ignored, never granted (R36).
func TestUnknownScopesAreIgnored_R36(t *testing.T) {
	r, refused := check(portal(), map[string]string{"scope": "admin openid groups profile openid"})
	if refused != nil || !slices.Equal(r.Scopes, []string{"openid", "profile"}) {
		t.Errorf("%v %+v", refused, r)
	}
	app := portal()
	app.Scope, app.GrantTypes = "offline_access", models.AsJSON([]string{"authorization_code"})
	if r, refused := check(app, map[string]string{"scope": "offline_access"}); refused == nil {
		t.Errorf("a request for nothing passed: %+v", r)
	}
}

func TestPKCEIsAnAdministratorsChoice_R25(t *testing.T) {
	app := portal()
	app.RequirePKCE = false
	r, refused := check(app, map[string]string{"code_challenge": "", "code_challenge_method": ""})
	if refused != nil || r.Challenge != "" {
		t.Errorf("%v %+v", refused, r)
	}
}

func TestOfflineAccessNeedsRefreshTokens(t *testing.T) {
	app := portal()
	app.GrantTypes = models.AsJSON([]string{"authorization_code"})
	r, refused := check(app, map[string]string{"scope": "openid offline_access"})
	if refused != nil || !slices.Equal(r.Scopes, []string{"openid"}) {
		t.Errorf("%v %+v", refused, r)
	}
}

// Refusals that come before the check of response_mode travel in it too.
func TestRefusalTravelsInItsMode_R29(t *testing.T) {
	r, refused := check(portal(), map[string]string{"response_mode": "form_post", "response_type": "token"})
	if refused == nil || r.ResponseMode != authorize.ModeFormPost {
		t.Errorf("%v %+v", refused, r)
	}
}
