// Package story tells in a real browser what Gatehouse is for: somebody starts
// it, opens the link that it prints, sets up a tenant with an application and a
// user, and that user signs in to the application.
package story

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"gatehouse/e2e/harness"
)

const (
	ownerEmail    = "olivia@example.com"
	ownerPassword = "seven quiet harbours in winter"
	brand         = "#8a1538"
)

// told is a story as it goes on.
type told struct {
	t      *testing.T
	d      *harness.Deployment
	server *harness.Server
	rp     *harness.RelyingParty
	admin  *harness.Browser // the administrator's
}

func TestAnAdministratorSetsUpATenantAndAnApplicationSignsAUserIn(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		s := &told{t: t, d: d, rp: harness.NewRelyingParty(t), admin: harness.NewBrowser(t)}
		s.server = d.Serve(t)
		s.setUp()
		s.createAda()
		s.adaSignsIn()
		s.supportSeesTheAttempts()
		s.allIsStillThere()
	})
}

// setUp opens the printed link: first administrator, tenant, application.
func (s *told) setUp() {
	s.t.Helper()
	a := s.admin
	a.Open(s.server.SetupLink())
	a.Shoot("setup-administrator")
	a.Fill("[name=email]", ownerEmail)
	a.Fill("[name=name]", "Olivia Owner")
	a.Fill("[name=password]", ownerPassword)
	a.Click("form.card button[type=submit]")
	a.Await(`a[href$="/setup/tenant"]`)
	a.Shoot("setup-url")
	a.Click(`a[href$="/setup/tenant"]`)

	a.Fill("[name=name]", "acme")
	a.Fill("[name=display_name]", "Acme")
	a.Set("[name=colour]", brand)
	a.Upload("[name=logo]", logo(s.t))
	a.Shoot("setup-tenant")
	a.Click("form[enctype] button[type=submit]")

	a.Await(`a[href*="type=web"]`)
	a.Shoot("setup-application")
	a.Click(`a[href*="type=web"]`)
	a.Fill("[name=display_name]", "Portal")
	a.Fill("[name=redirect_uris]", s.rp.URL+"/callback")
	a.Fill("[name=post_logout_redirect_uris]", s.rp.URL+"/")
	a.Click(`form:has([name=redirect_uris]) button[type=submit]`)
	a.Await("#secret-once")
	a.Shoot("setup-done")
	secret := a.Text("#secret-once")
	a.Open(s.server.URL + "/console/t/acme/applications")
	a.Shoot("applications")
	s.rp.Configure(s.server.Base(), a.Text("table code.id"), secret, "profile", "email", "offline_access")
}

// logo draws a picture to upload.
func logo(t *testing.T) string {
	t.Helper()
	p := image.NewNRGBA(image.Rect(0, 0, 120, 40))
	draw.Draw(p, p.Bounds(), image.NewUniform(color.NRGBA{0x8a, 0x15, 0x38, 0xff}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "logo.png")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func (s *told) createAda() {
	s.t.Helper()
	a := s.admin
	a.Open(s.server.URL + "/console/t/acme/users/new")
	a.Fill("[name=username]", "ada")
	a.Fill("[name=email]", "ada@example.com")
	a.Click("[name=email_verified]")
	a.Fill("[name=given_name]", "Ada")
	a.Fill("[name=family_name]", "Lovelace")
	a.Fill("[name=password]", harness.AdaPassword)
	a.Shoot("user-new")
	a.Click(`form:has([name=username]) button[type=submit]`)
	a.Expect("Ada Lovelace")
	a.Shoot("user")
}

// adaSignsIn follows Ada from the portal to the branded page and back, with a
// wrong password on the way, and lets the portal use what it was given.
func (s *told) adaSignsIn() {
	s.t.Helper()
	ada := harness.NewBrowser(s.t)
	ada.Open(s.rp.URL)
	ada.Click("#login")
	ada.Expect("Acme")
	ada.Await(`img[src*="/branding/images/"]`)
	ada.Shoot("sign-in")
	ada.Fill("[name=username]", "ada@example.com")
	ada.Fill("[name=password]", "not the password of Ada")
	ada.Click("form.fields .button.full")
	ada.Await("[role=alert]")
	ada.Shoot("sign-in-refused")
	ada.Fill("[name=password]", harness.AdaPassword)
	ada.Click("form.fields .button.full")
	ada.Expect("Hello Ada Lovelace")

	visit := s.rp.LastVisit()
	fresh, err := s.rp.OAuth.TokenSource(context.Background(), &oauth2.Token{RefreshToken: visit.Tokens.RefreshToken}).Token()
	if err != nil {
		s.t.Fatal(err)
	}
	info, err := s.rp.Provider.UserInfo(context.Background(), oauth2.StaticTokenSource(fresh))
	if err != nil || info.Email != "ada@example.com" {
		s.t.Errorf("userinfo: %+v %v", info, err)
	}
	ada.Open(s.server.Base() + "/oauth2/logout?id_token_hint=" + visit.RawID + "&post_logout_redirect_uri=" + s.rp.URL + "/")
	ada.Await("#login")
	if at := ada.Location(); !strings.HasPrefix(at, s.rp.URL) {
		s.t.Errorf("after signing out: %s", at)
	}
}

// supportSeesTheAttempts looks at Ada's page and at the dashboard.
func (s *told) supportSeesTheAttempts() {
	s.t.Helper()
	a := s.admin
	a.Open(s.server.URL + "/console/t/acme/users?q=ada")
	a.Shoot("users")
	a.Click(`a[href*="/console/t/acme/users/0"]`)
	a.Expect("Ada Lovelace")
	a.Shoot("user-timeline")
	a.Click(`a[href*="/users/"][href$="/attempts"]`)
	a.Expect("the password was wrong")
	a.Shoot("user-attempts")
	a.Open(s.server.URL + "/console/t/acme")
	a.Await("h1")
	a.Shoot("dashboard")
}

// allIsStillThere stops the server and starts it again.
func (s *told) allIsStillThere() {
	s.t.Helper()
	port := s.server.Port()
	s.server.Stop()
	s.server = s.d.ServeOn(s.t, port)
	s.admin.Open(s.server.URL + "/console/t/acme/users?q=lovelace")
	s.admin.Expect("ada@example.com")
	ada := harness.NewPerson(s.t, s.server.URL)
	page := ada.SignIn(ada.Open(s.rp.AuthURL()), "ada", harness.AdaPassword)
	if _, err := s.rp.Redeem(context.Background(), page.URL.Query()); err != nil {
		s.t.Errorf("after a restart: %v at %s", err, page.URL)
	}
}
