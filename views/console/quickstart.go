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

	"go": `provider, err := oidc.NewProvider(ctx, "{issuer}")
if err != nil {
	return err
}
config := oauth2.Config{
	ClientID:     "{client}",
	ClientSecret: os.Getenv("OIDC_CLIENT_SECRET"),
	Endpoint:     provider.Endpoint(),
	RedirectURL:  "{redirect}",
	Scopes:       strings.Fields("{scope}"),
}
verifier := provider.Verifier(&oidc.Config{ClientID: "{client}"})

pkce := oauth2.GenerateVerifier()
url := config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(pkce))
// … and in the callback:
tokens, err := config.Exchange(ctx, code, oauth2.VerifierOption(pkce))`,

	"node": `import * as client from 'openid-client'

const config = await client.discovery(
  new URL('{issuer}'), '{client}', process.env.OIDC_CLIENT_SECRET,
)
const verifier = client.randomPKCECodeVerifier()
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

	"python": `from authlib.integrations.requests_client import OAuth2Session

session = OAuth2Session(
    "{client}", os.environ["OIDC_CLIENT_SECRET"],
    scope="{scope}", redirect_uri="{redirect}",
    code_challenge_method="S256",
)
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

	"device-go": `config := oauth2.Config{
	ClientID: "{client}",
	Endpoint: oauth2.Endpoint{
		DeviceAuthURL: "{issuer}/oauth2/device_authorization",
		TokenURL:      "{issuer}/oauth2/token",
	},
	Scopes: strings.Fields("{scope}"),
}
device, err := config.DeviceAuth(ctx)
if err != nil {
	return err
}
show(device.UserCode, device.VerificationURI)
tokens, err := config.DeviceAccessToken(ctx, device)`,

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

	"go": `config := clientcredentials.Config{
	ClientID:     "{client}",
	ClientSecret: os.Getenv("OIDC_CLIENT_SECRET"),
	TokenURL:     "{issuer}/oauth2/token",
	Scopes:       strings.Fields("{scope}"),
}
response, err := config.Client(ctx).Get("https://api.example/")`,

	"node": `import * as client from 'openid-client'

const config = await client.discovery(
  new URL('{issuer}'), '{client}', process.env.OIDC_CLIENT_SECRET,
)
const tokens = await client.clientCredentialsGrant(config, { scope: '{scope}' })`,
}
