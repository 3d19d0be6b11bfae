// Package pages looks at every page as people do: wide and narrow, light and
// dark, from left to right and from right to left. Axe finds nothing serious,
// and nothing is wider than the window.
package pages

import (
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"gatehouse/e2e/harness"
)

var looks = []harness.Look{
	{Name: "wide-light-en", Width: 1280, Locale: "en"},
	{Name: "narrow-dark-ar", Width: 390, Dark: true, Locale: "ar"},
}

const password = "seven quiet harbours in winter"

// grace is a second user of Acme, with Ada's password; further ones make their
// own account.
const grace = `
kind: Tenant
name: acme
spec: {display_name: Acme, settings: {self_registration: on, sign_up_names: optional}}
---
kind: User
tenant: acme
name: grace
spec: {email: grace.brewster.murray.hopper@example.com, name: Grace Hopper, password: ` + harness.AdaPassword + `}
`

// console are the console's pages of tenant Acme, and its own.
var console = []string{
	"/console/t/acme", "/console/t/acme/users", "/console/t/acme/users/new", "/console/t/acme/applications",
	"/console/t/acme/applications/new", "/console/t/acme/applications/new?type=web", "/console/t/acme/attempts",
	"/console/t/acme/branding", "/console/t/acme/audit", "/console/t/acme/clients", "/console/t/acme/settings",
	"/console/t/acme/suspend", "/console/t/acme/registration", "/console/t/acme/apis", "/console/t/acme/apis/new", "/console/t/acme/claims", "/console/t/acme/claims/new", "/console/tenants", "/console/tenants/new", "/console/administrators", "/console/administrators/new",
	"/console/switch", "/console/search?q=ada", "/console/t/acme/users?q=nobody", "/console/t/acme/nowhere",
}

// beneath are the tabs of a user and of an application.
var beneath = map[string][]string{
	`/console/t/acme/users/`:        {"", "/attempts", "/profile", "/credentials", "/sessions", "/applications", "/lock", "/password", "/delete"},
	`/console/t/acme/apis/`:         {"", "/settings", "/delete"},
	`/console/t/acme/claims/`:       {""},
	`/console/t/acme/applications/`: {"", "/settings", "/protocol", "/secrets", "/logouts", "/activity", "/danger"},
}

func TestPagesLookFinished(t *testing.T) {
	d := harness.OnSQLite(t)
	rp := harness.NewRelyingParty(t)
	d.Acme(t, rp.URL)
	d.Apply(t, grace)
	if _, fault, err := d.Command(t, password+"\n", "admin", "create", "--email", "olivia@example.com", "--name", "Olivia Owner", "--password-stdin"); err != nil {
		t.Fatal(fault)
	}
	server := d.Serve(t)
	rp.Configure(server.Base(), harness.PortalID, harness.PortalSecret, "offline_access")
	ada := harness.NewPerson(t, server.URL)
	ada.SignIn(ada.Open(rp.AuthURL()), "ada", "not the password of Ada")
	ada.SignIn(ada.Open(rp.AuthURL()), "ada", harness.AdaPassword)
	for _, look := range looks {
		t.Run(look.Name, func(t *testing.T) { v := &viewer{t, server, harness.NewBrowser(t), look}; v.tour(rp) })
	}
}

// viewer looks at pages.
type viewer struct {
	t      *testing.T
	server *harness.Server
	b      *harness.Browser
	look   harness.Look
}

