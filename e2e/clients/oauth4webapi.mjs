// oauth4webapi by hand: a pushed request with DPoP, private_key_jwt, and the
// device, backchannel (CIBA), client credentials, introspection and revocation
// requests.
import assert from 'node:assert/strict'
import { createInterface } from 'node:readline/promises'
import * as oauth from 'oauth4webapi'

const { ISSUER, CLIENT_ID, KEY } = process.env
const insecure = { [oauth.allowInsecureRequests]: true }
const as = await oauth.processDiscoveryResponse(new URL(ISSUER), await oauth.discoveryRequest(new URL(ISSUER), insecure))
const client = { client_id: CLIENT_ID }
const key = await crypto.subtle.importKey('jwk', JSON.parse(KEY), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
const auth = oauth.PrivateKeyJwt({ key, kid: JSON.parse(KEY).kid })
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const say = what => console.log(JSON.stringify(what))

const redirect_uri = 'http://127.0.0.1:9/callback'
const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState(), nonce = oauth.generateRandomNonce()
const parameters = new URLSearchParams({
  client_id: CLIENT_ID, redirect_uri, response_type: 'code', scope: 'openid profile offline_access', state, nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
})
const pushed = await oauth.processPushedAuthorizationResponse(as, client,
  await oauth.pushedAuthorizationRequest(as, client, auth, parameters, { ...insecure, DPoP }))
const begin = new URL(as.authorization_endpoint)
begin.search = new URLSearchParams({ client_id: CLIENT_ID, request_uri: pushed.request_uri })
say(begin.href)

const back = oauth.validateAuthResponse(as, client, new URL((await lines.next()).value), state)
const tokens = await oauth.processAuthorizationCodeResponse(as, client,
  await oauth.authorizationCodeGrantRequest(as, client, auth, back, redirect_uri, verifier, { ...insecure, DPoP }),
  { expectedNonce: nonce, requireIdToken: true })
const sub = oauth.getValidatedIdTokenClaims(tokens).sub
const info = await oauth.processUserInfoResponse(as, client, sub, await oauth.userInfoRequest(as, client, tokens.access_token, { ...insecure, DPoP }))
const fresh = await oauth.processRefreshTokenResponse(as, client,
  await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, { ...insecure, DPoP }))
const about = await oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, auth, fresh.access_token, insecure))
assert.equal(about.active, true)
assert.ok(about.cnf.jkt)
await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, fresh.refresh_token ?? tokens.refresh_token, insecure))
const gone = await oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, auth, fresh.access_token, insecure))
assert.equal(gone.active, false)

const own = await oauth.processClientCredentialsResponse(as, client,
  await oauth.clientCredentialsGrantRequest(as, client, auth, { scope: 'reports' }, insecure))
assert.equal(own.scope, 'reports')
say({ name: info.name, iss: as.issuer })

const device = await oauth.processDeviceAuthorizationResponse(as, client,
  await oauth.deviceAuthorizationRequest(as, client, auth, { scope: 'openid' }, insecure))
const waiting = await oauth.deviceCodeGrantRequest(as, client, auth, device.device_code, insecure)
await assert.rejects(oauth.processDeviceCodeResponse(as, client, waiting), { error: 'authorization_pending' })


// held are tokens of somebody who allowed it meanwhile.
const held = async tokens => {
  const { sub } = oauth.getValidatedIdTokenClaims(tokens)
  const { name } = await oauth.processUserInfoResponse(as, client, sub, await oauth.userInfoRequest(as, client, tokens.access_token, insecure))
  say({ name, iss: as.issuer })
}
const shown = await oauth.processDeviceAuthorizationResponse(as, client,
  await oauth.deviceAuthorizationRequest(as, client, auth, { scope: 'openid profile' }, insecure))
say(shown.verification_uri_complete)
await lines.next()
await held(await oauth.processDeviceCodeResponse(as, client,
  await oauth.deviceCodeGrantRequest(as, client, auth, shown.device_code, insecure)))

const asked = await oauth.processBackchannelAuthenticationResponse(as, client,
  await oauth.backchannelAuthenticationRequest(as, client, auth, { scope: 'openid profile', login_hint: 'ada', binding_message: 'W4SCT-7' }, insecure))
say(asked.expires_in)
await lines.next()
await held(await oauth.processBackchannelAuthenticationGrantResponse(as, client,
  await oauth.backchannelAuthenticationGrantRequest(as, client, auth, asked.auth_req_id, insecure)))
process.exit(0)
