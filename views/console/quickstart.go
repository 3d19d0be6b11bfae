package console

import (
	"strings"

	"gatehouse/models"
)

// framework is one way to connect an application.
type framework struct{ Name, Label string }

func frameworks(t models.ApplicationType) []framework {
	switch t {
	case models.TypeService:
		return []framework{{"curl", "curl"}, {"go", "Go"}, {"node", "Node.js"}}
	case models.TypeSPA:
		return []framework{{"browser", "oidc-client-ts"}}
	case models.TypeDevice:
		return []framework{{"device", "curl"}, {"device-node", "Node.js"}, {"device-go", "Go"}}
	case models.TypeNative:
		return []framework{{"appauth", "AppAuth"}, {"go", "Go"}}
	default:
		return []framework{{"go", "Go"}, {"node", "Node.js"}, {"python", "Python"}, {"env", "Environment"}}
	}
}

// sampleOf is where Gatehouse's source holds a whole application of the type.
func sampleOf(t models.ApplicationType) string {
	switch t {
	case models.TypeService:
		return "examples/api"
	case models.TypeSPA:
		return "examples/spa"
	case models.TypeNative, models.TypeDevice:
		return "examples/cli"
	default:
		return "examples/web"
	}
}

// chosen is the framework that the page shows.
func (o Overview) chosen() string {
	all := frameworks(o.Row.Type)
	for _, f := range all {
		if f.Name == o.Framework {
			return f.Name
		}
	}
	return all[0].Name
}

// snippet is the code that connects the application, with its real values.
func (o Overview) snippet() string {
	text := snippets[o.chosen()]
	if o.Row.Type == models.TypeService && machine[o.chosen()] != "" {
		text = machine[o.chosen()]
	}
	redirect := "https://your-app.example/callback"
	if len(o.Row.RedirectURIs.V) > 0 {
		redirect = o.Row.RedirectURIs.V[0]
	}
	secret := o.Secret
	if secret == "" {
		secret = "<client secret>"
	}
	return strings.NewReplacer("{issuer}", o.Base, "{client}", o.Row.ClientID, "{redirect}", redirect, "{secret}", secret, "{scope}", o.Row.Scope).Replace(text)
}

