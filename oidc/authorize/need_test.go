package authorize_test

import (
	"testing"
	"time"

	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
)

var began = time.Unix(1_800_000_000, 0)

func TestNext(t *testing.T) {
	session := func(age time.Duration) *models.Session {
		return &models.Session{UserID: "ada", AuthTime: models.At(began.Add(-age))}
	}
	chosen := func(age time.Duration) *models.Session {
		s := session(age)
		s.ChosenAt = models.At(began.Add(time.Second))
		return s
	}
	consent := func(age time.Duration, scopes ...string) *models.Consent {
		return &models.Consent{Scopes: models.AsJSON(scopes), UpdatedAt: models.At(began.Add(-age))}
	}
	zero, minute := 0, 60
	firstParty := func(a *models.Application) { a.FirstParty = true }
	native := func(a *models.Application) { a.AuthMethod, a.Type = models.AuthNone, models.TypeNative }
	type request = authorize.Request
	tests := map[string]struct {
		app     []func(*models.Application)
		request request
		session *models.Session
		others  bool
		hinted  string
		weak    bool
		consent *models.Consent
		step    authorize.Step
		code    reason.Code
	}{
		"nobody":                       {step: authorize.SignIn},
		"nobody, none":                 {request: request{Prompts: []string{"none"}}, step: authorize.SignIn, code: reason.OAuthLoginRequired},
		"first party":                  {app: []func(*models.Application){firstParty}, session: session(time.Hour), step: authorize.Issue},
		"first party, none":            {app: []func(*models.Application){firstParty}, request: request{Prompts: []string{"none"}}, session: session(time.Hour)},
		"login":                        {app: []func(*models.Application){firstParty}, request: request{Prompts: []string{"login"}}, session: session(time.Hour), step: authorize.SignIn},
		"login, just done":             {app: []func(*models.Application){firstParty}, request: request{Prompts: []string{"login"}}, session: session(0)},
		"login, done before it came":   {app: []func(*models.Application){firstParty}, request: request{Prompts: []string{"login"}}, session: session(time.Microsecond), step: authorize.SignIn},
		"select_account":               {app: []func(*models.Application){firstParty}, request: request{Prompts: []string{"select_account"}}, session: session(time.Hour), step: authorize.Choose},
		"select_account, chosen":       {app: []func(*models.Application){firstParty}, request: request{Prompts: []string{"select_account"}}, session: chosen(time.Hour)},
		"select_account, nobody":       {request: request{Prompts: []string{"select_account"}}, step: authorize.SignIn},
		"select_account, others":       {request: request{Prompts: []string{"select_account"}}, others: true, step: authorize.Choose},
		"select_account login":         {app: []func(*models.Application){firstParty}, request: request{Prompts: []string{"login", "select_account"}}, session: session(time.Hour), step: authorize.Choose},
		"select_account login, chosen": {app: []func(*models.Application){firstParty}, request: request{Prompts: []string{"login", "select_account"}}, session: chosen(time.Hour), step: authorize.SignIn},
		"create, nobody":               {request: request{Prompts: []string{"create"}}, step: authorize.SignUp},
		"create, somebody":             {app: []func(*models.Application){firstParty}, request: request{Prompts: []string{"create"}}, session: session(time.Hour), others: true, step: authorize.SignUp},
		"create, just done":            {app: []func(*models.Application){firstParty}, request: request{Prompts: []string{"create"}}, session: session(0)},
		"create, chosen instead":       {app: []func(*models.Application){firstParty}, request: request{Prompts: []string{"create"}}, session: chosen(time.Hour)},
		"create consent, just done":    {app: []func(*models.Application){firstParty}, request: request{Prompts: []string{"consent", "create"}}, session: session(0), step: authorize.Consent},
		"none in use":                  {others: true, step: authorize.Choose},
		"none in use, login":           {request: request{Prompts: []string{"login"}}, others: true, step: authorize.SignIn},
		"none in use, none":            {request: request{Prompts: []string{"none"}}, others: true, step: authorize.Choose, code: reason.OAuthAccount},
		"another is hinted at":         {app: []func(*models.Application){firstParty}, session: session(time.Hour), others: true, hinted: "bob's", step: authorize.Choose},
		"another was, and was chosen":  {app: []func(*models.Application){firstParty}, session: chosen(time.Hour), others: true, hinted: "bob's"},
		"another's hint, and chosen":   {app: []func(*models.Application){firstParty}, request: request{HintSubject: "bob"}, session: chosen(time.Hour), step: authorize.SignIn, code: reason.OAuthLoginRequired},
		"chosen, but not enough":       {app: []func(*models.Application){firstParty}, session: chosen(time.Hour), weak: true, step: authorize.SignIn},
		"not enough, none":             {app: []func(*models.Application){firstParty}, request: request{Prompts: []string{"none"}}, session: session(time.Hour), weak: true, others: true, step: authorize.SignIn, code: reason.OAuthLoginRequired},
		"chosen, but too old":          {app: []func(*models.Application){firstParty}, request: request{MaxAge: &minute}, session: chosen(time.Hour), step: authorize.SignIn},
		"select_account, just done":    {app: []func(*models.Application){firstParty}, request: request{Prompts: []string{"select_account"}}, session: session(-time.Second)},
		"max_age 0":                    {app: []func(*models.Application){firstParty}, request: request{MaxAge: &zero}, session: session(time.Second), step: authorize.SignIn},
		"max_age 0, just done":         {app: []func(*models.Application){firstParty}, request: request{MaxAge: &zero}, session: session(-time.Second)},
		"max_age 60, young":            {app: []func(*models.Application){firstParty}, request: request{MaxAge: &minute}, session: session(30 * time.Second)},
		"max_age 60, old":              {app: []func(*models.Application){firstParty}, request: request{MaxAge: &minute}, session: session(2 * time.Minute), step: authorize.SignIn},
		"max_age 60, old, none":        {app: []func(*models.Application){firstParty}, request: request{MaxAge: &minute, Prompts: []string{"none"}}, session: session(2 * time.Minute), step: authorize.SignIn, code: reason.OAuthLoginRequired},
		"hint":                         {app: []func(*models.Application){firstParty}, request: request{HintSubject: "ada"}, session: session(time.Hour)},
		"another's hint":               {app: []func(*models.Application){firstParty}, request: request{HintSubject: "bob"}, session: session(time.Hour), step: authorize.SignIn},
		"another's hint, none":         {app: []func(*models.Application){firstParty}, request: request{HintSubject: "bob", Prompts: []string{"none"}}, session: session(time.Hour), step: authorize.SignIn, code: reason.OAuthLoginRequired},
		"another's hint, wrong again":  {app: []func(*models.Application){firstParty}, request: request{HintSubject: "bob"}, session: session(0), step: authorize.SignIn, code: reason.OAuthLoginRequired},
		"third party (R31)":            {session: session(time.Hour), step: authorize.Consent},
		"third party, none (R31)":      {request: request{Prompts: []string{"none"}}, session: session(time.Hour), step: authorize.Consent, code: reason.OAuthConsentRequired},
		"third party, allowed":         {session: session(time.Hour), consent: consent(time.Hour, "openid", "profile")},
		"third party, new scope (R31)": {session: session(time.Hour), consent: consent(time.Hour, "openid"), step: authorize.Consent},
		"offline_access (R31)":         {request: request{Scopes: []string{"openid", "offline_access"}}, session: session(time.Hour), consent: consent(time.Hour, "openid"), step: authorize.Consent},
		"prompt consent":               {request: request{Prompts: []string{"consent"}}, session: session(time.Hour), consent: consent(time.Hour, "openid", "profile"), step: authorize.Consent},
		"prompt consent, just given":   {request: request{Prompts: []string{"consent"}}, session: session(time.Hour), consent: consent(0, "openid", "profile")},
		"prompt consent, first party":  {app: []func(*models.Application){firstParty}, request: request{Prompts: []string{"consent"}}, session: session(time.Hour), step: authorize.Consent},
		"native, asked always (R31)":   {app: []func(*models.Application){native}, request: request{RedirectURI: "com.example.app:/cb"}, session: session(time.Hour), consent: consent(time.Hour, "openid", "profile"), step: authorize.Consent},
		"native on loopback (R31)":     {app: []func(*models.Application){native}, request: request{RedirectURI: "http://127.0.0.1:9/cb"}, session: session(time.Hour), consent: consent(time.Hour, "openid", "profile"), step: authorize.Consent},
		"native, claimed redirect":     {app: []func(*models.Application){native}, request: request{RedirectURI: "https://app.example/cb"}, session: session(time.Hour), consent: consent(time.Hour, "openid", "profile")},
		"native, just given":           {app: []func(*models.Application){native}, request: request{RedirectURI: "com.example.app:/cb"}, session: session(time.Hour), consent: consent(0, "openid", "profile")},
		"our native, silent (R31)":     {app: []func(*models.Application){native, firstParty}, request: request{RedirectURI: "com.example.app:/cb"}, session: session(time.Hour), step: authorize.Consent},
		"our native, just signed in":   {app: []func(*models.Application){native, firstParty}, request: request{RedirectURI: "com.example.app:/cb"}, session: session(0)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			app := portal()
			for _, change := range test.app {
				change(app)
			}
			r := test.request
			r.Began = began.UnixMicro()
			if r.RedirectURI == "" {
				r.RedirectURI = "https://rp.example/cb"
			}
			if r.Scopes == nil {
				r.Scopes = []string{"openid", "profile"}
			}
			step, refusal := authorize.Next(&r, app, authorize.Standing{Session: test.session, Subject: "ada", Consent: test.consent, Now: began, Others: test.others, Hinted: test.hinted, Weak: test.weak})
			var code reason.Code
			if refusal != nil {
				code = refusal.Code
			}
			if step != test.step || code != test.code {
				t.Errorf("step %d, refusal %q; want %d, %q", step, code, test.step, test.code)
			}
			if step == authorize.Consent && !authorize.MayAsk(&r, app) {
				t.Error("a consent that nobody would have read")
			}
		})
	}
}

