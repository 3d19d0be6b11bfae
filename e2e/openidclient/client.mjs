// A relying party on openid-client v6, unmodified. It prints the authorization
// request, reads where the browser was sent back to, uses everything that it
// receives, and prints what it saw. Any surprise ends it with an error.
import assert from 'node:assert/strict'
import { createInterface } from 'node:readline/promises'
import * as client from 'openid-client'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, AUTH, PUSH, DPOP } = process.env
const authenticate = {
  basic: () => client.ClientSecretBasic(CLIENT_SECRET),
  post: () => client.ClientSecretPost(CLIENT_SECRET),
  none: () => client.None(),
}[AUTH]()

const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, authenticate, {
  execute: [client.allowInsecureRequests],
})
// RFC 9449: with a key of this run's own; retries after a nonce are the client's.
const DPoP = DPOP ? client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) : undefined
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const say = (what) => console.log(JSON.stringify(what))

const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const expectedNonce = client.randomNonce()
const parameters = {
  redirect_uri: REDIRECT_URI,
  scope: 'openid profile email offline_access',
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
  nonce: expectedNonce,
}
// RFC 9126: pushed first, and in the address.
say(PUSH ? await client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP }) : client.buildAuthorizationUrl(config, parameters))

const answer = new URL((await lines.next()).value)
const tokens = await client.authorizationCodeGrant(config, answer, { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }, undefined, { DPoP })
const sub = tokens.claims().sub

const fresh = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
assert.equal(fresh.refresh_token === tokens.refresh_token, Boolean(DPOP) && AUTH !== 'none')
assert.equal(fresh.token_type, DPOP ? 'dpop' : 'bearer')
const info = await client.fetchUserInfo(config, fresh.access_token, sub, { DPoP })

if (AUTH !== 'none') { // a public client may not introspect (RFC 7662 §2.1)
  assert.equal((await client.tokenIntrospection(config, fresh.access_token)).active, true)
}
await client.tokenRevocation(config, fresh.refresh_token)
if (AUTH !== 'none') {
  assert.equal((await client.tokenIntrospection(config, fresh.access_token)).active, false)
}
await assert.rejects(client.refreshTokenGrant(config, fresh.refresh_token, undefined, { DPoP }), { error: 'invalid_grant' })

say({ sub, name: info.name, email: info.email, leave: client.buildEndSessionUrl(config, {
  id_token_hint: fresh.id_token ?? tokens.id_token, post_logout_redirect_uri: new URL('/', REDIRECT_URI).href,
}) })
process.exit(0)
