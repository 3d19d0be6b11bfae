// A till on openid-client v6, unmodified: it asks Ada on her own device, polls
// until she has answered, and prints what it saw.
import * as client from 'openid-client'

const { ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, client.ClientSecretBasic(CLIENT_SECRET), {
  execute: [client.allowInsecureRequests],
})
const say = (what) => console.log(JSON.stringify(what))

const asked = await client.initiateBackchannelAuthentication(config, {
  scope: 'openid profile', login_hint: 'ada@example.com', binding_message: 'W4SCT-7',
})
say({ asked: asked.expires_in })
try {
  const tokens = await client.pollBackchannelAuthenticationGrant(config, asked)
  const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
  say({ name: info.name })
} catch (error) {
  say({ error: error.error ?? String(error) })
}
process.exit(0)