func TestLocation(t *testing.T) {
	pairs := []authorize.Pair{{Name: "code", Value: "a b&c"}, {Name: "state", Value: ""}, {Name: "iss", Value: "https://id.example"}}
	for uri, want := range map[string]string{
		"https://rp.example/cb":     "https://rp.example/cb?code=a+b%26c&iss=https%3A%2F%2Fid.example",
		"https://rp.example/cb?":    "https://rp.example/cb?code=a+b%26c&iss=https%3A%2F%2Fid.example",
		"https://rp.example/cb?x=1": "https://rp.example/cb?x=1&code=a+b%26c&iss=https%3A%2F%2Fid.example",
		"com.example.app:/cb":       "com.example.app:/cb?code=a+b%26c&iss=https%3A%2F%2Fid.example",
	} {
		if got := authorize.Location(uri, authorize.ModeQuery, pairs); got != want {
			t.Errorf("%s: %s", uri, got)
		}
	}
}

func TestOriginAndDestination(t *testing.T) {
	for uri, want := range map[string][2]string{
		"https://rp.example:8443/cb?x": {"https://rp.example:8443", "rp.example:8443"},
		"http://127.0.0.1:9/cb":        {"http://127.0.0.1:9", "127.0.0.1:9"},
		"com.example.app:/cb":          {"com.example.app:", "com.example.app"},
		"com.example.app://host/cb":    {"com.example.app:", "com.example.app"},
		"::":                           {"", ""},
	} {
		if got := [2]string{authorize.Origin(uri), authorize.Destination(uri)}; got != want {
			t.Errorf("%s: %v", uri, got)
		}
	}
}
