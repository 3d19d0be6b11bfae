// An application that registers itself with openid-client v6, unmodified: it
// prints what it became and the authorization request, which it pushes first.
import { createInterface } from 'node:readline/promises'
import * as client from 'openid-client'

const { ISSUER, TOKEN, REDIRECT_URI } = process.env
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const say = (what) => console.log(JSON.stringify(what))

const config = await client.dynamicClientRegistration(new URL(ISSUER), {
  redirect_uris: [REDIRECT_URI], client_name: 'Registered', grant_types: ['authorization_code', 'refresh_token'],
}, client.ClientSecretBasic(), { initialAccessToken: TOKEN, execute: [client.allowInsecureRequests] })

const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
say(await client.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: REDIRECT_URI, scope: 'openid email', state: expectedState,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256',
}))

const answer = new URL((await lines.next()).value)
const tokens = await client.authorizationCodeGrant(config, answer, { pkceCodeVerifier, expectedState, idTokenExpected: true })
const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)

const { registration_client_uri: at, registration_access_token: token } = config.clientMetadata()
const gone = await fetch(at, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
say({ email: info.email, gone: gone.status })
process.exit(0)
