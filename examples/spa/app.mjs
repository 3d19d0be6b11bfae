// The code flow with PKCE in a page that has no server of its own. The library
// keeps tokens in the tab's session storage: scripts of this origin can read
// them, so let none in but your own (see the policy in serve.mjs). Without
// offline_access they end when the user signs out, wherever he does.
const { issuer, api } = await (await fetch('/settings.json')).json()
const manager = new window.oidc.UserManager({
  authority: issuer, client_id: 'sample-spa', redirect_uri: location.origin + '/', post_logout_redirect_uri: location.origin + '/',
  scope: 'openid profile email notes:read notes:write', resource: api, loadUserInfo: true,
})

const at = id => document.getElementById(id)
const say = text => { at('said').textContent = text }

const call = async (method, body) => {
  const user = await manager.getUser()
  const answer = await fetch(api + '/notes', { method, body, headers: { Authorization: 'Bearer ' + user.access_token, 'Content-Type': 'application/json' } })
  if (!answer.ok) throw new Error('The API answers ' + answer.status)
  return answer.json()
}

const list = async () => {
  const { notes } = await call('GET')
  at('notes').replaceChildren(...(notes.length ? notes : ['No notes yet']).map(text => Object.assign(document.createElement('li'), { textContent: text })))
}

const show = async user => {
  const signedIn = Boolean(user && !user.expired)
  at('in').hidden = !signedIn
  at('login').hidden = signedIn
  say(signedIn ? 'Hello ' + user.profile.name : 'Your notes are waiting.')
  if (signedIn) await list()
}

// attempt says what went wrong, in the page, where a person can read it.
const attempt = deed => async event => {
  event?.preventDefault()
  try { await deed(event) } catch (fault) { say(fault.message) }
}

at('login').onclick = attempt(() => manager.signinRedirect())
at('logout').onclick = attempt(() => manager.signoutRedirect())
at('renew').onclick = attempt(async () => { await show(await manager.signinSilent()); say('The token is new') })
at('new').onsubmit = attempt(async event => {
  await call('POST', JSON.stringify({ text: new FormData(event.target).get('text') }))
  event.target.reset()
  await list()
})

await attempt(async () => {
  const answered = new URLSearchParams(location.search)
  if (answered.has('state') && (answered.has('code') || answered.has('error'))) {
    try { await manager.signinCallback() } finally { history.replaceState({}, '', '/') }
  }
  await show(await manager.getUser())
})()
