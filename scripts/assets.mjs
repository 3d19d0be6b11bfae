// Copies what browsers load into static/dist: the named third-party files and
// our own sources, each under a name that holds a digest of its content, with
// a brotli and a gzip copy beside it, and a manifest that says which is which.
// The Go package static embeds the folder.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'static/dist')

const types = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
}

// The third-party files, by the name that our pages use.
const thirdParty = {
  'tabler.css': '@tabler/core/dist/css/tabler.min.css',
  'tabler.rtl.css': '@tabler/core/dist/css/tabler.rtl.min.css',
  'htmx.js': 'htmx.org/dist/htmx.min.js',
  'idiomorph.js': 'idiomorph/dist/idiomorph-ext.min.js',
  'uplot.js': 'uplot/dist/uPlot.iife.min.js',
  'uplot.css': 'uplot/dist/uPlot.min.css',
}

const read = (...path) => readFileSync(join(root, ...path), 'utf8')
const digest = (algorithm, text, encoding) => createHash(algorithm).update(text).digest(encoding)

// Source maps are not shipped, so nothing may point at them.
const withoutSourceMap = text => text.replace(/\/[/*]# sourceMappingURL=\S+(\s*\*\/)?\s*$/, '\n')

function put(manifest, name, text) {
  const dot = name.lastIndexOf('.')
  const ext = name.slice(dot + 1)
  const file = `${name.slice(0, dot)}.${digest('sha256', text, 'hex').slice(0, 12)}.${ext}`
  const bytes = Buffer.from(text)
  writeFileSync(join(dist, file), bytes)
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }
  for (const [suffix, packed] of [['br', brotliCompressSync(bytes, best)], ['gz', gzipSync(bytes, { level: 9 })]]) {
    if (packed.length < bytes.length) writeFileSync(join(dist, `${file}.${suffix}`), packed)
  }
  manifest[name] = { path: `/static/${file}`, sri: `sha384-${digest('sha384', text, 'base64')}`, type: types[ext] }
}

// The picked icons, each without what a page does not need.
function icons() {
  const picked = {}
  const names = read('scripts/icons.txt').split('\n').map(line => line.replace(/#.*/, '').trim()).filter(Boolean)
  for (const name of [...new Set(names)].sort()) {
    const path = join('node_modules/@tabler/icons/icons/outline', `${name}.svg`)
    if (!existsSync(join(root, path))) throw new Error(`scripts/icons.txt: there is no icon "${name}"`)
    picked[name] = read(path)
      .replace(/<!--[\s\S]*?-->/g, '')
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, '')
      .replace(/class="[^"]*"/, 'class="icon" aria-hidden="true" focusable="false"')
      .replace(/\s+xmlns="[^"]*"/, '')
      .replace(/\s+/g, ' ')
      .replace(/> </g, '><')
      .replace(/ (\/?>)/g, '$1')
      .trim()
  }
  return picked
}

// The licences of what is embedded, since they ask to travel with it.
function notices() {
  const { dependencies } = JSON.parse(read('package.json'))
  return Object.keys(dependencies).map(name => {
    const folder = join('node_modules', name)
    const { version, license } = JSON.parse(read(folder, 'package.json'))
    const text = readdirSync(join(root, folder)).find(file => /^licen[cs]e/i.test(file))
    return `${name} ${version} (${license})\n\n${text ? read(folder, text).trim() : ''}\n`
  }).join('\n----\n\n')
}

function main() {
  mkdirSync(dist, { recursive: true })
  for (const file of readdirSync(dist)) {
    if (file !== '.keep') rmSync(join(dist, file))
  }
  const manifest = {}
  for (const [name, path] of Object.entries(thirdParty)) put(manifest, name, withoutSourceMap(read('node_modules', path)))
  for (const name of readdirSync(join(root, 'static/src')).sort()) put(manifest, name, read('static/src', name))
  put(manifest, 'third-party.txt', notices())
  writeFileSync(join(dist, 'icons.json'), JSON.stringify(icons()))
  writeFileSync(join(dist, 'manifest.json'), JSON.stringify(manifest, null, 1))
}

main()