var snippets = map[string]string{
	"env": `OIDC_ISSUER={issuer}
OIDC_CLIENT_ID={client}
OIDC_CLIENT_SECRET={secret}
OIDC_REDIRECT_URI={redirect}
OIDC_SCOPE="{scope}"`,

	"go": `package signin

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"os"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

func connect(ctx context.Context) (*oauth2.Config, *oidc.IDTokenVerifier, error) {
	provider, err := oidc.NewProvider(ctx, "{issuer}")
	if err != nil {
		return nil, nil, err
	}
	config := &oauth2.Config{
		ClientID:     "{client}",
		ClientSecret: os.Getenv("OIDC_CLIENT_SECRET"),
		Endpoint:     provider.Endpoint(),
		RedirectURL:  "{redirect}",
		Scopes:       strings.Fields("{scope}"),
	}
	return config, provider.Verifier(&oidc.Config{ClientID: config.ClientID}), nil
}

// attempt is what the browser's session keeps until the user comes back.
type attempt struct{ State, Nonce, PKCE string }

// begin is where the browser goes.
func begin(config *oauth2.Config) (url string, kept attempt) {
	kept = attempt{rand.Text(), rand.Text(), oauth2.GenerateVerifier()}
	return config.AuthCodeURL(kept.State, oidc.Nonce(kept.Nonce), oauth2.S256ChallengeOption(kept.PKCE)), kept
}

// finish answers at {redirect}: the token says who signed in.
func finish(r *http.Request, config *oauth2.Config, verifier *oidc.IDTokenVerifier, kept attempt) (*oidc.IDToken, error) {
	if r.FormValue("state") != kept.State || r.FormValue("iss") != "{issuer}" || r.FormValue("error") != "" {
		return nil, errors.New("not signed in: " + r.FormValue("error"))
	}
	tokens, err := config.Exchange(r.Context(), r.FormValue("code"), oauth2.VerifierOption(kept.PKCE))
	if err != nil {
		return nil, err
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := verifier.Verify(r.Context(), raw)
	if err == nil && id.Nonce != kept.Nonce {
		err = errors.New("an ID token of another sign-in")
	}
	return id, err
}`,

	"node": `import * as client from 'openid-client'

const config = await client.discovery(
  new URL('{issuer}'), '{client}', process.env.OIDC_CLIENT_SECRET,
)
const verifier = client.randomPKCECodeVerifier(), state = client.randomState() // kept in the session
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: '{redirect}',
  scope: '{scope}',
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
})
// … and in the callback:
const tokens = await client.authorizationCodeGrant(config, currentUrl, {
  pkceCodeVerifier: verifier, expectedState: state,
})`,

	"python": `import os

from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session

session = OAuth2Session(
    "{client}", os.environ["OIDC_CLIENT_SECRET"],
    scope="{scope}", redirect_uri="{redirect}",
    code_challenge_method="S256",
)
verifier = generate_token(48)  # kept in the session, with state
url, state = session.create_authorization_url(
    "{issuer}/oauth2/authorize", code_verifier=verifier,
)
# … and in the callback:
token = session.fetch_token(
    "{issuer}/oauth2/token", authorization_response=request.url,
    code_verifier=verifier,
)`,

	"browser": `import { UserManager } from 'oidc-client-ts'

const users = new UserManager({
  authority: '{issuer}',
  client_id: '{client}',
  redirect_uri: '{redirect}',
  scope: '{scope}',
})
await users.signinRedirect()
// … and on the page at {redirect}:
const user = await users.signinCallback()`,

	"device": `# what the device shows, and what it keeps
curl --data client_id={client} --data 'scope={scope}' \
  {issuer}/oauth2/device_authorization

# every five seconds, until the user has answered
curl --data client_id={client} \
  --data grant_type=urn:ietf:params:oauth:grant-type:device_code \
  --data device_code=$DEVICE_CODE \
  {issuer}/oauth2/token`,

	"device-node": `import * as client from 'openid-client'

const config = await client.discovery(
  new URL('{issuer}'), '{client}', undefined, client.None(),
)
const device = await client.initiateDeviceAuthorization(config, { scope: '{scope}' })
show(device.user_code, device.verification_uri, device.verification_uri_complete)
const tokens = await client.pollDeviceAuthorizationGrant(config, device)`,

	"device-go": `package device

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/oauth2"
)

func signIn(ctx context.Context) (*oauth2.Token, error) {
	config := oauth2.Config{
		ClientID: "{client}",
		Endpoint: oauth2.Endpoint{
			DeviceAuthURL: "{issuer}/oauth2/device_authorization",
			TokenURL:      "{issuer}/oauth2/token",
		},
		Scopes: strings.Fields("{scope}"),
	}
	device, err := config.DeviceAuth(ctx)
	if err != nil {
		return nil, err
	}
	fmt.Println("Open", device.VerificationURI, "and enter", device.UserCode)
	return config.DeviceAccessToken(ctx, device)
}`,

	"appauth": `Issuer        {issuer}
Client ID     {client}
Redirect URI  {redirect}
Scope         {scope}
PKCE          S256`,
}

var machine = map[string]string{
	"curl": `curl --user '{client}:{secret}' \
  --data grant_type=client_credentials \
  --data 'scope={scope}' \
  {issuer}/oauth2/token`,

	"go": `package service

import (
	"context"
	"net/http"
	"os"
	"strings"

	"golang.org/x/oauth2/clientcredentials"
)

// client bears a token of the service's own, and renews it.
func client(ctx context.Context) *http.Client {
	config := clientcredentials.Config{
		ClientID:     "{client}",
		ClientSecret: os.Getenv("OIDC_CLIENT_SECRET"),
		TokenURL:     "{issuer}/oauth2/token",
		Scopes:       strings.Fields("{scope}"),
	}
	return config.Client(ctx)
}`,

	"node": `import * as client from 'openid-client'

const config = await client.discovery(
  new URL('{issuer}'), '{client}', process.env.OIDC_CLIENT_SECRET,
)
const tokens = await client.clientCredentialsGrant(config, { scope: '{scope}' })`,
}
