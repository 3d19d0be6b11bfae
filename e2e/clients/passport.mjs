// passport-openidconnect in an Express application, as Node-RED and many others
// use it: the code flow without PKCE, and the profile from userinfo.
import session from 'express-session'
import passport from 'passport'
import OpenIDConnectStrategy from 'passport-openidconnect'
import { listen } from './server.mjs'

const { ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env

listen((app, base) => {
  passport.use(new OpenIDConnectStrategy({
    issuer: ISSUER, authorizationURL: `${ISSUER}/oauth2/authorize`, tokenURL: `${ISSUER}/oauth2/token`, userInfoURL: `${ISSUER}/oauth2/userinfo`,
    clientID: CLIENT_ID, clientSecret: CLIENT_SECRET, callbackURL: `${base}/callback`, scope: ['profile', 'email'], skipUserProfile: false,
  }, (issuer, profile, done) => done(null, { issuer, name: profile.displayName, id: profile.id })))
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user, done) => done(null, user))
  app.use(session({ secret: 'a secret for the cookies of this test', resave: false, saveUninitialized: false }))
  app.use(passport.initialize(), passport.session())
  app.get('/login', passport.authenticate('openidconnect'))
  app.get('/callback', passport.authenticate('openidconnect', { successRedirect: '/', failWithError: true }))
  app.get('/', (req, res) => res.send(req.user ? `hello ${req.user.name}, ${req.user.issuer === ISSUER}` : 'nobody'))
})
