package hosted_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"gatehouse/journeys/prompt"
	"gatehouse/locales"
	"gatehouse/reason"
	"gatehouse/views/hosted"
)

var (
	name = prompt.Input{
		Ref: "identifier", Name: "username", Type: prompt.TextInput, Purpose: prompt.ForUsername,
		Required: true, Label: "hosted.field.identifier", MaxLength: 256,
	}
	password = prompt.Input{
		Ref: "password", Name: "password", Type: prompt.PasswordInput, Purpose: prompt.ForCurrentPassword,
		Required: true, Label: "hosted.field.password", MaxLength: 256,
	}
	at = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
)

func step(kind, label string, inputs ...prompt.Input) hosted.Step {
	p := prompt.Prompt{Step: kind, Inputs: inputs, Actions: []prompt.Action{{Ref: "continue", Primary: true, Label: label}}}
	for _, in := range inputs {
		p.Components = append(p.Components, prompt.Component{Kind: prompt.Field, Ref: in.Ref})
	}
	p.Components = append(p.Components, prompt.Component{Kind: prompt.Button, Ref: "continue"})
	return hosted.Step{Prompt: p, Name: "Portal"}
}

func page(tag string) hosted.Page {
	return hosted.Page{
		Say: locales.For(tag), Tenant: "Acme", Base: "/t/acme", Stylesheet: "/t/acme/branding.css?v=1", Nonce: "n0nce",
		Token: hosted.Field{Name: "csrf", Value: "token"},
		Keep:  []hosted.Field{{Name: "executionId", Value: strings.Repeat("e", 900)}, {Name: "authId", Value: strings.Repeat("a", 600)}},
	}
}

// samples are the pages in all their states.
func samples(p hosted.Page) map[string]templ.Component {
	signIn := step("sign_in", "hosted.action.sign_in", name, password)
	identifier := step("identifier", "hosted.action.continue", name)
	proof := step("password", "hosted.action.sign_in", password)
	proof.Prompt.Identifier, proof.Back = "ada@example.com", "/t/acme/sign-in?back=yes"
	refused := step("sign_in", "hosted.action.sign_in", name, password)
	refused.Prompt.Error, refused.Prompt.Reference, refused.Prompt.Inputs[0].Value = reason.PasswordWrong, "7K4-Q2M", "ada"
	throttled := step("sign_in", "hosted.action.sign_in", name, password)
	throttled.Prompt.Error, throttled.Wait = reason.ThrottleAccount, 5*time.Minute
	missing := step("sign_in", "hosted.action.sign_in", name, password)
	missing.Prompt.FieldErrors = []prompt.FieldError{{Name: "password", Code: reason.InputRequired}}
	staying := step("sign_in", "hosted.action.sign_in", name, password, prompt.Input{
		Ref: "stay", Name: "stay_signed_in", Type: prompt.BooleanInput, Label: "hosted.field.stay", Hint: "hosted.field.stay.hint", Value: prompt.Ticked,
	})
	own := step("sign_in", "hosted.action.sign_in", name, password)
	own.Name = "Acme"
	ended := hosted.Step{Prompt: prompt.Prompt{Step: "ended", Error: reason.PasswordWrong}, Name: "Portal", StartAgain: "/t/acme/oauth2/auth/callback?authId=x"}
	account := hosted.Account{
		Name: "Ada Lovelace", Username: "ada", Email: "ada@example.com", EmailVerified: true, Phone: "+44 20 7946 0000",
		Sessions: []hosted.Session{
			{ID: "1", Browser: "Firefox", System: "Linux", IP: "192.0.2.7", Since: at, LastSeen: at, Current: true},
			{ID: "2", Browser: "Safari", System: "iPhone", IP: "2001:db8::1", Since: at, LastSeen: at},
			{ID: "3", Since: at, LastSeen: at},
		}, More: true, Done: "hosted.account.revoked",
	}
	third := hosted.Consent{Application: "Portal", Host: "portal.example.com", User: "Ada Lovelace", Days: 30, Scopes: []hosted.Scope{
		{Name: "openid", Granted: true}, {Name: "profile"}, {Name: "email"}, {Name: "offline_access"}, {Name: "orders:read"},
	}}
	rich := hosted.Consent{Application: "Portal", Host: "portal.example.com", User: "Ada", Details: []hosted.Detail{
		{Title: "Make a payment", API: "Payments", Facts: []hosted.Fact{{Label: "What", Values: []string{"initiate", "status"}}, {Label: "Amount", Values: []string{"123.50"}}}},
		{Title: "account_information", API: "Accounts", Granted: true},
	}}
	first := hosted.Consent{Application: "Portal", Host: "portal.example.com", User: "Ada", Verified: true, Scopes: []hosted.Scope{{Name: "phone"}, {Name: "address"}}}
	two := []hosted.AccountRow{{ID: "1", Name: "Ada Lovelace", Email: "ada@example.com", Current: true}, {ID: "2", Name: "Bob"}}
	accounts := hosted.Step{Name: "Portal", Leave: "/t/acme/sign-in/leave?executionId=x", Prompt: prompt.Prompt{
		Step: "accounts",
		Inputs: []prompt.Input{{Ref: "account", Name: "account", Type: prompt.SelectInput, Required: true, Label: "hosted.field.account", Options: []prompt.Option{
			{Value: "1", Name: "Ada Lovelace", Email: "ada@example.com", Current: true, LastUsed: time.Unix(1_800_000_000, 0)}, {Value: "2", Name: "Bob", LastUsed: time.Unix(1_800_000_000, 0)},
		}}},
		Components: []prompt.Component{{Kind: prompt.Field, Ref: "account"}, {Kind: prompt.Button, Ref: "another"}},
		Actions:    []prompt.Action{{Ref: "choose", Primary: true, Label: "hosted.action.continue"}, {Ref: "another", Label: "hosted.action.another"}},
	}}
	return map[string]templ.Component{
		"sign-in":          hosted.StepPage(p, signIn),
		"sign-in-staying":  hosted.StepPage(p, staying),
		"sign-in-own":      hosted.StepPage(p, own),
		"sign-in-refused":  hosted.StepPage(p, refused),
		"sign-in-throttle": hosted.StepPage(p, throttled),
		"sign-in-missing":  hosted.StepPage(p, missing),
		"identifier":       hosted.StepPage(p, identifier),
		"password":         hosted.StepPage(p, proof),
		"ended":            hosted.StepPage(p, ended),
		"consent":          hosted.ConsentPage(p, third),
		"consent-details":  hosted.ConsentPage(p, rich),
		"consent-verified": hosted.ConsentPage(p, first),
		"sign-out":         hosted.SignOutPage(p, hosted.SignOut{Application: "Portal", Accounts: []hosted.AccountRow{{ID: "1", Name: "Ada"}}, Stay: "/t/acme/account"}),
		"sign-out-which":   hosted.SignOutPage(p, hosted.SignOut{Accounts: two, Stay: "/t/acme/account"}),
		"accounts":         hosted.StepPage(p, accounts),
		"signed-out":       hosted.SignedOutPage(p, hosted.SignedOut{Again: "/t/acme/account"}),
		"form-post":        hosted.FormPostPage(p, hosted.FormPost{Action: "https://portal.example.com/cb", Fields: []hosted.Field{{Name: "csrf", Value: "token"}, {Name: "code", Value: "c"}}}),
		"error":            hosted.FailurePage(p, hosted.Failure{Code: reason.OAuthRedirectURI, Reference: "7K4-Q2M", RequestID: "0199f3c2-8f5e-7a41-9c55-2b1f0e6d7c11"}),
		"error-expired":    hosted.FailurePage(p, hosted.Failure{Code: reason.JourneyExpired, RequestID: "x", StartAgain: "/t/acme/account"}),
		"error-cookies":    hosted.FailurePage(p, hosted.Failure{Code: reason.JourneyBrowser, RequestID: "x"}),
		"error-wait":       hosted.FailurePage(p, hosted.Failure{Code: reason.ServerBusy, RequestID: "x", Wait: 5 * time.Second}),
		"error-missing":    hosted.FailurePage(p, hosted.Failure{Code: reason.RequestNotFound, RequestID: "x"}),
		"error-forbidden":  hosted.FailurePage(p, hosted.Failure{Code: reason.TenantSuspended, RequestID: "x"}),
		"account":          hosted.AccountPage(p, account),
	}
}

