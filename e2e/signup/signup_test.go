package signup

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"golang.org/x/oauth2"

	"gatehouse/e2e/harness"
)

const opened = `
kind: Tenant
name: acme
spec: {display_name: Acme, settings: {self_registration: on, sign_up_names: required}}
---
kind: Application
tenant: acme
name: closed
spec:
  application_type: spa
  client_id: closed
  redirect_uris: ["http://127.0.0.1:9/callback"]
  self_registration: off
  scope: openid
`

const password = "eleven brass lanterns by the sea"

var create = oauth2.SetAuthURLParam("prompt", "create")

// The application sends somebody with prompt=create, she makes her account in a
// real browser, and the application gets tokens for her. Later she signs in by
// her username, and not by the address that nobody has proved to be hers.
func TestSomebodySignsUpAtAnApplication(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		rp := harness.NewRelyingParty(t)
		d.Acme(t, rp.URL)
		d.Apply(t, opened)
		server := d.Serve(t)
		rp.Configure(server.Base(), harness.PortalID, harness.PortalSecret, "profile", "email")

		grace := harness.NewBrowser(t)
		grace.Open(rp.AuthURL(create))
		fill(grace, "ada") // somebody has that one
		grace.Await("#username[aria-invalid=true]")
		fill(grace, "grace")
		grace.Await("#hello")
		if hello := grace.Text("#hello"); hello != "Hello Grace Hopper" {
			t.Errorf("the application says %q", hello)
		}
		visit := rp.LastVisit()
		unproved(t, rp, visit)

		person := harness.NewPerson(t, server.URL)
		if page := person.SignIn(person.Open(rp.AuthURL()), "grace@example.com", password); page.URL.Query().Has("code") {
			t.Error("she signs in by an address that nobody proved")
		}
		page := person.SignIn(person.Open(rp.AuthURL()), "GRACE", password)
		again, err := rp.Redeem(context.Background(), page.URL.Query())
		if err != nil || again.ID.Subject != visit.ID.Subject {
			t.Errorf("%v at %s", err, page.URL)
		}
	})
}

func fill(b *harness.Browser, username string) {
	b.Fill("#username", username)
	b.Fill("#email", "grace@example.com")
	b.Fill("#given_name", "Grace")
	b.Fill("#family_name", "Hopper")
	b.Fill("#password", password)
	b.Click("form.fields .button.full")
}

// unproved expects claims that say that the address is not verified.
func unproved(t *testing.T, rp *harness.RelyingParty, visit *harness.Visit) {
	t.Helper()
	info, err := rp.Provider.UserInfo(context.Background(), oauth2.StaticTokenSource(visit.Tokens))
	if err != nil || info.Email != "grace@example.com" || info.EmailVerified || info.Subject != visit.ID.Subject {
		t.Errorf("userinfo: %+v %v", info, err)
	}
}

// Off is the default, of a tenant as of what it publishes; an application may
// be narrower than its tenant.
func TestSigningUpIsOffUnlessChosen(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		rp := harness.NewRelyingParty(t)
		d.Acme(t, rp.URL)
		server := d.Serve(t)
		rp.Configure(server.Base(), harness.PortalID, harness.PortalSecret)
		refused(t, server, rp)
		if offers(t, rp) {
			t.Error("the metadata names create")
		}
		person := harness.NewPerson(t, server.URL)
		if page := person.Open(server.Base() + "/sign-up"); page.Status != http.StatusForbidden || page.Doc.Find("input").Length() != 0 {
			t.Errorf("%d %s", page.Status, page.Body)
		}
		if page := person.Open(rp.AuthURL()); page.Doc.Find(`a[href*="/sign-up"]`).Length() != 0 {
			t.Error("the sign-in page offers it")
		}
	})
}

func TestAnApplicationMayBeNarrower(t *testing.T) {
	d := harness.OnSQLite(t)
	rp := harness.NewRelyingParty(t)
	d.Acme(t, rp.URL)
	d.Apply(t, opened)
	server := d.Serve(t)
	rp.Configure(server.Base(), "closed", "")
	rp.OAuth.RedirectURL = "http://127.0.0.1:9/callback"
	refused(t, server, rp)
	if !offers(t, rp) {
		t.Error("the metadata does not name create")
	}
}

// refused expects the answer of a server that does not know create (§4.1).
func refused(t *testing.T, server *harness.Server, rp *harness.RelyingParty) {
	t.Helper()
	page := harness.NewPerson(t, server.URL).Open(rp.AuthURL(create))
	if got := page.URL.Query(); got.Get("error") != "invalid_request" || got.Get("error_description") == "" || got.Get("state") == "" {
		t.Errorf("%s", page.URL)
	}
}

func offers(t *testing.T, rp *harness.RelyingParty) bool {
	t.Helper()
	var meta struct {
		Prompts []string `json:"prompt_values_supported"`
	}
	if err := rp.Provider.Claims(&meta); err != nil || !slices.Contains(meta.Prompts, "login") {
		t.Errorf("%v %v", meta, err)
	}
	return slices.Contains(meta.Prompts, "create")
}
