// A device on openid-client v6, unmodified: it prints what it would show, polls
// until its user has answered, and prints what it saw.
import assert from 'node:assert/strict'
import * as client from 'openid-client'

const { ISSUER, CLIENT_ID } = process.env
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, client.None(), {
  execute: [client.allowInsecureRequests],
})
const say = (what) => console.log(JSON.stringify(what))

const device = await client.initiateDeviceAuthorization(config, { scope: 'openid profile offline_access' })
say({ code: device.user_code, at: device.verification_uri, complete: device.verification_uri_complete })
try {
  const tokens = await client.pollDeviceAuthorizationGrant(config, device)
  const sub = tokens.claims().sub
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token)
  const info = await client.fetchUserInfo(config, fresh.access_token, sub)
  await assert.rejects(client.pollDeviceAuthorizationGrant(config, { ...device, interval: 1 }), { error: 'invalid_grant' })
  say({ name: info.name, scope: tokens.scope })
} catch (error) {
  say({ error: error.error ?? String(error) })
}
process.exit(0)