func draw(t *testing.T, c templ.Component) (string, *goquery.Document) {
	t.Helper()
	var out bytes.Buffer
	if err := c.Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), doc
}

// Every page in every language is small, says everything, names its language
// and holds nothing that the content security policy forbids (R110).
func TestEveryPage_R110(t *testing.T) {
	for _, l := range locales.Languages() {
		for name, c := range samples(page(l.Tag)) {
			t.Run(l.Tag+"/"+name, func(t *testing.T) {
				html, doc := draw(t, c)
				if len(html) > 14<<10 {
					t.Errorf("%d bytes are too many", len(html))
				}
				for _, bad := range []string{"⟦", "<no value>", "{{", " style=", " onclick", "javascript:", "http://", "%!"} {
					if strings.Contains(html, bad) {
						t.Errorf("holds %q", bad)
					}
				}
				root := doc.Find("html")
				if root.AttrOr("lang", "") != l.Tag || root.AttrOr("dir", "") != l.Dir {
					t.Error("says its language wrongly")
				}
				if doc.Find("h1").Length() != 1 || doc.Find("main#main").Length() != 1 || doc.Find("title").Text() == "" {
					t.Error("needs one heading, one main and a title")
				}
				accessible(t, doc)
				scripts(t, doc)
			})
		}
	}
}

