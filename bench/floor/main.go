// Command floor answers like an OpenID provider that stores nothing: the least
// that the same framework, client authentication and signatures cost on this
// machine. `make bench` prints it beside Gatehouse. It is no server for users:
// it knows one client and lets everybody in.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/gofiber/fiber/v2"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:9400", "address")
	client := flag.String("client", "bench", "client_id")
	secret := flag.String("secret", "", "client_secret")
	flag.Parse()
	if err := run(*listen, *client, *secret); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func run(listen, client, secret string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		return err
	}
	p := &provider{issuer: "http://" + listen, client: client, secret: []byte(secret), key: key, signer: signer}
	app := fiber.New(fiber.Config{Immutable: true, DisableStartupMessage: true})
	p.routes(app)
	return app.Listen(listen)
}

type provider struct {
	issuer string
	client string
	secret []byte
	key    *ecdsa.PrivateKey
	signer jose.Signer
}

func (p *provider) routes(app *fiber.App) {
	app.Get("/.well-known/openid-configuration", p.discovery)
	app.Get("/jwks", p.jwks)
	app.Get("/authorize", p.authorize)
	app.Get("/sign-in", p.page)
	app.Post("/sign-in", p.signIn)
	app.Post("/token", p.token)
	app.Post("/introspect", p.introspect)
	app.Get("/userinfo", p.userinfo)
}

func (p *provider) discovery(c *fiber.Ctx) error {
	return c.JSON(fiber.Map{
		"issuer": p.issuer, "authorization_endpoint": p.issuer + "/authorize", "token_endpoint": p.issuer + "/token",
		"userinfo_endpoint": p.issuer + "/userinfo", "introspection_endpoint": p.issuer + "/introspect", "jwks_uri": p.issuer + "/jwks",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"}, "code_challenge_methods_supported": []string{"S256"},
	})
}

func (p *provider) jwks(c *fiber.Ctx) error {
	return c.JSON(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &p.key.PublicKey, KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
}

func (p *provider) authorize(c *fiber.Ctx) error {
	c.Cookie(&fiber.Cookie{Name: "browser", Value: rand.Text(), HTTPOnly: true})
	return c.Redirect("/sign-in?"+string(c.Request().URI().QueryString()), fiber.StatusSeeOther)
}

// filling makes the page as long as a branded one.
var filling = strings.Repeat("<p class=\"lead\">The sign-in page of a customer, with its logo and its words.</p>\n", 72)

func (p *provider) page(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.SendString("<!doctype html><title>Sign in</title>" + filling +
		`<form method="post"><input name="username" autocomplete="username"><input type="password" name="password"><button>Sign in</button></form>`)
}

func (p *provider) signIn(c *fiber.Ctx) error {
	back := url.Values{"code": {rand.Text()}, "state": {c.Query("state")}, "iss": {p.issuer}}
	return c.Redirect(c.Query("redirect_uri")+"?"+back.Encode(), fiber.StatusSeeOther)
}

// authenticate checks client_secret_basic with one keyed hash.
func (p *provider) authenticate(c *fiber.Ctx) bool {
	raw, ok := strings.CutPrefix(c.Get(fiber.HeaderAuthorization), "Basic ")
	if !ok {
		return false
	}
	pair, err := base64.StdEncoding.DecodeString(raw)
	if err != nil {
		return false
	}
	id, secret, _ := strings.Cut(string(pair), ":")
	return id == p.client && hmac.Equal(p.mac([]byte(secret)), p.mac(p.secret))
}

func (p *provider) mac(secret []byte) []byte {
	h := hmac.New(sha256.New, []byte("floor"))
	h.Write(secret)
	return h.Sum(nil)
}

func (p *provider) sign() (string, error) {
	now := time.Now()
	return jwt.Signed(p.signer).Claims(jwt.Claims{
		Issuer: p.issuer, Subject: "user", Audience: jwt.Audience{p.issuer}, ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(15 * time.Minute)),
	}).Serialize()
}

func (p *provider) token(c *fiber.Ctx) error {
	if !p.authenticate(c) {
		return c.Status(fiber.StatusUnauthorized).JSON(fiber.Map{"error": "invalid_client"})
	}
	access, err := p.sign()
	if err != nil {
		return err
	}
	answer := fiber.Map{"access_token": access, "token_type": "Bearer", "expires_in": 900}
	if c.FormValue("grant_type") != "client_credentials" {
		id, err := p.sign()
		if err != nil {
			return err
		}
		answer["id_token"], answer["refresh_token"] = id, rand.Text()
	}
	return c.JSON(answer)
}

func (p *provider) verify(token string) (jwt.Claims, error) {
	var claims jwt.Claims
	t, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return claims, err
	}
	return claims, t.Claims(&p.key.PublicKey, &claims)
}

func (p *provider) introspect(c *fiber.Ctx) error {
	if !p.authenticate(c) {
		return c.Status(fiber.StatusUnauthorized).JSON(fiber.Map{"error": "invalid_client"})
	}
	claims, err := p.verify(c.FormValue("token"))
	if err != nil {
		return c.JSON(fiber.Map{"active": false})
	}
	return c.JSON(fiber.Map{"active": true, "sub": claims.Subject, "iss": claims.Issuer, "exp": claims.Expiry})
}

func (p *provider) userinfo(c *fiber.Ctx) error {
	claims, err := p.verify(strings.TrimPrefix(c.Get(fiber.HeaderAuthorization), "Bearer "))
	if err != nil {
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	return c.JSON(fiber.Map{"sub": claims.Subject, "email": "user@example.com", "given_name": "A", "family_name": "User"})
}
