// Tells a page of an application whether the user who was signed in here still
// is (OpenID Connect Session Management 1.0 §3.2). The page says
// "client_id session_state"; it hears "unchanged", "changed" or "error". Nothing
// but that one word leaves, and only to the page that asked.
(() => {
  'use strict'

  const name = document.body.dataset.cookie + '='

  const state = () => {
    const own = document.cookie.split('; ').find(cookie => cookie.startsWith(name))
    return own ? own.slice(name.length) : ''
  }

  const digest = async text => {
    const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
    return btoa(String.fromCharCode(...sum)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  }

  const judge = async (asked, origin) => {
    const parts = typeof asked === 'string' ? asked.split(' ') : []
    const salt = parts.length === 2 ? parts[1].split('.')[1] : ''
    if (!parts[0] || !salt) return 'error'
    const now = await digest([parts[0], origin, state(), salt].join(' '))
    return parts[1] === now + '.' + salt ? 'unchanged' : 'changed'
  }

  addEventListener('message', async event => {
    if (!event.source || event.source === window || !/^https?:/.test(event.origin)) return
    event.source.postMessage(await judge(event.data, event.origin), event.origin)
  })
})()
