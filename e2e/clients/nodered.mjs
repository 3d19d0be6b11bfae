// Node-RED with adminAuth as its documentation has it: passport-openidconnect as
// the strategy, and the user's menu signs out at the provider as well.
import http from 'node:http'
import { Strategy } from 'passport-openidconnect'
import RED from 'node-red'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, USER_DIR } = process.env

const server = http.createServer((req, res) => RED.httpAdmin(req, res))
server.listen(0, '127.0.0.1', async () => {
  const base = `http://localhost:${server.address().port}`
  const leave = new URLSearchParams({ client_id: CLIENT_ID, post_logout_redirect_uri: base })
  RED.init(server, {
    userDir: USER_DIR, httpAdminRoot: '/', httpNodeRoot: '/nodes', flowFile: 'flows.json', credentialSecret: 'a secret for the flows of this test',
    logging: { console: { level: 'off' } }, telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, palette: { catalogues: [] }, logout: { redirect: `${ISSUER}/oauth2/logout?${leave}` } },
    adminAuth: {
      type: 'strategy',
      strategy: {
        name: 'openidconnect', label: 'Sign in with Gatehouse', strategy: Strategy,
        options: {
          issuer: ISSUER, authorizationURL: `${ISSUER}/oauth2/authorize`, tokenURL: `${ISSUER}/oauth2/token`, userInfoURL: `${ISSUER}/oauth2/userinfo`,
          clientID: CLIENT_ID, clientSecret: CLIENT_SECRET, callbackURL: `${base}/auth/strategy/callback`, scope: ['profile', 'email'], skipUserProfile: false,
          verify: (issuer, profile, done) => done(null, profile),
        },
      },
      users: [{ username: 'ada', permissions: ['*'] }],
    },
  })
  await RED.start()
  console.log(JSON.stringify({ base, callback: '/auth/strategy/callback' }))
})