func accessible(t *testing.T, doc *goquery.Document) {
	t.Helper()
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if ids[id] {
			t.Errorf("id %s is there twice", id)
		}
		ids[id] = true
	})
	doc.Find("[aria-describedby], [aria-labelledby], [aria-controls]").Each(func(_ int, s *goquery.Selection) {
		for _, a := range []string{"aria-describedby", "aria-labelledby", "aria-controls"} {
			for _, id := range strings.Fields(s.AttrOr(a, "")) {
				if !ids[id] {
					t.Errorf("%s names %s, which is not there", a, id)
				}
			}
		}
	})
	doc.Find(`input:not([type="hidden"])`).Each(func(_ int, s *goquery.Selection) {
		if doc.Find(fmt.Sprintf("label[for=%q]", s.AttrOr("id", ""))).Length() != 1 {
			t.Errorf("the field %s has no label", s.AttrOr("name", ""))
		}
	})
	doc.Find("img").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("alt", "") == "" {
			t.Error("an image has no text")
		}
	})
}

func scripts(t *testing.T, doc *goquery.Document) {
	t.Helper()
	doc.Find("script").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("nonce", "") != "n0nce" || s.AttrOr("src", "") == "" || s.Text() != "" {
			t.Error("a script is inline or has no nonce")
		}
	})
}

// Forms that change something carry the token, and the address that a change
// of language keeps (R113).
func TestFormsCarryTheirToken_R113(t *testing.T) {
	for name, c := range samples(page("en")) {
		_, doc := draw(t, c)
		doc.Find(`form[method="post"]`).Each(func(_ int, f *goquery.Selection) {
			if f.Find(`input[name="csrf"][value="token"]`).Length() != 1 {
				t.Errorf("%s: a form has no token", name)
			}
		})
		if doc.Find(`form[method="get"] input[name="executionId"]`).Length() != 1 {
			t.Errorf("%s: a change of language loses the execution", name)
		}
	}
}

func TestFieldsSayWhatTheyAreFor(t *testing.T) {
	_, doc := draw(t, samples(page("en"))["sign-in"])
	for selector, want := range map[string]map[string]string{
		"#username": {
			"type": "text", "inputmode": "email", "autocomplete": "username webauthn", "autocapitalize": "none",
			"autocorrect": "off", "spellcheck": "false", "enterkeyhint": "next", "required": "", "autofocus": "",
		},
		"#password":            {"type": "password", "autocomplete": "current-password webauthn", "maxlength": "256", "required": ""},
		"[data-show-password]": {"type": "button", "aria-pressed": "false", "aria-controls": "password"},
	} {
		for name, value := range want {
			if got, ok := doc.Find(selector).Attr(name); !ok || got != value {
				t.Errorf("%s: %s is %q, want %q", selector, name, got, value)
			}
		}
	}
	_, doc = draw(t, samples(page("en"))["password"])
	chip := doc.Find("#username")
	if _, readonly := chip.Attr("readonly"); !readonly || chip.AttrOr("value", "") != "ada@example.com" || chip.AttrOr("autocomplete", "") != "username" {
		t.Error("the password has no read-only name beside it")
	}
}

func TestRefusalIsToldFirst(t *testing.T) {
	_, doc := draw(t, samples(page("en"))["sign-in-refused"])
	notice := doc.Find(`main [role="alert"]`)
	if _, focus := notice.Attr("autofocus"); !focus || !strings.Contains(notice.Text(), "7K4-Q2M") || !strings.Contains(notice.Text(), "don't match") {
		t.Errorf("the summary says %q", notice.Text())
	}
	if !strings.HasPrefix(doc.Find("title").Text(), "Error: ") || doc.Find("#username").AttrOr("value", "") != "ada" {
		t.Error("the title or what was typed is lost")
	}
	_, doc = draw(t, samples(page("en"))["sign-in-missing"])
	field := doc.Find("#password")
	if field.AttrOr("aria-invalid", "") != "true" || field.AttrOr("aria-describedby", "") != "password-error" || doc.Find(`a[href="#password"]`).Length() != 1 {
		t.Error("the error is not tied to its field")
	}
}

// Whatever a name holds stays text.
func TestNamesAreText_R112(t *testing.T) {
	p := page("en")
	p.Tenant = `<script>alert(1)</script>`
	html, doc := draw(t, hosted.ConsentPage(p, hosted.Consent{Application: `"><img src=x onerror=1>`, User: "<b>", Host: "<i>", Scopes: []hosted.Scope{{Name: "<u>"}}}))
	if doc.Find("img, b, i, u").Length() != 0 || strings.Contains(html, "<script>alert") {
		t.Error("a name became markup")
	}
	_, doc = draw(t, hosted.FailurePage(p, hosted.Failure{Code: reason.ServerError, StartAgain: "javascript:alert(1)"}))
	if strings.Contains(doc.Find("a.button").AttrOr("href", ""), "javascript") {
		t.Error("a script became an address")
	}
}

// L83: pages of applications, which strangers may have registered, are loaded to
// end their sessions, and cannot lead the window elsewhere.
func TestFramesOfApplicationsAreConfined_L83(t *testing.T) {
	var out strings.Builder
	signedOut := hosted.SignedOutPage(page("en"), hosted.SignedOut{Frames: []string{"https://rp.example/front?sid=1"}})
	if err := signedOut.Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `sandbox="allow-scripts allow-same-origin allow-forms"`) {
		t.Errorf("%s", out.String())
	}
}
