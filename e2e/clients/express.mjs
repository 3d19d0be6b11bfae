// express-openid-connect as its documentation has it: the code flow with
// response_mode form_post and RS256, userinfo, and signing out at the provider.
import openid from 'express-openid-connect'
import { listen } from './server.mjs'

const { ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env

listen((app, base) => {
  app.use(openid.auth({
    issuerBaseURL: ISSUER, baseURL: base, clientID: CLIENT_ID, clientSecret: CLIENT_SECRET, secret: 'a secret for the cookies of this test',
    authRequired: false, idpLogout: true,
    authorizationParams: { response_type: 'code', response_mode: 'form_post', scope: 'openid profile email offline_access' },
  }))
  app.get('/', async (req, res) => {
    if (!req.oidc.isAuthenticated()) return res.send('nobody')
    const info = await req.oidc.fetchUserInfo()
    const fresh = await req.oidc.accessToken.refresh()
    res.send(`hello ${info.name}, ${fresh.token_type}, ${req.oidc.idTokenClaims.sub === info.sub}`)
  })
})
