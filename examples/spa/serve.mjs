// Serves the page's files, and nothing else: everything happens in the browser.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

const issuer = process.env.ISSUER || 'http://localhost:8080/t/demo'
const api = process.env.API_URL || 'http://localhost:3002'
const url = process.env.SPA_URL || 'http://localhost:3001'
const [host, port] = (process.env.SPA_LISTEN || '127.0.0.1:3001').split(':')

const here = name => readFile(new URL(name, import.meta.url))
const library = new URL('../browser/oidc-client-ts.min.js', import.meta.resolve('oidc-client-ts'))
const files = {
  '/': ['text/html; charset=utf-8', () => here('index.html')],
  '/style.css': ['text/css', () => here('style.css')],
  '/app.mjs': ['text/javascript', () => here('app.mjs')],
  '/oidc-client-ts.min.js': ['text/javascript', () => readFile(library)],
  '/settings.json': ['application/json', () => JSON.stringify({ issuer, api })],
}
const origins = [issuer, api].map(at => new URL(at).origin).join(' ')

createServer(async (req, res) => {
  const file = files[new URL(req.url, url).pathname]
  if (!file) return res.writeHead(404).end('Not here')
  res.writeHead(200, {
    'Content-Type': file[0],
    'Cache-Control': 'no-store',
    'Content-Security-Policy': `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ${origins}; frame-ancestors 'none'; base-uri 'none'`,
  })
  res.end(await file[1]())
}).listen(Number(port), host, () => console.error('listening on ' + url))
