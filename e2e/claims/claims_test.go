// Package claims writes a claim rule in a browser, beside what tokens would say
// while it is typed.
package claims

import (
	"strings"
	"testing"

	"gatehouse/e2e/harness"
)

const password = "seven quiet harbours in winter"

func TestClaimRuleWithLivePreview(t *testing.T) {
	d := harness.OnSQLite(t)
	rp := harness.NewRelyingParty(t)
	d.Acme(t, rp.URL)
	if _, fault, err := d.Command(t, password+"\n", "admin", "create", "--email", "olivia@example.com", "--name", "Olivia Owner", "--password-stdin"); err != nil {
		t.Fatal(fault)
	}
	server := d.Serve(t)
	b := harness.NewBrowser(t)
	b.Open(server.URL + "/console/sign-in")
	b.Fill("[name=username]", "olivia@example.com")
	b.Fill("[name=password]", password)
	b.Click("form:has([name=password]) button.btn-primary")
	b.Await("[href*='/console/']")
	b.Open(server.URL + "/console/t/acme/claims/new")
	b.Fill("[name=name]", "initial")
	b.Fill("[name=claim]", "initial")
	b.Fill("[name=preview_user]", "ada")
	b.Fill("[name=expression]", "user.username[0:1")
	b.Await("#shown .state.bad")
	b.Fill("[name=expression]", "upper(user.username[0:1])")
	b.Await("#told-id_token")
	if text := b.Text("#shown"); !strings.Contains(text, `"initial": "A"`) || !strings.Contains(text, `"domain": "example.com"`) {
		t.Error(text)
	}
	b.Shoot("claims-preview")
	b.Click(".savebar button.btn-primary")
	b.Await(".flash")
}