func (v *viewer) tour(rp *harness.RelyingParty) {
	v.b.Put(v.look)
	base := v.server.Base()
	v.at(rp.AuthURL())
	v.signUp(rp)
	v.at(base + "/signed-out")
	v.at(base + "/oauth2/authorize?client_id=nobody")
	v.consent(rp)
	v.at(base + "/nowhere")
	v.at(base + "/device")
	v.accounts(rp)
	v.at(v.server.URL + "/console/sign-in")
	v.b.Fill("[name=username]", "olivia@example.com")
	v.b.Fill("[name=password]", password)
	v.b.Click("form:has([name=password]) button.btn-primary, form.fields .button.full")
	v.b.Await("[href*='/console/']")
	for _, path := range console {
		v.at(v.server.URL + path)
	}
	for prefix, tabs := range beneath {
		v.b.Open(v.server.URL + strings.TrimSuffix(prefix, "/"))
		one := v.b.Href(`a[href^="` + prefix + `0"]`)
		for _, tab := range tabs {
			v.at(v.server.URL + one + tab)
		}
	}
}

// signUp looks at the page for making an account, untouched and with faults.
func (v *viewer) signUp(rp *harness.RelyingParty) {
	v.t.Helper()
	v.at(v.server.Base() + "/sign-up")
	v.b.Open(rp.AuthURL() + "&prompt=create")
	v.b.Fill("#username", "ada")
	v.b.Fill("#email", "ada@example.com")
	v.b.Fill("#password", "password")
	v.b.Click("form.fields .button.full")
	v.b.Await("#password-error")
	for _, fault := range v.b.Judge() {
		v.t.Errorf("sign-up with faults: %s", fault)
	}
	v.b.Shoot(v.look.Name + "-sign-up-faults")
}

// payment is asked for in so many words, which a user sees before anybody gets
// it (RFC 9396).
const payment = `[{"type":"payment_initiation","actions":["initiate","status"],"instructedAmount":{"amount":123.50,"currency":"EUR"},` +
	`"creditorName":"Merchant A/S","recurring":true}]`

// consent looks at the question after a sign-in.
func (v *viewer) consent(rp *harness.RelyingParty) {
	v.b.Open(rp.AuthURL(oauth2.SetAuthURLParam("authorization_details", payment)))
	v.b.Fill("[name=username]", "ada")
	v.b.Fill("[name=password]", harness.AdaPassword)
	v.b.Click("form.fields .button.full")
	v.b.Await("[name=decision]")
	if shown := v.b.Text(".scopes .detail"); !strings.Contains(shown, "123.50") || !strings.Contains(shown, "Merchant A/S") {
		v.t.Errorf("the user sees %q", shown)
	}
	for _, fault := range v.b.Judge() {
		v.t.Errorf("consent: %s", fault)
	}
	v.b.Shoot(v.look.Name + "-consent")
}

// accounts looks at the pages of somebody who is signed in twice over, and goes
// from one account to the other.
func (v *viewer) accounts(rp *harness.RelyingParty) {
	v.t.Helper()
	base := v.server.Base()
	for _, name := range []string{"ada", "grace"} {
		v.b.Open(base + "/sign-in")
		v.b.Fill("[name=username]", name)
		v.b.Fill("[name=password]", harness.AdaPassword)
		v.b.Click("form.fields .button.full")
		v.b.Await(".sessions")
	}
	for _, path := range []string{"/account", "/account/switch", "/sign-out", "/sign-in"} {
		v.at(base + path)
	}
	v.at(rp.AuthURL() + "&prompt=select_account")
	v.b.Open(base + "/account/switch")
	v.b.Click(".accounts li:nth-child(2) .choice")
	v.b.Await(".sessions")
	if who := v.b.Text("h1"); who != "Ada Lovelace" {
		v.t.Errorf("%s is in use", who)
	}
	v.b.Open(base + "/account/switch")
	v.b.Click(".accounts li:nth-child(2) .quiet")
	v.b.Await(".accounts li:only-child")
}

// at looks at one page.
func (v *viewer) at(url string) {
	v.t.Helper()
	v.b.Open(url)
	path, _, _ := strings.Cut(strings.TrimPrefix(url, v.server.URL), "&")
	for _, fault := range v.b.Judge() {
		v.t.Errorf("%s: %s", path[:min(len(path), 60)], fault)
	}
	v.b.Shoot(v.look.Name + strings.Map(plain, path[:min(len(path), 100)]))
}

func plain(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}
